// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// franz-go against a broker; ../../README.md explains the words.
package main

import (
	"context"
	"fmt"
	"log"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"gregor/interop/frames"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func produce(options frames.Options, records <-chan frames.Frame, progress *frames.Progress) error {
	settings := []kgo.Opt{
		kgo.SeedBrokers(options.Brokers...), kgo.DefaultProduceTopic(options.Topic),
		kgo.ProducerBatchCompression(codecs[options.Codec]), kgo.ProducerLinger(20 * time.Millisecond),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}
	if !options.Idempotent {
		settings = append(settings, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(settings...)
	if err != nil {
		return err
	}
	defer client.Close()
	for frame := range records {
		record := &kgo.Record{Partition: frame.Partition, Key: frame.Key, Value: frame.Value,
			Timestamp: frame.Timestamp}
		for _, header := range frame.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		client.Produce(context.Background(), record, func(_ *kgo.Record, err error) {
			if err != nil {
				log.Fatal("not delivered: ", err)
			}
			progress.Acked()
		})
	}
	return client.Flush(context.Background())
}

func write(out *frames.Writer, label string, record *kgo.Record) {
	var headers []frames.Header
	for _, header := range record.Headers {
		headers = append(headers, frames.Header{Name: header.Key, Value: header.Value})
	}
	out.Write(label, record.Key, record.Value, headers)
}

// poll hands over at most `count` records.
func poll(client *kgo.Client, count int, take func(*kgo.Record)) (int, error) {
	limit, cancel := context.WithTimeout(context.Background(), frames.SilenceMax)
	defer cancel()
	fetches := client.PollRecords(limit, count)
	if limit.Err() != nil {
		return 0, fmt.Errorf("nothing more comes: %w", limit.Err())
	}
	fetches.EachRecord(take)
	return fetches.NumRecords(), nil
}

func consume(brokers []string, job frames.Job, out *frames.Writer) error {
	beginning := kgo.NewOffset().AtStart()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{job.Topic: {job.Partition: beginning}}))
	if err != nil {
		return err
	}
	defer client.Close()
	for left := job.Count; left > 0; {
		count, err := poll(client, left, func(record *kgo.Record) {
			write(out, strconv.FormatInt(record.Offset, 10), record)
		})
		if err != nil {
			return err
		}
		left -= count
	}
	return nil
}

func member(brokers []string, group, topic string, count int, out *frames.Writer) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer client.Close()
	for left := count; left > 0; {
		count, err := poll(client, left, func(record *kgo.Record) {
			write(out, frames.MemberLabel(record.Partition, record.Offset, record.Timestamp), record)
		})
		if err != nil {
			return err
		}
		left -= count
		if err := client.CommitUncommittedOffsets(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	frames.Run(frames.Worker{Produce: produce, Consume: consume, Member: member})
}
