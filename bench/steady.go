// steady asks at a fixed rate, at random moments, and says how long answers took.
//
//	usage: steady [-c CONNECTIONS] [-d SECONDS] [-r REQUESTS-PER-SECOND] [-tls] [-cookie COOKIE] ADDRESS
//
// Each kept connection of HTTP/1.1 asks in its own rhythm: gaps between requests are exponentially distributed. Where an answer is
// late the next request is counted from when it was due, so that a pause is felt by all whom it would have met.
//
// One thread waits for all of them, to the nanosecond (epoll_pwait2, Linux 5.11), and collects no garbage: Go's own timers and its
// scheduler made a millisecond of the slowest hundredth, without any proxy.
package main

import (
	"bufio"
	"bytes"
	"container/heap"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"syscall"
	"time"
	"unsafe"
)

const epollPwait2 = 441 // the same on every architecture

// socket is a net.Conn that says os.ErrDeadlineExceeded where it would have to wait, which TLS takes for no fault.
type socket struct {
	net.Conn
	fd      int
	waiting bool // before the first reply was read
}

func (s *socket) Read(into []byte) (int, error) {
	if s.waiting {
		return s.Conn.Read(into)
	}
	n, err := syscall.Read(s.fd, into)
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return 0, os.ErrDeadlineExceeded
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (s *socket) Write(from []byte) (int, error) {
	if s.waiting {
		return s.Conn.Write(from)
	}
	n, err := syscall.Write(s.fd, from)
	if err == nil && n < len(from) {
		err = io.ErrShortWrite
	}
	return n, err
}

type client struct {
	socket     *socket
	connection io.ReadWriter
	reply      []byte
	due, began time.Time
	asking     bool
	late       bool // it was asking when the next request was due
	random     *rand.Rand
	took       []time.Duration
	failed     error
}

// connect asks once, too: what a connection costs at its start is not what is measured.
func connect(address string, encrypted bool, request []byte, random *rand.Rand) (*client, error) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	raw, err := connection.(*net.TCPConn).SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &socket{Conn: connection, waiting: true}
	if err := raw.Control(func(fd uintptr) { s.fd = int(fd) }); err != nil {
		return nil, err
	}
	c := &client{socket: s, connection: s, random: random, reply: make([]byte, 0, 1<<16)}
	if encrypted {
		secured := tls.Client(s, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
			ServerName: host, NextProtos: []string{"http/1.1"}})
		if err := secured.Handshake(); err != nil {
			return nil, err
		}
		c.connection = secured
	}
	if _, err := c.connection.Write(request); err != nil {
		return nil, err
	}
	if err := readReply(bufio.NewReader(c.connection)); err != nil {
		return nil, err
	}
	s.waiting = false
	return c, nil
}

func (c *client) ask(request []byte) {
	c.reply, c.asking = c.reply[:0], true
	if _, err := c.connection.Write(request); err != nil {
		c.failed = err
	}
}

// giveUp closes a connection that failed: it asks no more.
func (c *client) giveUp() {
	log.Print(c.failed)
	c.asking = false
	if err := c.socket.Close(); err != nil {
		log.Print(err)
	}
}

// read takes what is there; true: the reply is whole.
func (c *client) read() bool {
	for {
		n, err := c.connection.Read(c.reply[len(c.reply):cap(c.reply)])
		c.reply = c.reply[:len(c.reply)+n]
		switch fault := readReply(bufio.NewReaderSize(bytes.NewReader(c.reply), 512)); {
		case fault == nil:
			c.reply = c.reply[:0]
			return true
		case !errors.Is(fault, io.ErrUnexpectedEOF):
			c.failed = fault
		case errors.Is(err, os.ErrDeadlineExceeded):
			return false
		case err != nil:
			c.failed = err
		case len(c.reply) == cap(c.reply):
			c.failed = errors.New("a reply of more than 64 KiB")
		}
		if c.failed != nil {
			return false
		}
	}
}

// waiting are those that are not asking, by when they are due.
type waiting []*client

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(c any)        { *w = append(*w, c.(*client)) }
func (w *waiting) Pop() any {
	last := len(*w) - 1
	c := (*w)[last]
	*w = (*w)[:last]
	return c
}

// patience is how long the last answers may take.
const patience = 10 * time.Second

// run asks from now until end, with gaps of mean on average for each.
func run(clients []*client, request []byte, end time.Time, mean time.Duration) error {
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		return err
	}
	gap := func(c *client) time.Duration { return time.Duration(c.random.ExpFloat64() * float64(mean)) }
	var idle waiting
	for i, c := range clients {
		if err := syscall.EpollCtl(poll, syscall.EPOLL_CTL_ADD, c.socket.fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(i)}); err != nil {
			return err
		}
		c.due = time.Now().Add(gap(c))
		heap.Push(&idle, c)
	}
	var events [64]syscall.EpollEvent
	for busy := 0; busy > 0 || len(idle) > 0; {
		if time.Since(end) > patience {
			return fmt.Errorf("%d requests were not answered", busy)
		}
		for len(idle) > 0 && !idle[0].due.After(time.Now()) {
			c := heap.Pop(&idle).(*client)
			if c.failed != nil {
				continue
			}
			if c.began = time.Now(); c.late {
				c.began = c.due
			}
			if c.ask(request); c.failed != nil {
				c.giveUp()
			} else {
				busy++
			}
		}
		wait := time.Second
		if len(idle) > 0 {
			wait = max(0, time.Until(idle[0].due))
		}
		span := syscall.NsecToTimespec(wait.Nanoseconds())
		n, _, errno := syscall.Syscall6(epollPwait2, uintptr(poll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)),
			uintptr(unsafe.Pointer(&span)), 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			return errno
		}
		for i := 0; errno == 0 && i < int(n); i++ {
			c := clients[events[i].Fd]
			whole := c.read()
			now := time.Now()
			if whole && !c.asking {
				c.failed = errors.New("answered unasked")
			}
			switch {
			case c.failed != nil:
				if c.asking {
					busy--
				}
				c.giveUp()
			case whole:
				c.took = append(c.took, now.Sub(c.began))
				busy--
				c.due = c.due.Add(gap(c))
				c.asking, c.late = false, c.due.Before(now)
				if c.due.Before(end) {
					heap.Push(&idle, c)
				}
			}
		}
	}
	return nil
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
		c, err := connect(flag.Arg(0), *encrypted, request, rand.New(rand.NewSource(int64(i))))
		if err != nil {
			log.Fatal(err)
		}
		c.took = make([]time.Duration, 0, 2**rate**seconds / *connections)
		clients[i] = c
	}
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	end := time.Now().Add(time.Duration(*seconds) * time.Second)
	if err := run(clients, request, end, time.Second*time.Duration(*connections)/time.Duration(*rate)); err != nil {
		log.Fatal(err)
	}
	var took []time.Duration
	failed := 0
	for _, c := range clients {
		if took = append(took, c.took...); c.failed != nil {
			failed++
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	if len(took) == 0 {
		log.Fatal("no request was answered")
	}
	at := func(percent int) float64 { return float64(took[len(took)*percent/100].Nanoseconds()) / 1e6 }
	fmt.Printf("%d ok %d failed %.1f per second p50 %.3f p99 %.3f\n", len(took), failed, float64(len(took))/float64(*seconds), at(50), at(99))
}
