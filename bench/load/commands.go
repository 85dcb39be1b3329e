package main

import (
	"sync/atomic"
	"syscall"
	"time"
)

type groupOptions struct {
	Group     string `json:"group"`
	TimeoutMs int    `json:"timeoutMs"`
}

type connectOptions struct {
	groupOptions
	Urls    []string          `json:"urls"`
	Dialect string            `json:"dialect"`
	Count   int               `json:"count"`
	Sources int               `json:"sources"`
	Headers map[string]string `json:"headers"`
	// Rate is connections a second; 0: as fast as it goes, InFlight at a time.
	Rate     float64 `json:"rate"`
	InFlight int     `json:"inFlight"`
}

// connect opens connections, and waits until each is ready or has failed.
func connect(o connectOptions) (answer, error) {
	g, err := newGroup(o.Group, o.Dialect, o.Urls, o.Sources, o.Headers)
	if err != nil {
		return nil, err
	}
	inFlight := make(chan struct{}, max(1, o.InFlight))
	if o.InFlight == 0 {
		inFlight = make(chan struct{}, 256)
	}
	free := func() {
		select {
		case <-inFlight:
		default:
		}
	}
	g.onChange = free
	deadline := time.Now().Add(time.Duration(o.TimeoutMs) * time.Millisecond)
	startUs := nowUs()
	for i := range o.Count {
		if o.Rate > 0 {
			sleepUntil(startUs + int64(float64(i)/o.Rate*1e6))
		}
		select {
		case inFlight <- struct{}{}:
		case <-time.After(time.Until(deadline)):
			return g.connectAnswer(startUs), errTimeout
		}
		w := workers[i%len(workers)]
		w.do(func() { g.open(w) })
	}
	for g.ready.Load()+g.ended.Load() < int64(o.Count) {
		if time.Now().After(deadline) {
			return g.connectAnswer(startUs), errTimeout
		}
		time.Sleep(time.Millisecond)
	}
	return g.connectAnswer(startUs), nil
}

func (g *group) connectAnswer(startUs int64) answer {
	seconds := float64(nowUs()-startUs) / 1e6
	all := histogram{}
	onAll(func(w *worker) {
		if w.index == 0 {
			g.onChange = nil
		}
	})
	for i := range g.counts {
		onWorker(workers[i], func() { all.merge(&g.counts[i].connect) })
	}
	return answer{"ready": g.ready.Load(), "refused": g.refused.Load(), "failed": g.ended.Load(), "why": g.reasons(),
		"seconds": seconds, "latency": all.summary()}
}

func onWorker(w *worker, task func()) {
	done := make(chan struct{})
	w.do(func() { task(); close(done) })
	<-done
}

func sleepUntil(us int64) {
	if wait := us - nowUs(); wait > 0 {
		time.Sleep(time.Duration(wait) * time.Microsecond)
	}
}

// reset forgets what has arrived so far.
func reset(o groupOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	onAll(func(w *worker) {
		mine := &g.counts[w.index]
		mine.latency, mine.lastUs = histogram{}, 0
		for _, c := range mine.conns {
			c.received = 0
			clear(c.seen)
		}
	})
	g.received.Store(0)
	g.duplicates.Store(0)
	g.strange.Store(0)
	return answer{"ready": g.ready.Load()}, nil
}

type waitOptions struct {
	groupOptions
	// PerClient messages, each numbered from From on, must arrive on every connection; or Total on all together.
	PerClient int `json:"perClient"`
	Total     int `json:"total"`
	// Each client gets numbers of its own: only counts are compared.
	AnyNumber bool `json:"anyNumber"`
}

// silence is how long nothing may arrive until the rest is given up.
const silence = 5 * time.Second

// wait waits until all that is expected has arrived since the last reset, and then a little for what is too much.
func wait(o waitOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	clients := int(g.opened.Load())
	expected := o.Total
	if o.PerClient > 0 {
		expected = o.PerClient * clients
	}
	deadline := time.Now().Add(time.Duration(o.TimeoutMs) * time.Millisecond)
	before, since := g.received.Load(), time.Now()
	for int(g.received.Load()) < expected && time.Now().Before(deadline) && time.Since(since) < silence {
		if now := g.received.Load(); now != before {
			before, since = now, time.Now()
		}
		time.Sleep(500 * time.Microsecond)
	}
	time.Sleep(20 * time.Millisecond)
	return g.arrivals(expected, o), nil
}

