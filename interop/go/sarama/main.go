// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// sarama against a broker; ../../README.md explains the words.
package main

import (
	"context"
	"fmt"
	"log"
	"strconv"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"gregor/interop/frames"
)

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Metadata.Retry.Max = 1000 // Apache Kafka takes seconds to start, and more on a busy machine
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	return config
}

func produce(options frames.Options, records <-chan frames.Frame, progress *frames.Progress) error {
	config := settings()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Compression = codecs[options.Codec]
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Return.Successes = true
	config.Producer.Retry.Max = 1000
	config.Producer.Flush.Frequency = 20 * time.Millisecond
	config.Producer.Idempotent = options.Idempotent
	config.Net.MaxOpenRequests = 1 // a retry must not overtake
	producer, err := sarama.NewAsyncProducer(options.Brokers, config)
	if err != nil {
		return err
	}
	var answers sync.WaitGroup
	answers.Add(2)
	go func() {
		defer answers.Done()
		for range producer.Successes() {
			progress.Acked()
		}
	}()
	go func() {
		defer answers.Done()
		for failure := range producer.Errors() {
			log.Fatal("not delivered: ", failure)
		}
	}()
	for frame := range records {
		producer.Input() <- message(options.Topic, frame)
	}
	producer.AsyncClose()
	answers.Wait()
	return nil
}

func message(topic string, frame frames.Frame) *sarama.ProducerMessage {
	record := &sarama.ProducerMessage{Topic: topic, Partition: frame.Partition,
		Timestamp: frame.Timestamp}
	if frame.Key != nil {
		record.Key = sarama.ByteEncoder(frame.Key)
	}
	if frame.Value != nil {
		record.Value = sarama.ByteEncoder(frame.Value)
	}
	for _, header := range frame.Headers {
		record.Headers = append(record.Headers,
			sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
	}
	return record
}

func write(out *frames.Writer, label string, record *sarama.ConsumerMessage) {
	var headers []frames.Header
	for _, header := range record.Headers {
		headers = append(headers, frames.Header{Name: string(header.Key), Value: header.Value})
	}
	out.Write(label, record.Key, record.Value, headers)
}

func consume(brokers []string, job frames.Job, out *frames.Writer) error {
	consumer, err := sarama.NewConsumer(brokers, settings())
	if err != nil {
		return err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(job.Topic, job.Partition, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	defer partition.Close()
	for left := job.Count; left > 0; left-- {
		select {
		case record := <-partition.Messages():
			write(out, strconv.FormatInt(record.Offset, 10), record)
		case <-time.After(frames.SilenceMax):
			return fmt.Errorf("nothing more comes, %d left", left)
		}
	}
	return nil
}

// reader takes part in a group until it has read enough.
type reader struct {
	mutex  sync.Mutex
	left   int
	out    *frames.Writer
	enough context.CancelFunc
}

func (*reader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*reader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (r *reader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case record, open := <-claim.Messages():
			if !open || !r.take(session, record) {
				return nil
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

// take answers whether more is wanted.
func (r *reader) take(session sarama.ConsumerGroupSession, record *sarama.ConsumerMessage) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.left == 0 {
		return false
	}
	write(r.out, frames.MemberLabel(record.Partition, record.Offset, record.Timestamp), record)
	session.MarkMessage(record, "")
	r.left--
	if r.left == 0 {
		session.Commit()
		r.enough()
	}
	return r.left > 0
}

func member(brokers []string, group, topic string, count int, out *frames.Writer) error {
	member, err := sarama.NewConsumerGroup(brokers, group, settings())
	if err != nil {
		return err
	}
	running, enough := context.WithTimeout(context.Background(), 2*frames.SilenceMax)
	defer enough()
	r := &reader{left: count, out: out, enough: enough}
	for running.Err() == nil {
		if err := member.Consume(running, []string{topic}, r); err != nil {
			return err
		}
	}
	if r.left > 0 {
		return fmt.Errorf("nothing more comes, %d left", r.left)
	}
	return member.Close()
}

func main() {
	frames.Run(frames.Worker{Produce: produce, Consume: consume, Member: member})
}
