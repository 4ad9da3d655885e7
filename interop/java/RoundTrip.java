// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Java client against a broker; README.md explains the words and the frames.
 *   produce BROKER TOPIC CODEC FILE [pace=N] [idempotent] [timestamps=T]
 *   consume BROKER JOBS
 *   member BROKER GROUP TOPIC COUNT FILE
 */
public final class RoundTrip {
  private static final int SILENT_SECONDS_MAX = 60;
  private static final int UNANSWERED_MAX = 300;
  private static final AtomicLong ACKED = new AtomicLong();

  private RoundTrip() {}

  private record Frame(int partition, byte[] key, byte[] value, List<Header> headers) {}

  public static void main(String[] words) throws Exception {
    if (words.length >= 5 && words[0].equals("produce")) {
      produce(words);
    } else if (words.length == 3 && words[0].equals("consume")) {
      consume(words[1], words[2]);
    } else if (words.length == 6 && words[0].equals("member")) {
      member(words);
    } else {
      System.exit(2);
    }
  }

  private static void produce(String[] words) throws Exception {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", words[1]);
    settings.put("compression.type", words[3]);
    settings.put("linger.ms", "20");
    settings.put("delivery.timeout.ms", "180000");
    settings.put("enable.idempotence", String.valueOf(Arrays.asList(words).contains("idempotent")));
    long pace = option(words, "pace=", 0);
    long timestamp = option(words, "timestamps=", -1);
    long sent = 0;
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        InputStream in = new BufferedInputStream(new FileInputStream(words[4]), 1 << 20)) {
      for (Frame frame = read(in); frame != null; frame = read(in)) {
        Long time = timestamp < 0 ? null : Long.valueOf(timestamp + sent);
        producer.send(new ProducerRecord<>(words[2], frame.partition, time, frame.key, frame.value,
            frame.headers), (metadata, failure) -> onDelivery(failure));
        sent++;
        if (pace != 0) {
          TimeUnit.NANOSECONDS.sleep(1_000_000_000 / pace);
        }
        // What an outage holds up is not to be sent in one go after it.
        while (pace != 0 && sent - ACKED.get() > UNANSWERED_MAX) {
          Thread.sleep(10);
        }
      }
    }
    System.out.println("acked " + ACKED.get());
    System.exit(ACKED.get() == sent ? 0 : 1);
  }

  private static long option(String[] words, String prefix, long otherwise) {
    return Arrays.stream(words).filter(word -> word.startsWith(prefix))
        .mapToLong(word -> Long.parseLong(word.substring(prefix.length()))).findFirst()
        .orElse(otherwise);
  }

  private static void onDelivery(Exception failure) {
    if (failure != null) {
      System.err.println("not delivered: " + failure);
      // From a callback, an orderly exit would wait for the very thread that calls.
      Runtime.getRuntime().halt(1);
    }
    long acked = ACKED.incrementAndGet();
    if (acked % 100 == 0) {
      System.out.println("acked " + acked);
    }
  }

  /** The next frame, or null at the end. */
  private static Frame read(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    for (; next != '\n' && next != -1; next = in.read()) {
      line.append((char) next);
    }
    if (next == -1) {
      return null;
    }
    String[] words = line.toString().split(" ", -1);
    byte[] key = readPart(in, Integer.parseInt(words[1]));
    byte[] value = readPart(in, Integer.parseInt(words[2]));
    if (in.read() != '\n') {
      throw new IOException("a frame of the input does not end where it should");
    }
    List<Header> headers = new ArrayList<>();
    for (String pair : words[3].isEmpty() ? new String[0] : words[3].split(",")) {
      String[] parts = pair.split("=");
      headers.add(new RecordHeader(parts[0], parts[1].getBytes(StandardCharsets.UTF_8)));
    }
    return new Frame(Integer.parseInt(words[0]), key, value, headers);
  }

  private static byte[] readPart(InputStream in, int size) throws IOException {
    return size < 0 ? null : in.readNBytes(size);
  }

  private static void consume(String broker, String jobs) throws IOException {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", broker);
    settings.put("enable.auto.commit", "false");
    settings.put("fetch.max.wait.ms", "100");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      for (String line : Files.readAllLines(Path.of(jobs))) {
        String[] job = line.split(" ");
        readPartition(consumer, new TopicPartition(job[0], Integer.parseInt(job[1])),
            Long.parseLong(job[2]), job[3]);
      }
    }
  }

  private static void readPartition(KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition, long count, String path) throws IOException {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    try (OutputStream out = new BufferedOutputStream(new FileOutputStream(path), 1 << 20)) {
      int silentSeconds = 0;
      for (long seen = 0; seen < count;) {
        ConsumerRecords<byte[], byte[]> messages = consumer.poll(Duration.ofSeconds(1));
        silentSeconds = messages.isEmpty() ? silentSeconds + 1 : 0;
        if (silentSeconds > SILENT_SECONDS_MAX) {
          throw new IOException("nothing more comes from " + partition + " after " + seen);
        }
        for (ConsumerRecord<byte[], byte[]> message : messages) {
          print(out, String.valueOf(message.offset()), message);
          seen++;
        }
      }
    }
  }

  private static void member(String[] words) throws IOException {
    int left = Integer.parseInt(words[4]);
    Properties settings = new Properties();
    settings.put("bootstrap.servers", words[1]);
    settings.put("group.id", words[2]);
    settings.put("enable.auto.commit", "false");
    settings.put("auto.offset.reset", "earliest");
    settings.put("fetch.max.wait.ms", "100");
    // So that what is polled can be read and committed as a whole.
    settings.put("max.poll.records", "1");
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
            settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        OutputStream out = new BufferedOutputStream(new FileOutputStream(words[5]), 1 << 20)) {
      consumer.subscribe(List.of(words[3]));
      for (int silentSeconds = 0; left > 0;) {
        ConsumerRecords<byte[], byte[]> messages = consumer.poll(Duration.ofSeconds(1));
        silentSeconds = messages.isEmpty() ? silentSeconds + 1 : 0;
        if (silentSeconds > SILENT_SECONDS_MAX) {
          throw new IOException("nothing more comes, " + left + " left");
        }
        for (ConsumerRecord<byte[], byte[]> message : messages) {
          print(out, message.partition() + "/" + message.offset() + "/" + message.timestamp(),
              message);
          left--;
        }
        consumer.commitSync();
      }
    }
  }

  private static void print(OutputStream out, String label,
      ConsumerRecord<byte[], byte[]> message) throws IOException {
    StringBuilder headers = new StringBuilder();
    for (Header header : message.headers()) {
      headers.append(headers.isEmpty() ? "" : ",").append(header.key()).append('=')
          .append(new String(header.value(), StandardCharsets.UTF_8));
    }
    out.write((label + " " + size(message.key()) + " " + size(message.value()) + " "
        + headers + "\n").getBytes(StandardCharsets.UTF_8));
    if (message.key() != null) {
      out.write(message.key());
    }
    if (message.value() != null) {
      out.write(message.value());
    }
    out.write('\n');
  }

  private static int size(byte[] part) {
    return part == null ? -1 : part.length;
  }
}
