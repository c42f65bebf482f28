package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Answer returns the Result or AcceptResult of a case.
type Answer func(*Case) (any, error)

// Serve answers each line of r with one line on w, in order, flushing each.
// A problem of a line, even a panic while judging it, is the answer to that line
// only. It skips blank lines.
func Serve(r io.Reader, w io.Writer, answer Answer) error {
	in, out := bufio.NewReaderSize(r, 1<<20), bufio.NewWriter(w)
	for {
		line, readErr := in.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := reply(out, line, answer); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return nil
		case readErr != nil:
			return readErr
		}
	}
}

func reply(out *bufio.Writer, line []byte, answer Answer) error {
	value, err := guarded(line, answer)
	if err != nil {
		value = Fatal{err.Error()}
	}
	text := json.NewEncoder(out)
	text.SetEscapeHTML(false)
	if err := text.Encode(value); err != nil {
		return err
	}
	return out.Flush()
}

func guarded(line []byte, answer Answer) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	var c Case
	if err := Decode(line, &c); err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return answer(&c)
}
