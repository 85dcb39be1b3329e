package main

import "math/bits"

// histogram keeps times in microseconds with an error of at most 1.6 %.
type histogram struct {
	buckets [bucketCount]uint64
	count   uint64
	max     int64
}

const (
	subBits     = 6
	bucketCount = (64 - subBits) << subBits
)

func (h *histogram) add(us int64) {
	if us < 0 {
		us = 0
	}
	h.buckets[bucketOf(uint64(us))]++
	h.count++
	h.max = max(h.max, us)
}

func bucketOf(us uint64) int {
	if us < 1<<subBits {
		return int(us)
	}
	shift := bits.Len64(us) - 1 - subBits
	return (shift+1)<<subBits + int(us>>shift) - 1<<subBits
}

func middleOf(bucket int) float64 {
	if bucket < 1<<subBits {
		return float64(bucket)
	}
	shift := bucket>>subBits - 1
	from := (bucket&(1<<subBits-1) + 1<<subBits) << shift
	return float64(from) + float64(int(1)<<shift)/2
}

func (h *histogram) merge(other *histogram) {
	for i, n := range other.buckets {
		h.buckets[i] += n
	}
	h.count += other.count
	h.max = max(h.max, other.max)
}

func (h *histogram) quantile(q float64) float64 {
	rank := uint64(q * float64(h.count))
	var seen uint64
	for i, n := range h.buckets {
		seen += n
		if n > 0 && seen > rank {
			return min(middleOf(i), float64(h.max))
		}
	}
	return float64(h.max)
}

// summary gives milliseconds.
func (h *histogram) summary() answer {
	if h.count == 0 {
		return answer{"count": 0}
	}
	ms := func(q float64) float64 { return h.quantile(q) / 1000 }
	return answer{"count": h.count, "p50": ms(0.5), "p95": ms(0.95), "p99": ms(0.99), "max": float64(h.max) / 1000}
}
