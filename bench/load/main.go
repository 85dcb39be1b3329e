// Load for the benchmark: opens thousands of WebSocket connections, counts what arrives on them, sends on them, and asks
// servers over HTTP and NATS. It is driven by lines of JSON on standard input, and answers each with one on standard
// output, under the same id; commands run side by side. It ends with its standard input. Linux only (epoll).
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

type request struct {
	Id  int    `json:"id"`
	Cmd string `json:"cmd"`
}

type answer map[string]any

var commands = map[string]func(line []byte) (answer, error){
	"hello":   hello,
	"connect": command(connect),
	"reset":   command(reset),
	"wait":    command(wait),
	"send":    command(send),
	"drop":    command(drop),
	"churn":   command(churn),
	"ids":     command(ids),
	"stats":   command(stats),
	"http":    command(httpLoad),
	"nats":    command(natsLoad),
}

func main() {
	debug.SetGCPercent(400)
	startWorkers(max(2, runtime.NumCPU()/2))
	var lock sync.Mutex
	out := json.NewEncoder(os.Stdout)
	reply := func(id int, result answer, err error) {
		if result == nil {
			result = answer{}
		}
		result["id"] = id
		if err != nil {
			result["error"] = err.Error()
		}
		lock.Lock()
		defer lock.Unlock()
		if out.Encode(result) != nil {
			os.Exit(1)
		}
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			reply(0, nil, err)
			continue
		}
		run, known := commands[r.Cmd]
		if !known {
			reply(r.Id, nil, fmt.Errorf("no command is called %q", r.Cmd))
			continue
		}
		go func() {
			result, err := run(line)
			reply(r.Id, result, err)
		}()
	}
}

// command reads a command's options before it is run.
func command[O any](run func(O) (answer, error)) func([]byte) (answer, error) {
	return func(line []byte) (answer, error) {
		var options O
		if err := json.Unmarshal(line, &options); err != nil {
			return nil, err
		}
		return run(options)
	}
}

// hello tells this process's clock, so that others can compare theirs with the stamps in messages.
func hello([]byte) (answer, error) {
	return answer{"nowUs": nowUs(), "pid": os.Getpid(), "threads": len(workers)}, nil
}

func nowUs() int64 { return time.Now().UnixMicro() }

var errTimeout = errors.New("not done in time")
