package main

import "bytes"

// What a server says before messages flow, and how it asks whether a client lives. "plain" says nothing, and a connection
// is ready with its handshake.
type dialect struct {
	// afterUpgrade is what the client says first; nil where it waits.
	afterUpgrade []byte
	// ready is true where the connection is, after the handshake.
	ready bool
	// take handles the payload of one frame.
	take func(c *conn, payload []byte)
}

var dialects = map[string]*dialect{
	"plain":      {ready: true, take: func(c *conn, payload []byte) { c.messages(payload) }},
	"wscm":       {take: takeWscm},
	"socketio":   {take: takeSocketIo},
	"centrifuge": {afterUpgrade: []byte(`{"id":1,"connect":{}}`), take: takeCentrifuge},
}

func takeWscm(c *conn, payload []byte) {
	if c.state == ready {
		c.messages(payload)
	} else if id := valueOf(payload, `"replyId":"`); id != "" {
		c.becomesReady(id)
	} else {
		c.g.strange.Add(1)
	}
}

// Engine.IO's packets: 0 open, 2 ping, 3 pong, 4 message. Socket.IO's in a message: 0 connect, 2 event.
func takeSocketIo(c *conn, payload []byte) {
	switch {
	case bytes.HasPrefix(payload, []byte("42")):
		c.messages(payload)
	case bytes.HasPrefix(payload, []byte("2")):
		c.sendFrame([]byte("3"))
	case bytes.HasPrefix(payload, []byte("0")):
		c.sendFrame([]byte("40"))
	case bytes.HasPrefix(payload, []byte("40")):
		c.becomesReady(valueOf(payload, `"sid":"`))
	default:
		c.g.strange.Add(1)
	}
}

// Centrifuge's JSON protocol: one or more replies in a frame, one a line; an empty one is a ping.
func takeCentrifuge(c *conn, payload []byte) {
	for _, line := range bytes.Split(payload, []byte("\n")) {
		switch {
		case len(line) == 0:
		case bytes.Equal(line, []byte("{}")):
			c.sendFrame([]byte("{}"))
		case c.state == ready:
			c.messages(line)
		case bytes.Contains(line, []byte(`"connect":`)):
			c.becomesReady(valueOf(line, `"client":"`))
		default:
			c.g.strange.Add(1)
		}
	}
}

// valueOf gives what stands between the name and the next quotation mark.
func valueOf(text []byte, name string) string {
	_, after, found := bytes.Cut(text, []byte(name))
	if !found {
		return ""
	}
	value, _, _ := bytes.Cut(after, []byte(`"`))
	return string(value)
}
