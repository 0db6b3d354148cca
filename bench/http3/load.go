package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
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
		a, transport := connect(proxy, name)
		defer transport.Close()
		for range abreast {
			all.Go(func() {
				for time.Now().Before(until) {
					ctx, done := context.WithTimeout(context.Background(), limit)
					if _, _, err := a.ask(ctx, http.MethodGet, path, nil); err != nil {
						failed.Add(1)
						first.Do(func() { fmt.Println(err) })
						time.Sleep(100 * time.Millisecond)
					} else {
						served.Add(1)
					}
					done()
				}
			})
		}
	}
	all.Wait()
	fmt.Printf("http3: %d served, %d failed\n", served.Load(), failed.Load())
	if failed.Load() > 0 {
		return errors.New("http3: FAILED")
	}
	return nil
}
