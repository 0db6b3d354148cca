// handshakes opens a new TLS 1.3 connection for each request, and counts: those of wrk are resumed unasked.
//
//	usage: handshakes [-c CONNECTIONS] [-d SECONDS] [-resume] [-idle N] ADDRESS
//
// With -idle it opens N connections, asks on each once, prints a line, and keeps them until its standard input ends.
package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"sort"
	"sync"
	"time"
)

func ask(connection *tls.Conn, end string) error {
	_, err := fmt.Fprintf(connection, "GET /p0/item HTTP/1.1\r\nHost: %s\r\nConnection: %s\r\n\r\n", host, end)
	if err != nil {
		return err
	}
	return readReply(bufio.NewReader(connection))
}

func once(address string, config *tls.Config) (resumed bool, err error) {
	connection, err := tls.Dial("tcp", address, config)
	if err != nil {
		return false, err
	}
	defer connection.Close()
	err = ask(connection, "close")
	return connection.ConnectionState().DidResume, err
}

func config(resume bool) *tls.Config {
	c := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13, ServerName: host,
		CurvePreferences: []tls.CurveID{tls.X25519}, NextProtos: []string{"http/1.1"}}
	if resume {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	}
	return c
}

func idle(address string, count int) {
	kept := make([]*tls.Conn, 0, count)
	for range count {
		connection, err := tls.Dial("tcp", address, config(false))
		if err == nil {
			err = ask(connection, "keep-alive")
		}
		if err != nil {
			log.Fatal(err)
		}
		kept = append(kept, connection)
	}
	fmt.Println(len(kept), "open")
	io.Copy(io.Discard, os.Stdin)
	for _, connection := range kept {
		connection.Close()
	}
}

func main() {
	connections := flag.Int("c", 16, "connections at a time")
	seconds := flag.Int("d", 4, "seconds")
	resume := flag.Bool("resume", false, "resume sessions")
	count := flag.Int("idle", 0, "open so many and keep them")
	flag.Parse()
	if *count > 0 {
		idle(flag.Arg(0), *count)
		return
	}
	var lock sync.Mutex
	var took []float64
	var failed, resumed int
	var running sync.WaitGroup
	end := time.Now().Add(time.Duration(*seconds) * time.Second)
	for range *connections {
		running.Go(func() {
			c := config(*resume)
			for time.Now().Before(end) {
				began := time.Now()
				again, err := once(flag.Arg(0), c)
				milliseconds := float64(time.Since(began).Microseconds()) / 1e3
				lock.Lock()
				if err != nil {
					failed++
				} else {
					took = append(took, milliseconds)
				}
				if again {
					resumed++
				}
				lock.Unlock()
			}
		})
	}
	running.Wait()
	sort.Float64s(took)
	at := func(percent int) float64 {
		if len(took) == 0 {
			return 0
		}
		return took[min(len(took)-1, len(took)*percent/100)]
	}
	fmt.Printf("%d ok %d failed %d resumed %d per second p50 %.2f p99 %.2f\n",
		len(took), failed, resumed, len(took) / *seconds, at(50), at(99))
}
