// steady asks at a fixed rate, at random moments, and says how long answers took.
//
//	usage: steady [-c CONNECTIONS] [-d SECONDS] [-r REQUESTS-PER-SECOND] [-tls] [-cookie COOKIE] ADDRESS
//
// Each kept connection of HTTP/1.1 asks in its own rhythm: gaps between requests are exponentially distributed. Where an answer is
// late the next request is counted from when it was due, so that a pause is felt by all whom it would have met. It needs three
// tenths of a core at 5,000 requests/s: what it measures is not its own queue.
package main

import (
	"bufio"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"sort"
	"sync"
	"time"
)

type client struct {
	connection io.ReadWriter
	reader     *bufio.Reader
	request    []byte
	took       []time.Duration
	failed     int
}

func connect(address string, encrypted bool, request []byte) (*client, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := &client{connection: connection, request: request}
	if encrypted {
		secured := tls.Client(connection, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
			ServerName: host, NextProtos: []string{"http/1.1"}})
		if err := secured.Handshake(); err != nil {
			return nil, err
		}
		c.connection = secured
	}
	c.reader = bufio.NewReader(c.connection)
	return c, c.ask()
}

func (c *client) ask() error {
	if _, err := c.connection.Write(c.request); err != nil {
		return err
	}
	return readReply(c.reader)
}

// run asks from start to end, with gaps of mean on average.
func (c *client) run(start, end time.Time, mean time.Duration, random *rand.Rand) {
	gap := func() time.Duration { return time.Duration(random.ExpFloat64() * float64(mean)) }
	for due := start.Add(gap()); due.Before(end); due = due.Add(gap()) {
		began := due
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
			began = time.Now() // what the timer is late is our own
		}
		if err := c.ask(); err != nil {
			log.Print(err)
			c.failed++
			return
		}
		c.took = append(c.took, time.Since(began))
	}
}

func main() {
	connections := flag.Int("c", 50, "connections")
	seconds := flag.Int("d", 4, "seconds")
	rate := flag.Int("r", 5000, "requests per second, of all connections together")
	encrypted := flag.Bool("tls", false, "over TLS 1.3")
	cookie := flag.String("cookie", "", "sent with each request")
	flag.Parse()
	request := []byte(fmt.Sprintf("GET /p0/item HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nUser-Agent: steady\r\nAccept: */*\r\n\r\n", host, *cookie))

	clients := make([]*client, *connections)
	for i := range clients {
		c, err := connect(flag.Arg(0), *encrypted, request)
		if err != nil {
			log.Fatal(err)
		}
		c.took = make([]time.Duration, 0, 2**rate**seconds / *connections)
		clients[i] = c
	}
	start := time.Now().Add(10 * time.Millisecond)
	end := start.Add(time.Duration(*seconds) * time.Second)
	mean := time.Second * time.Duration(*connections) / time.Duration(*rate)
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { c.run(start, end, mean, rand.New(rand.NewSource(int64(i)))) })
	}
	all.Wait()

	var took []time.Duration
	failed := 0
	for _, c := range clients {
		took, failed = append(took, c.took...), failed+c.failed
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	if len(took) == 0 {
		log.Fatal("no request was answered")
	}
	at := func(percent int) float64 { return float64(took[len(took)*percent/100].Nanoseconds()) / 1e6 }
	fmt.Printf("%d ok %d failed %.1f per second p50 %.3f p99 %.3f\n", len(took), failed, float64(len(took))/float64(*seconds), at(50), at(99))
}
