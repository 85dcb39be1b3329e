// A server made with Centrifuge, for comparison. The ports come from PORT and CONTROL_PORT; says one line of JSON when it
// is ready. Every client is subscribed on the server's side to "all" and to a channel with its own id as name.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/centrifugal/centrifuge"
)

func main() {
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelError, LogHandler: logError})
	check(err)
	node.OnConnecting(func(_ context.Context, event centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		options := centrifuge.SubscribeOptions{}
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: ""},
			Subscriptions: map[string]centrifuge.SubscribeOptions{"all": options, event.ClientID: options},
		}, nil
	})
	node.OnConnect(func(*centrifuge.Client) {})
	check(node.Run())

	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		CheckOrigin: func(*http.Request) bool { return true },
	}))
	http.HandleFunc("POST /broadcast", func(w http.ResponseWriter, r *http.Request) { publish(node, "all", w, r) })
	http.HandleFunc("POST /send/{id}", func(w http.ResponseWriter, r *http.Request) {
		publish(node, r.PathValue("id"), w, r)
	})
	http.HandleFunc("GET /count", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"count":%d}`, node.Hub().NumClients())
	})
	go func() { check(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)) }()
	fmt.Println(`{"ready":true}`)
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}

// publish takes the body as text, which Centrifuge's JSON protocol wants as a JSON string.
func publish(node *centrifuge.Node, channel string, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		var data []byte
		data, err = json.Marshal(string(body))
		if err == nil {
			_, err = node.Publish(channel, data)
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, `{"result":{}}`)
}

func logError(entry centrifuge.LogEntry) { fmt.Fprintln(os.Stderr, entry.Message, entry.Fields) }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
