package main

import (
	"runtime"
	"strconv"
	"sync"
	"syscall"
)

func itoa(n int) string { return strconv.Itoa(n) }

// worker is a thread with sockets of its own.
type worker struct {
	index  int
	epoll  int
	wakeFd int
	byFd   []*conn
	buffer []byte
	nowUs  int64

	lock  sync.Mutex
	tasks []func()
}

var workers []*worker

const (
	maxFd      = 1 << 17
	bufferSize = 1 << 18
)

func startWorkers(count int) {
	for i := range count {
		w := &worker{index: i, byFd: make([]*conn, maxFd), buffer: make([]byte, bufferSize)}
		w.epoll = must(syscall.EpollCreate1(syscall.EPOLL_CLOEXEC))
		w.wakeFd = eventFd()
		w.add(w.wakeFd, syscall.EPOLLIN)
		workers = append(workers, w)
		go w.run()
	}
}

func eventFd() int {
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		panic(errno)
	}
	return int(fd)
}

func must(fd int, err error) int {
	if err != nil {
		panic(err)
	}
	return fd
}

func (w *worker) add(fd int, events uint32) {
	event := syscall.EpollEvent{Events: events, Fd: int32(fd)}
	if err := syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		panic(err)
	}
}

func (c *conn) wantWrite(want bool) {
	if c.writing == want {
		return
	}
	c.writing = want
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP, Fd: int32(c.fd)}
	if want {
		event.Events |= syscall.EPOLLOUT
	}
	_ = syscall.EpollCtl(c.w.epoll, syscall.EPOLL_CTL_MOD, c.fd, &event)
}

// do runs a task on the worker's thread, later.
func (w *worker) do(task func()) {
	w.lock.Lock()
	w.tasks = append(w.tasks, task)
	first := len(w.tasks) == 1
	w.lock.Unlock()
	if first {
		one := [8]byte{1}
		_, _ = syscall.Write(w.wakeFd, one[:])
	}
}

// onAll runs a task on every worker's thread, and waits for all.
func onAll(task func(w *worker)) {
	var done sync.WaitGroup
	done.Add(len(workers))
	for _, w := range workers {
		w.do(func() {
			defer done.Done()
			task(w)
		})
	}
	done.Wait()
}

func (w *worker) run() {
	runtime.LockOSThread()
	events := make([]syscall.EpollEvent, 1024)
	for {
		n, err := syscall.EpollWait(w.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			panic(err)
		}
		for i := range max(n, 0) {
			fd := int(events[i].Fd)
			if fd == w.wakeFd {
				w.runTasks()
			} else if c := w.byFd[fd]; c != nil {
				c.onEvent(events[i].Events)
			}
		}
	}
}

func (w *worker) runTasks() {
	var count [8]byte
	_, _ = syscall.Read(w.wakeFd, count[:])
	w.lock.Lock()
	tasks := w.tasks
	w.tasks = nil
	w.lock.Unlock()
	for _, task := range tasks {
		task()
	}
}
