// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Package frames is what the Go workers share: the words of their command lines and the frames of
// their files; ../../README.md explains both.
package frames

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// SilenceMax is how long a reader waits for a record.
const SilenceMax = 60 * time.Second

const unansweredMax = 300

type Header struct {
	Name  string
	Value []byte
}

// A nil key or value is null, an empty one is not.
type Frame struct {
	Partition int32
	Key       []byte
	Value     []byte
	Headers   []Header
	Timestamp time.Time // zero: the client takes the time
}

type Job struct {
	Topic     string
	Partition int32
	Count     int
	Path      string
}

// Worker is a client library under test.
type Worker struct {
	Produce func(options Options, frames <-chan Frame, progress *Progress) error
	Consume func(brokers []string, job Job, out *Writer) error
	Member  func(brokers []string, group, topic string, count int, out *Writer) error
}

type Options struct {
	Brokers      []string
	Topic, Codec string
	Idempotent   bool
	pace         int
	timestamps   int64
}

// Run does what the command line says, and ends the program.
func Run(worker Worker) {
	words := os.Args[1:]
	switch {
	case len(words) >= 5 && words[0] == "produce":
		check(produce(worker, words))
	case len(words) == 3 && words[0] == "consume":
		for _, job := range jobs(words[2]) {
			out := create(job.Path)
			check(worker.Consume(brokers(words), job, out))
			out.close()
		}
	case len(words) == 6 && words[0] == "member":
		out := create(words[5])
		check(worker.Member(brokers(words), words[2], words[3], number(words[4]), out))
		out.close()
	default:
		os.Exit(2)
	}
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func brokers(words []string) []string {
	return strings.Split(words[1], ",")
}

func number(word string) int {
	value, err := strconv.Atoi(word)
	check(err)
	return value
}

func produce(worker Worker, words []string) error {
	options := Options{Brokers: brokers(words), Topic: words[2], Codec: words[3]}
	for _, word := range words[5:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "idempotent":
			options.Idempotent = true
		case "pace":
			options.pace = number(value)
		case "timestamps":
			options.timestamps = int64(number(value))
		}
	}
	progress := &Progress{}
	frames := make(chan Frame, 100)
	go read(words[4], options, progress, frames)
	if err := worker.Produce(options, frames, progress); err != nil {
		return err
	}
	fmt.Println("acked", progress.acked.Load())
	if acked, sent := progress.acked.Load(), progress.sent.Load(); acked != sent {
		return fmt.Errorf("%d of %d records were acknowledged", acked, sent)
	}
	return nil
}

// read sends the frames of a file, at the pace that was asked for.
func read(path string, options Options, progress *Progress, frames chan<- Frame) {
	file, err := os.Open(path)
	check(err)
	in := bufio.NewReaderSize(file, 1<<20)
	for {
		frame, err := readFrame(in)
		if err == io.EOF {
			close(frames)
			return
		}
		check(err)
		if options.timestamps != 0 {
			frame.Timestamp = time.UnixMilli(options.timestamps + progress.sent.Load())
		}
		progress.sent.Add(1)
		frames <- frame
		if options.pace != 0 {
			time.Sleep(time.Second / time.Duration(options.pace))
		}
		// What an outage holds up is not to be sent in one go after it.
		for options.pace != 0 && progress.sent.Load()-progress.acked.Load() > unansweredMax {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func readFrame(in *bufio.Reader) (Frame, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return Frame{}, io.EOF
	}
	words := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	frame := Frame{Partition: int32(number(words[0]))}
	frame.Key = readPart(in, number(words[1]))
	frame.Value = readPart(in, number(words[2]))
	if end, err := in.ReadByte(); err != nil || end != '\n' {
		return Frame{}, fmt.Errorf("a frame of the input does not end where it should")
	}
	for _, pair := range strings.Split(words[3], ",") {
		if name, value, found := strings.Cut(pair, "="); found {
			frame.Headers = append(frame.Headers, Header{name, []byte(value)})
		}
	}
	return frame, nil
}

func readPart(in *bufio.Reader, size int) []byte {
	if size < 0 {
		return nil
	}
	part := make([]byte, size)
	_, err := io.ReadFull(in, part)
	check(err)
	return part
}

func jobs(path string) []Job {
	text, err := os.ReadFile(path)
	check(err)
	var found []Job
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		words := strings.Fields(line)
		found = append(found, Job{words[0], int32(number(words[1])), number(words[2]), words[3]})
	}
	return found
}

// Progress prints "acked N" now and then.
type Progress struct {
	sent, acked atomic.Int64
}

func (progress *Progress) Acked() {
	if acked := progress.acked.Add(1); acked%100 == 0 {
		fmt.Println("acked", acked)
	}
}

// Writer writes the frames of what was read.
type Writer struct {
	file *os.File
	out  *bufio.Writer
}

func create(path string) *Writer {
	file, err := os.Create(path)
	check(err)
	return &Writer{file, bufio.NewWriterSize(file, 1<<20)}
}

func (writer *Writer) close() {
	check(writer.out.Flush())
	check(writer.file.Close())
}

func size(part []byte) int {
	if part == nil {
		return -1
	}
	return len(part)
}

func (writer *Writer) Write(label string, key, value []byte, headers []Header) {
	var pairs []string
	for _, header := range headers {
		pairs = append(pairs, header.Name+"="+string(header.Value))
	}
	fmt.Fprintf(writer.out, "%s %d %d %s\n%s%s\n", label, size(key), size(value),
		strings.Join(pairs, ","), key, value)
}

// MemberLabel is the label of a record that a member of a group has read.
func MemberLabel(partition int32, offset int64, timestamp time.Time) string {
	return fmt.Sprintf("%d/%d/%d", partition, offset, timestamp.UnixMilli())
}