func (g *group) arrivals(expected int, o waitOptions) answer {
	var incomplete atomic.Int64
	latency, lastUs := histogram{}, int64(0)
	for _, w := range workers {
		onWorker(w, func() {
			mine := &g.counts[w.index]
			latency.merge(&mine.latency)
			lastUs = max(lastUs, mine.lastUs)
			for _, c := range mine.conns {
				if o.PerClient > 0 && !c.complete(o.PerClient, o.AnyNumber) {
					incomplete.Add(1)
				}
			}
		})
	}
	received := g.received.Load()
	return answer{"expected": expected, "received": received, "missing": max(0, int64(expected)-received),
		"incompleteClients": incomplete.Load(), "duplicates": g.duplicates.Load(), "strange": g.strange.Load(),
		"lost": g.lost.Load(), "why": g.reasons(), "latency": latency.summary(), "lastUs": lastUs}
}

// complete: the numbers 1 to count have arrived, and nothing else.
func (c *conn) complete(count int, anyNumber bool) bool {
	if c.received != count || anyNumber {
		return c.received == count
	}
	for number := 1; number <= count; number++ {
		if len(c.seen) <= number/64 || c.seen[number/64]&(1<<(number%64)) == 0 {
			return false
		}
	}
	return true
}

type dropOptions struct {
	groupOptions
	// Reset ends with RST in place of FIN.
	Reset bool `json:"reset"`
}

// drop ends every connection of the group at once, without a close frame, and forgets the group.
func drop(o dropOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	startUs := nowUs()
	var dropped atomic.Int64
	onAll(func(w *worker) {
		for _, c := range g.living(w) {
			if o.Reset {
				_ = syscall.SetsockoptLinger(c.fd, syscall.SOL_SOCKET, syscall.SO_LINGER, &syscall.Linger{Onoff: 1})
			}
			c.close()
			dropped.Add(1)
		}
		for _, c := range g.counts[w.index].conns {
			c.close()
		}
	})
	groupsLock.Lock()
	delete(groups, o.Group)
	groupsLock.Unlock()
	return answer{"dropped": dropped.Load(), "lost": g.lost.Load(), "why": g.reasons(), "seconds": float64(nowUs()-startUs) / 1e6}, nil
}

type churnOptions struct {
	connectOptions
	Seconds float64 `json:"seconds"`
	// Hold connections are open at a time; the oldest goes when there are more.
	Hold int `json:"hold"`
}

// churn lets connections come at a rate, and the oldest go.
func churn(o churnOptions) (answer, error) {
	g, err := newGroup(o.Group, o.Dialect, o.Urls, o.Sources, o.Headers)
	if err != nil {
		return nil, err
	}
	startUs := nowUs()
	total := int(o.Rate * o.Seconds)
	var dropped atomic.Int64
	for i := range total {
		sleepUntil(startUs + int64(float64(i)/o.Rate*1e6))
		w := workers[i%len(workers)]
		w.do(func() {
			g.open(w)
			mine := &g.counts[w.index]
			for len(mine.conns) > max(1, o.Hold/len(workers)) {
				oldest := mine.conns[0]
				mine.conns = mine.conns[1:]
				if oldest.state == ready {
					g.ready.Add(-1)
				}
				oldest.close()
				dropped.Add(1)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	result := g.connectAnswer(startUs)
	result["opened"] = total
	result["dropped"] = dropped.Load()
	return result, nil
}

// ids are what the server calls the clients.
func ids(o groupOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	return answer{"ids": g.ids()}, nil
}

func (g *group) ids() []string {
	all := []string{}
	for _, w := range workers {
		onWorker(w, func() {
			for _, c := range g.living(w) {
				all = append(all, c.id)
			}
		})
	}
	return all
}

func stats(o groupOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	return answer{"ready": g.ready.Load(), "ended": g.ended.Load(), "lost": g.lost.Load(), "received": g.received.Load(),
		"strange": g.strange.Load(), "why": g.reasons()}, nil
}
