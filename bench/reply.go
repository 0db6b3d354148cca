// Of the load tools that speak HTTP/1.1 themselves.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
)

// host is the first of the routes that every proxy serves.
const host = "h0.example"

// readReply reads a whole reply; it is an error where its status is not 200.
func readReply(reader *bufio.Reader) error {
	reply, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if _, err = io.Copy(io.Discard, reply.Body); err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", reply.StatusCode)
	}
	return err
}
