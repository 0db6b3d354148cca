package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go/http3"
)

const (
	connections = 2
	abreast     = 8
)

// load asks for one path over some connections, each with some streams at a time, and tells how many answers were good.
func load(proxy, name, path string, lasting time.Duration) error {
	var served, failed atomic.Int64
	var first sync.Once
	until := time.Now().Add(lasting)
	var all sync.WaitGroup
	for range connections {
		transport := &http3.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name}, Dial: dialer(proxy)}
		defer transport.Close()
		client := &http.Client{Transport: transport}
		for range abreast {
			all.Go(func() {
				for time.Now().Before(until) {
					if err := once(client, "https://"+name+path); err != nil {
						failed.Add(1)
						first.Do(func() { fmt.Println(err) })
						time.Sleep(100 * time.Millisecond)
					} else {
						served.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	fmt.Printf("http3: %d served, %d failed\n", served.Load(), failed.Load())
	if failed.Load() > 0 {
		return fmt.Errorf("http3: FAILED")
	}
	return nil
}

func once(client *http.Client, url string) error {
	ctx, done := context.WithTimeout(context.Background(), limit)
	defer done()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || response.Proto != "HTTP/3.0") {
		err = fmt.Errorf("%s: %s %s", url, response.Proto, response.Status)
	}
	return err
}
