package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type httpOptions struct {
	groupOptions
	// Urls of servers, without path. With Everywhere each request goes to each of them, else to one of them in turn.
	Urls       []string `json:"urls"`
	Everywhere bool     `json:"everywhere"`
	Method     string   `json:"method"`
	// Path; {id} stands for the ids of the group's clients in turn.
	Path        string `json:"path"`
	ContentType string `json:"contentType"`
	// Bytes of the body, which is a message; 0: none. Messages are numbered from 1; with {id}, for each client.
	Bytes int `json:"bytes"`
	Count int `json:"count"`
	// First is the number of the first message; 1 where it is left out.
	First int `json:"first"`
	// Rate a second; 0: as fast as it goes.
	Rate float64 `json:"rate"`
	// Connections for each server, each with one request at a time; with Pipelined, one takes them all.
	Connections int  `json:"connections"`
	Pipelined   bool `json:"pipelined"`
	// Clients of the group that are written to; 0: all.
	Clients int `json:"clients"`
	// Bulk messages in each request, as JSON, each to one client; 0: the body is the message.
	Bulk int `json:"bulk"`
}

// tally is what became of requests.
type tally struct {
	lock     sync.Mutex
	statuses map[string]int
	latency  histogram
	sample   string
}

func (t *tally) add(status string, us int64, body string) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.statuses == nil {
		t.statuses = map[string]int{}
	}
	t.statuses[status]++
	t.latency.add(us)
	if t.sample == "" {
		t.sample = body[:min(len(body), 500)]
	}
}

func (t *tally) answer(startUs int64) answer {
	return answer{"statuses": t.statuses, "latency": t.latency.summary(), "sample": t.sample, "startUs": startUs,
		"seconds": float64(nowUs()-startUs) / 1e6}
}

type lane struct {
	conn    net.Conn
	replies *bufio.Reader
	host    string
}

func openLane(text string) (*lane, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if _, err := readTarget(text); err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	return &lane{conn, bufio.NewReaderSize(conn, 1<<16), u.Host}, nil
}

// planned is which client the i-th request is for, and the number of its message.
func (o *httpOptions) planned(ids []string, i int) (id string, number int) {
	first := max(1, o.First)
	if len(ids) == 0 {
		return "", i + first
	}
	return ids[i%len(ids)], i/len(ids) + first
}

func (o *httpOptions) idsOf() ([]string, error) {
	if !strings.Contains(o.Path, "{id}") && o.Bulk == 0 {
		return nil, nil
	}
	g, err := groupCalled(o.Group)
	if err != nil {
		return nil, err
	}
	ids := g.ids()
	if o.Clients > 0 {
		ids = ids[:min(o.Clients, len(ids))]
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("the group %q has no clients", o.Group)
	}
	return ids, nil
}

func (o *httpOptions) request(host string, id string, body []byte) []byte {
	path := strings.ReplaceAll(o.Path, "{id}", id)
	head := o.Method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n"
	if len(body) > 0 {
		head += fmt.Sprintf("Content-Type: %s\r\nContent-Length: %d\r\n", o.ContentType, len(body))
	}
	return append([]byte(head+"\r\n"), body...)
}

// httpLoad makes requests and waits for every answer.
func httpLoad(o httpOptions) (answer, error) {
	ids, err := o.idsOf()
	if err != nil {
		return nil, err
	}
	lanes := []*lane{}
	defer func() {
		for _, l := range lanes {
			l.conn.Close()
		}
	}()
	for range max(1, o.Connections) {
		for _, text := range o.Urls {
			l, err := openLane(text)
			if err != nil {
				return nil, err
			}
			_ = l.conn.SetDeadline(time.Now().Add(time.Duration(o.TimeoutMs) * time.Millisecond))
			lanes = append(lanes, l)
		}
	}
	result := &tally{}
	startUs := nowUs()
	if o.Pipelined || o.Everywhere {
		err = o.sendToAll(lanes, ids, result, startUs)
	} else {
		err = o.share(lanes, ids, result, startUs)
	}
	return result.answer(startUs), err
}

func (o *httpOptions) body(number int) []byte {
	if o.Bytes == 0 {
		return nil
	}
	return newMessage(number, o.Bytes)
}

// bulkBody holds the messages from the i-th on. Nothing in them is escaped in JSON.
func (o *httpOptions) bulkBody(ids []string, i int) []byte {
	parts := []string{}
	for ; i < o.Count && len(parts) < o.Bulk; i++ {
		id, number := o.planned(ids, i)
		parts = append(parts, fmt.Sprintf(`{"to":["%s"],"message":"%s"}`, id, o.body(number)))
	}
	return []byte(`{"messages":[` + strings.Join(parts, ",") + `]}`)
}

func (o *httpOptions) pace(startUs int64, i int) {
	if o.Rate > 0 {
		sleepUntil(startUs + int64(float64(i)/o.Rate*1e6))
	}
}

// share: each lane has one request at a time.
func (o *httpOptions) share(lanes []*lane, ids []string, result *tally, startUs int64) error {
	var next atomic.Int64
	faults := make(chan error, len(lanes))
	for _, l := range lanes {
		go func() {
			for {
				step := max(1, o.Bulk)
				i := int(next.Add(int64(step))) - step
				if i >= o.Count {
					faults <- nil
					return
				}
				o.pace(startUs, i)
				id, number := o.planned(ids, i)
				var body []byte
				if o.Bulk > 0 {
					body = o.bulkBody(ids, i)
				} else {
					body = o.body(number)
				}
				sentUs := nowUs()
				if _, err := l.conn.Write(o.request(l.host, id, body)); err != nil {
					faults <- err
					return
				}
				if err := l.readReply(sentUs, o.Method, result); err != nil {
					faults <- err
					return
				}
			}
		}()
	}
	var fault error
	for range lanes {
		if err := <-faults; err != nil {
			fault = err
		}
	}
	return fault
}

// sendToAll: each lane has all requests, and they follow each other without waiting for answers.
func (o *httpOptions) sendToAll(lanes []*lane, ids []string, result *tally, startUs int64) error {
	faults := make(chan error, len(lanes))
	sentUs := make([]chan int64, len(lanes))
	for i, l := range lanes {
		sentUs[i] = make(chan int64, o.Count)
		go func() {
			for range o.Count {
				if err := l.readReply(<-sentUs[i], o.Method, result); err != nil {
					faults <- err
					return
				}
			}
			faults <- nil
		}()
	}
	for i := range o.Count {
		o.pace(startUs, i)
		id, number := o.planned(ids, i)
		body := o.body(number)
		for j, l := range lanes {
			sentUs[j] <- nowUs()
			if _, err := l.conn.Write(o.request(l.host, id, body)); err != nil {
				return err
			}
		}
	}
	for range lanes {
		if err := <-faults; err != nil {
			return err
		}
	}
	return nil
}

func (l *lane) readReply(sentUs int64, method string, result *tally) error {
	response, err := http.ReadResponse(l.replies, &http.Request{Method: method})
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	response.Body.Close()
	result.add(itoa(response.StatusCode), nowUs()-sentUs, string(body))
	return nil
}
