// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// segmentio's kafka-go against a broker; ../../README.md explains the words.
package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"

	"gregor/interop/frames"
)

const (
	batchRecords = 500
	batchBytes   = 1 << 20
	attempts     = 1000
)

var codecs = map[string]kafka.Compression{
	"gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

// chosen is the partition that a record was meant for.
type chosen struct{}

func (chosen) Balance(message kafka.Message, partitions ...int) int {
	return message.WriterData.(int)
}

func produce(options frames.Options, records <-chan frames.Frame, progress *frames.Progress) error {
	writer := &kafka.Writer{Addr: kafka.TCP(options.Brokers...), Topic: options.Topic,
		Balancer: chosen{}, MaxAttempts: attempts, BatchTimeout: 20 * time.Millisecond,
		BatchBytes: batchBytes, RequiredAcks: kafka.RequireAll, Compression: codecs[options.Codec]}
	defer writer.Close()
	var batch []kafka.Message
	send := func() error {
		if err := writer.WriteMessages(context.Background(), batch...); err != nil {
			return fmt.Errorf("not delivered: %w", err)
		}
		for range batch {
			progress.Acked()
		}
		batch = batch[:0]
		return nil
	}
	for frame := range records {
		message := kafka.Message{Key: frame.Key, Value: frame.Value, Time: frame.Timestamp,
			WriterData: int(frame.Partition)}
		for _, header := range frame.Headers {
			message.Headers = append(message.Headers, kafka.Header{Key: header.Name, Value: header.Value})
		}
		if batch = append(batch, message); len(batch) == batchRecords {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

func write(out *frames.Writer, label string, message kafka.Message) {
	var headers []frames.Header
	for _, header := range message.Headers {
		headers = append(headers, frames.Header{Name: header.Key, Value: header.Value})
	}
	out.Write(label, message.Key, message.Value, headers)
}

func consume(brokers []string, job frames.Job, out *frames.Writer) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: job.Topic,
		Partition: int(job.Partition), MaxWait: 100 * time.Millisecond, MaxBytes: 10 << 20})
	defer reader.Close()
	if err := reader.SetOffset(kafka.FirstOffset); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(context.Background(), 10*frames.SilenceMax)
	defer cancel()
	for left := job.Count; left > 0; left-- {
		message, err := reader.ReadMessage(limit)
		if err != nil {
			return err
		}
		write(out, strconv.FormatInt(message.Offset, 10), message)
	}
	return nil
}

func member(brokers []string, group, topic string, count int, out *frames.Writer) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: brokers, Topic: topic,
		GroupID: group, MaxWait: 100 * time.Millisecond, MaxBytes: 10 << 20,
		StartOffset: kafka.FirstOffset})
	limit, cancel := context.WithTimeout(context.Background(), 2*frames.SilenceMax)
	defer cancel()
	var last = map[int]kafka.Message{}
	for left := count; left > 0; left-- {
		message, err := reader.FetchMessage(limit)
		if err != nil {
			return err
		}
		write(out, frames.MemberLabel(int32(message.Partition), message.Offset, message.Time), message)
		last[message.Partition] = message
	}
	for _, message := range last {
		if err := reader.CommitMessages(limit, message); err != nil {
			return err
		}
	}
	return reader.Close()
}

func main() {
	frames.Run(frames.Worker{Produce: produce, Consume: consume, Member: member})
}
