package main

import (
	"bytes"
	"fmt"
	"strings"
)

// A message holds "@@", when it was sent in microseconds (16 digits), ":", its number (7 digits) and ";". Only text, and
// nothing that JSON escapes, so that it is found in whatever envelope a server puts around it.
const (
	stampDigits  = 16
	numberDigits = 7
	messageHead  = 2 + stampDigits + 1 + numberDigits + 1
	numbers      = 10_000_000
)

var marker = []byte("@@")

var filler = strings.Repeat("x", 1<<17)

func newMessage(number int, size int) []byte {
	return fmt.Appendf(nil, "@@%016d:%07d;%s", nowUs(), number%numbers, filler[:max(0, size-messageHead)])
}

// readMessage finds the first message in the text, and what stands behind its head.
func readMessage(text []byte) (sentUs int64, number int, rest []byte, found bool) {
	at := bytes.Index(text, marker)
	if at < 0 || len(text) < at+messageHead {
		return 0, 0, nil, false
	}
	head := text[at+2 : at+messageHead]
	for _, c := range head[:stampDigits] {
		sentUs = sentUs*10 + int64(c-'0')
	}
	for _, c := range head[stampDigits+1 : stampDigits+1+numberDigits] {
		number = number*10 + int(c-'0')
	}
	return sentUs, number, text[at+messageHead:], true
}
