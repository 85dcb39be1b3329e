package main

import "sync/atomic"

type sendOptions struct {
	groupOptions
	Bytes int `json:"bytes"`
	// Each client sends PerClient messages at once; or all together Rate a second, in turn, for Seconds.
	PerClient int     `json:"perClient"`
	Rate      float64 `json:"rate"`
	Seconds   float64 `json:"seconds"`
	// Before and After stand around each message, for servers with an envelope.
	Before string `json:"before"`
	After  string `json:"after"`
}

// send lets the clients send; a client's messages are numbered from 1. Answers when the sockets' queues have them.
func send(o sendOptions) (answer, error) {
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	startUs := nowUs()
	sent := 0
	if o.PerClient > 0 {
		sent = g.burst(o)
	} else {
		sent = g.steady(o)
	}
	return answer{"sent": sent, "seconds": float64(nowUs()-startUs) / 1e6, "startUs": startUs}, nil
}

func (c *conn) nextMessage(to []byte, o sendOptions) []byte {
	c.sent++
	payload := newMessage(c.sent, o.Bytes)
	if o.Before != "" {
		payload = append(append([]byte(o.Before), payload...), o.After...)
	}
	return appendFrame(to, 0x81, payload)
}

func (g *group) burst(o sendOptions) int {
	var sent atomic.Int64
	onAll(func(w *worker) {
		for _, c := range g.living(w) {
			frames := []byte{}
			for range o.PerClient {
				frames = c.nextMessage(frames, o)
			}
			c.write(frames)
			sent.Add(int64(o.PerClient))
		}
	})
	return int(sent.Load())
}

const tickUs = 1_000

func (g *group) steady(o sendOptions) int {
	startUs := nowUs()
	total := int(o.Rate * o.Seconds)
	queues := make([][]*conn, len(workers))
	onAll(func(w *worker) { queues[w.index] = g.living(w) })
	next := 0
	turn := []*conn{}
	for longest := range max(len(queues[0]), len(queues[len(queues)-1])) {
		for _, queue := range queues {
			if longest < len(queue) {
				turn = append(turn, queue[longest])
			}
		}
	}
	for next < total && len(turn) > 0 {
		due := min(total, int(float64(nowUs()-startUs)/1e6*o.Rate)+1)
		for ; next < due; next++ {
			c := turn[next%len(turn)]
			c.w.do(func() { c.write(c.nextMessage(nil, o)) })
		}
		sleepUntil(startUs + int64(float64(next)/o.Rate*1e6))
	}
	onAll(func(*worker) {})
	return next
}
