// http3 is a client of HTTP/3 that has nothing in common with the one that the tests use, and the endpoint behind the proxy that it asks.
// With a path and a number of seconds it asks for that path alone, of whatever is behind the proxy, for so long.
//
//	usage: http3 PROXY_ADDRESS SERVER_NAME ENDPOINT_ADDRESS
//	       http3 PROXY_ADDRESS SERVER_NAME /PATH SECONDS
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

const (
	limit   = 30 * time.Second
	streams = 200
)

var calledOff atomic.Int32

// endpoint answers over HTTP/1.1.
func endpoint() http.Handler {
	paths := http.NewServeMux()
	paths.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s by %s", r.URL.Path, r.Header.Get("X-Forwarded-Proto"))
	})
	paths.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	paths.HandleFunc("/call", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Grpc-Status")
		io.Copy(w, r.Body)
		w.Header().Set("Grpc-Status", "0")
	})
	paths.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		calledOff.Add(1)
	})
	return paths
}

type asker struct {
	client *http.Client
	base   string
}

func (a asker) ask(ctx context.Context, method, path string, content io.Reader) (*http.Response, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, content)
	if err != nil {
		return nil, nil, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || response.Proto != "HTTP/3.0") {
		err = fmt.Errorf("%s %s: %s %s", method, path, response.Proto, response.Status)
	}
	return response, body, err
}

func (a asker) get(ctx context.Context, path string) error {
	_, body, err := a.ask(ctx, http.MethodGet, path, nil)
	if want := path + " by https"; err == nil && string(body) != want {
		err = fmt.Errorf("got %q, not %q", body, want)
	}
	return err
}

func (a asker) echo(ctx context.Context) error {
	content := make([]byte, 1<<20)
	rand.Read(content)
	_, body, err := a.ask(ctx, http.MethodPost, "/echo", bytes.NewReader(content))
	if err == nil && !bytes.Equal(body, content) {
		err = fmt.Errorf("%d bytes came back that are not those %d", len(body), len(content))
	}
	return err
}

func (a asker) parallel(ctx context.Context) error {
	var all sync.WaitGroup
	problems := make(chan error, streams)
	for i := range streams {
		all.Go(func() { problems <- a.get(ctx, fmt.Sprintf("/stream-%d", i)) })
	}
	all.Wait()
	close(problems)
	var found []error
	for problem := range problems {
		found = append(found, problem)
	}
	return errors.Join(found...)
}

func (a asker) trailers(ctx context.Context) error {
	// content of unknown length, as calls of gRPC have
	response, body, err := a.ask(ctx, http.MethodPost, "/call", io.MultiReader(strings.NewReader("ping")))
	if err == nil && (string(body) != "ping" || response.Trailer.Get("Grpc-Status") != "0") {
		err = fmt.Errorf("got %q with the trailers %v", body, response.Trailer)
	}
	return err
}

// reset stops an upload in its middle: the endpoint hears of it, and the connection serves on.
func (a asker) reset(ctx context.Context) error {
	part, stop := context.WithCancel(ctx)
	content, more := io.Pipe()
	go func() {
		more.Write(make([]byte, 64<<10))
		stop()
	}()
	if _, _, err := a.ask(part, http.MethodPost, "/wait", content); err == nil {
		return errors.New("an answer to a request that was reset")
	}
	for calledOff.Load() == 0 {
		select {
		case <-ctx.Done():
			return errors.New("the endpoint was not told")
		case <-time.After(10 * time.Millisecond):
		}
	}
	return a.get(ctx, "/after")
}

// connect makes an asker whose requests all go over one connection to the proxy, whatever the name.
func connect(proxy, name string) (asker, *http3.Transport) {
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name},
		Dial: func(ctx context.Context, _ string, tls *tls.Config, settings *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, proxy, tls, settings)
		},
	}
	return asker{client: &http.Client{Transport: transport}, base: "https://" + name}, transport
}

func run(proxy, name, at string) error {
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	go http.Serve(listener, endpoint())
	a, transport := connect(proxy, name)
	defer transport.Close()
	checks := []struct {
		what string
		run  func(context.Context) error
	}{
		{"a GET", func(ctx context.Context) error { return a.get(ctx, "/one") }},
		{"1 MiB there and back", a.echo},
		{fmt.Sprintf("%d streams at a time", streams), a.parallel},
		{"trailers behind an answer", a.trailers},
		{"a request that is reset", a.reset},
	}
	failed := 0
	for _, check := range checks {
		ctx, done := context.WithTimeout(context.Background(), limit)
		if err := check.run(ctx); err != nil {
			failed++
			fmt.Printf("  %s: %v\n", check.what, err)
		}
		done()
	}
	fmt.Printf("http3: %d checks by another client, %d passed\n", len(checks), len(checks)-failed)
	if failed > 0 {
		return errors.New("http3: FAILED")
	}
	return nil
}

func main() {
	args := os.Args[1:]
	var err error
	if len(args) == 4 && strings.HasPrefix(args[2], "/") {
		var seconds int
		if seconds, err = strconv.Atoi(args[3]); err == nil {
			err = load(args[0], args[1], args[2], time.Duration(seconds)*time.Second)
		}
	} else if len(args) == 3 {
		err = run(args[0], args[1], args[2])
	} else {
		fmt.Fprintln(os.Stderr, "usage: http3 PROXY_ADDRESS SERVER_NAME ENDPOINT_ADDRESS\n       http3 PROXY_ADDRESS SERVER_NAME /PATH SECONDS")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
