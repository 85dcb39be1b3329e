package main

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

// group is a number of connections that are used together.
type group struct {
	dialect *dialect
	targets []target
	sources int
	headers string

	opened, ready, ended, refused       atomic.Int64
	received, duplicates, strange, lost atomic.Int64

	// One for each worker, which alone touches it.
	counts []counts

	lock sync.Mutex
	why  map[string]int
	// Told of each connection that got ready or ended; may be nil.
	onChange func()
}

type counts struct {
	conns   []*conn
	connect histogram
	latency histogram
	lastUs  int64
	next    int
}

type target struct {
	address syscall.SockaddrInet4
	host    string
	path    string
}

var (
	groupsLock sync.Mutex
	groups     = map[string]*group{}
)

func groupCalled(name string) (*group, error) {
	groupsLock.Lock()
	defer groupsLock.Unlock()
	if g := groups[name]; g != nil {
		return g, nil
	}
	return nil, fmt.Errorf("no group is called %q", name)
}

func newGroup(name string, dialectName string, urls []string, sources int, headers map[string]string) (*group, error) {
	d := dialects[dialectName]
	if d == nil {
		return nil, fmt.Errorf("no dialect is called %q", dialectName)
	}
	g := &group{dialect: d, sources: max(1, sources), counts: make([]counts, len(workers)), why: map[string]int{}}
	for _, text := range urls {
		t, err := readTarget(text)
		if err != nil {
			return nil, err
		}
		g.targets = append(g.targets, t)
	}
	for name, value := range headers {
		g.headers += name + ": " + value + "\r\n"
	}
	groupsLock.Lock()
	defer groupsLock.Unlock()
	groups[name] = g
	return g, nil
}

func readTarget(text string) (target, error) {
	u, err := url.Parse(text)
	if err != nil {
		return target{}, err
	}
	ip := net.ParseIP(u.Hostname()).To4()
	port, err := strconv.Atoi(u.Port())
	if ip == nil || err != nil || !ip.IsLoopback() {
		return target{}, fmt.Errorf("%s: only loopback addresses with a port are taken", text)
	}
	path := u.RequestURI()
	if path == "" {
		path = "/"
	}
	return target{syscall.SockaddrInet4{Port: port, Addr: [4]byte(ip)}, u.Host, path}, nil
}

func (g *group) handshake(c *conn) []byte {
	t := g.targets[c.fd%len(g.targets)]
	for _, each := range g.targets {
		if each.address.Port == c.port() {
			t = each
		}
	}
	return []byte("GET " + t.path + " HTTP/1.1\r\nHost: " + t.host + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + g.headers + "\r\n")
}

func (c *conn) port() int {
	if peer, err := syscall.Getpeername(c.fd); err == nil {
		if inet, ok := peer.(*syscall.SockaddrInet4); ok {
			return inet.Port
		}
	}
	return 0
}

// IP_BIND_ADDRESS_NO_PORT: the kernel picks the port when it knows the other end, so that ports don't run out.
const bindAddressNoPort = 24

// open begins a connection; on the worker's thread.
func (g *group) open(w *worker) *conn {
	number := int(g.opened.Add(1))
	c := &conn{w: w, g: g, startedUs: nowUs(), writing: true}
	g.counts[w.index].conns = append(g.counts[w.index].conns, c)
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		c.state = closed
		g.hasEnded(err.Error(), false)
		return c
	}
	c.fd = fd
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1)
	source := syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(1 + number%g.sources)}}
	w.byFd[fd] = c
	if err := syscall.Bind(fd, &source); err != nil {
		c.fail(err.Error())
		return c
	}
	to := g.targets[number%len(g.targets)].address
	if err := syscall.Connect(fd, &to); err != nil && err != syscall.EINPROGRESS {
		c.fail(err.Error())
		return c
	}
	w.add(fd, syscall.EPOLLIN|syscall.EPOLLOUT|syscall.EPOLLRDHUP)
	return c
}

func (g *group) isReady(c *conn) {
	g.counts[c.w.index].connect.add(nowUs() - c.startedUs)
	g.ready.Add(1)
	g.changed()
}

func (g *group) hasEnded(why string, wasReady bool) {
	g.lock.Lock()
	g.why[why]++
	g.lock.Unlock()
	g.ended.Add(1)
	if wasReady {
		g.ready.Add(-1)
		g.lost.Add(1)
	}
	g.changed()
}

func (g *group) changed() {
	if g.onChange != nil {
		g.onChange()
	}
}

// reasons of ends that nobody asked for, and how often each came.
func (g *group) reasons() map[string]int {
	g.lock.Lock()
	defer g.lock.Unlock()
	copied := map[string]int{}
	for why, count := range g.why {
		copied[why] = count
	}
	return copied
}

func (g *group) living(w *worker) []*conn {
	living := []*conn{}
	for _, c := range g.counts[w.index].conns {
		if c.state == ready {
			living = append(living, c)
		}
	}
	return living
}
