package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

type natsOptions struct {
	httpOptions
	// Subject; {id} stands for the ids of the group's clients in turn.
	Subject  string `json:"subject"`
	InFlight int    `json:"inFlight"`
	// NoReply publishes and waits for no answer.
	NoReply bool `json:"noReply"`
}

// natsLoad makes requests over NATS, as a plain client: one connection, one inbox. Over 30 s without an answer is a fault.
func natsLoad(o natsOptions) (answer, error) {
	o.Path = o.Subject
	ids, err := o.idsOf()
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(o.Urls[0])
	if err != nil {
		return nil, err
	}
	if _, err := readTarget(o.Urls[0]); err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Duration(o.TimeoutMs) * time.Millisecond))
	if _, err := fmt.Fprintf(conn, "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\nSUB _INBOX.bench.* 1\r\n"); err != nil {
		return nil, err
	}
	result := &tally{}
	sentUs := make([]atomic.Int64, o.Count)
	room := make(chan struct{}, max(1, o.InFlight))
	faults := make(chan error, 1)
	go func() { faults <- readNatsReplies(conn, o, sentUs, room, result) }()
	startUs := nowUs()
	for i := range o.Count {
		o.pace(startUs, i)
		id, number := o.planned(ids, i)
		subject := strings.ReplaceAll(o.Subject, "{id}", id)
		if !o.NoReply {
			select {
			case room <- struct{}{}:
			case err := <-faults:
				return result.answer(startUs), err
			}
		}
		body := o.body(number)
		sentUs[i].Store(nowUs())
		head := fmt.Sprintf("PUB %s _INBOX.bench.%d %d\r\n", subject, i, len(body))
		if o.NoReply {
			head = fmt.Sprintf("PUB %s %d\r\n", subject, len(body))
		}
		if _, err := conn.Write(append(append([]byte(head), body...), '\r', '\n')); err != nil {
			return result.answer(startUs), err
		}
	}
	if o.NoReply {
		_, err = conn.Write([]byte("PING\r\n"))
		if err != nil {
			return nil, err
		}
	}
	err = <-faults
	return result.answer(startUs), err
}

// readNatsReplies ends when every request has its answer, or with the answer to PING where none is wanted.
func readNatsReplies(conn net.Conn, o natsOptions, sentUs []atomic.Int64, room chan struct{}, result *tally) error {
	in := bufio.NewReaderSize(conn, 1<<16)
	for answered := 0; answered < o.Count; {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "PING":
			if _, err := conn.Write([]byte("PONG\r\n")); err != nil {
				return err
			}
		case words[0] == "PONG" && o.NoReply:
			return nil
		case words[0] == "-ERR":
			return fmt.Errorf("NATS says %s", strings.TrimSpace(line))
		case words[0] == "MSG" || words[0] == "HMSG":
			status, body, err := readNatsMessage(in, words)
			if err != nil {
				return err
			}
			i, err := strconv.Atoi(words[1][strings.LastIndexByte(words[1], '.')+1:])
			if err != nil {
				return err
			}
			answered++
			result.add(status, nowUs()-sentUs[i].Load(), body)
			<-room
		}
	}
	return nil
}

// readNatsMessage gives "200", or the code in the headers.
func readNatsMessage(in *bufio.Reader, words []string) (status string, body string, err error) {
	size, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return "", "", err
	}
	data := make([]byte, size+2)
	if _, err := io.ReadFull(in, data); err != nil {
		return "", "", err
	}
	text := string(data[:size])
	if words[0] == "MSG" {
		return "200", text, nil
	}
	headSize, _ := strconv.Atoi(words[len(words)-2])
	head, body := text[:headSize], text[headSize:]
	if _, code, found := strings.Cut(head, "Nats-Service-Error-Code: "); found {
		code, _, _ = strings.Cut(code, "\r\n")
		return code, body, nil
	}
	if fields := strings.Fields(head); len(fields) > 1 && len(fields[1]) == 3 {
		return fields[1], body, nil
	}
	return "200", body, nil
}
