package main

import (
	"bytes"
	"encoding/binary"
	"syscall"
)

type state uint8

const (
	connecting state = iota
	upgrading
	greeting
	ready
	closed
)

// conn is one WebSocket connection. Only its worker touches it.
type conn struct {
	w         *worker
	g         *group
	fd        int
	state     state
	writing   bool
	startedUs int64
	id        string
	// A frame that is not complete yet, and bytes that the socket did not take yet.
	in, out []byte
	// Which numbers have arrived since the last reset, and how many messages.
	seen     []uint64
	received int
	// The number of the last message that this client sent.
	sent int
}

func (c *conn) onEvent(events uint32) {
	if c.state == connecting && events&(syscall.EPOLLOUT|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
		c.onConnected()
	}
	if c.state != closed && events&syscall.EPOLLOUT != 0 && len(c.out) > 0 {
		c.flush()
	}
	if c.state != closed && events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR|syscall.EPOLLRDHUP) != 0 {
		c.read()
	}
}

func (c *conn) onConnected() {
	if code, _ := syscall.GetsockoptInt(c.fd, syscall.SOL_SOCKET, syscall.SO_ERROR); code != 0 {
		c.fail(syscall.Errno(code).Error())
		return
	}
	c.state = upgrading
	c.write(c.g.handshake(c))
}

func (c *conn) read() {
	n, err := syscall.Read(c.fd, c.w.buffer)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if n <= 0 {
		c.fail("the server ended the connection")
		return
	}
	data := c.w.buffer[:n]
	if len(c.in) > 0 {
		c.in = append(c.in, data...)
		data = c.in
	}
	rest := c.parse(data)
	switch {
	case len(rest) == 0:
		c.in = nil
	case len(c.in) > 0:
		c.in = c.in[:copy(c.in, rest)]
	default:
		c.in = append(c.in, rest...)
	}
}

// parse handles what is complete, and gives what is not.
func (c *conn) parse(data []byte) []byte {
	if c.state == upgrading {
		head, rest, complete := bytes.Cut(data, []byte("\r\n\r\n"))
		if !complete {
			return data
		}
		if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
			status, _, _ := bytes.Cut(head, []byte("\r\n"))
			c.g.refused.Add(1)
			c.fail(string(status))
			return nil
		}
		c.onUpgraded()
		data = rest
	}
	for c.state != closed {
		op, payload, rest, complete := cutFrame(data)
		if !complete {
			return data
		}
		c.take(op, payload)
		data = rest
	}
	return nil
}

func cutFrame(data []byte) (op byte, payload []byte, rest []byte, complete bool) {
	if len(data) < 2 {
		return
	}
	head, size := 2, int(data[1]&0x7f)
	switch size {
	case 126:
		if head = 4; len(data) < head {
			return
		}
		size = int(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if head = 10; len(data) < head {
			return
		}
		size = int(binary.BigEndian.Uint64(data[2:]))
	}
	if len(data) < head+size {
		return
	}
	return data[0] & 0x8f, data[head : head+size], data[head+size:], true
}

func (c *conn) onUpgraded() {
	c.state = greeting
	if c.g.dialect.ready {
		c.becomesReady("")
	} else if first := c.g.dialect.afterUpgrade; first != nil {
		c.sendFrame(first)
	}
}

func (c *conn) becomesReady(id string) {
	c.state = ready
	c.id = id
	c.g.isReady(c)
}

func (c *conn) take(op byte, payload []byte) {
	switch op {
	case 0x81, 0x82:
		c.g.dialect.take(c, payload)
	case 0x89:
		c.write(appendFrame(nil, 0x8a, payload))
	case 0x8a:
	case 0x88:
		why := "closed without a code"
		if len(payload) >= 2 {
			why = "closed with " + itoa(int(binary.BigEndian.Uint16(payload))) + " " + string(payload[2:])
		}
		c.fail(why)
	default: // a fragment, which none of the servers sends
		c.g.strange.Add(1)
	}
}

// messages counts all messages that a text holds.
func (c *conn) messages(text []byte) {
	counts := &c.g.counts[c.w.index]
	found := 0
	for {
		sentUs, number, rest, isMessage := readMessage(text)
		if !isMessage {
			break
		}
		text = rest
		found++
		c.w.nowUs = nowUs()
		counts.latency.add(c.w.nowUs - sentUs)
		c.mark(number)
	}
	if found == 0 {
		c.g.strange.Add(1)
		return
	}
	c.received += found
	counts.lastUs = c.w.nowUs
	c.g.received.Add(int64(found))
}

func (c *conn) mark(number int) {
	word, bit := number/64, uint64(1)<<(number%64)
	for len(c.seen) <= word {
		c.seen = append(c.seen, 0)
	}
	if c.seen[word]&bit != 0 {
		c.g.duplicates.Add(1)
	}
	c.seen[word] |= bit
}

func (c *conn) sendFrame(payload []byte) { c.write(appendFrame(nil, 0x81, payload)) }

// appendFrame masks with zeros, which leaves the payload as it is.
func appendFrame(to []byte, op byte, payload []byte) []byte {
	switch n := len(payload); {
	case n < 126:
		to = append(to, op, 0x80|byte(n))
	case n < 1<<16:
		to = binary.BigEndian.AppendUint16(append(to, op, 0x80|126), uint16(n))
	default:
		to = binary.BigEndian.AppendUint64(append(to, op, 0x80|127), uint64(n))
	}
	return append(append(to, 0, 0, 0, 0), payload...)
}

func (c *conn) write(data []byte) {
	if c.state == closed {
		return
	}
	c.out = append(c.out, data...)
	c.flush()
}

func (c *conn) flush() {
	for len(c.out) > 0 {
		n, err := syscall.Write(c.fd, c.out)
		if err == syscall.EINTR {
			continue
		}
		if err == syscall.EAGAIN {
			break
		}
		if err != nil {
			c.fail(err.Error())
			return
		}
		c.out = c.out[n:]
	}
	if len(c.out) == 0 {
		c.out = nil
	}
	c.wantWrite(len(c.out) > 0)
}

// The connection ended, though nobody asked for it.
func (c *conn) fail(why string) {
	if c.state == closed {
		return
	}
	wasReady := c.state == ready
	c.close()
	c.g.hasEnded(why, wasReady)
}

func (c *conn) close() {
	if c.state == closed {
		return
	}
	c.state = closed
	c.in, c.out = nil, nil
	c.w.byFd[c.fd] = nil
	syscall.Close(c.fd)
}
