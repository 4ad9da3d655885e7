// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A consumer that says in which rack it stands: RackReader BROKERS TOPIC PARTITIONS COUNT RACK. Prints for each
 * partition the replica that it was sent to (-1: it reads from the leader), and every record's value.
 */
public final class RackReader {
  private static final long SECONDS_MAX = 60;

  private RackReader() {}

  public static void main(String[] words) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", words[0]);
    settings.put("client.rack", words[4]);
    settings.put("enable.auto.commit", "false");
    settings.put("max.partition.fetch.bytes", "10000");
    List<TopicPartition> partitions = IntStream.range(0, Integer.parseInt(words[2]))
        .mapToObj(number -> new TopicPartition(words[1], number)).toList();
    long left = Long.parseLong(words[3]);
    StringBuilder values = new StringBuilder();
    try (KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long deadline = System.nanoTime() + SECONDS_MAX * 1_000_000_000L;
      while (left > 0 && System.nanoTime() < deadline) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          values.append("value ").append(record.value()).append('\n');
          left--;
        }
      }
      preferred(consumer).forEach((partition, replica) ->
          System.out.println("partition " + partition + " " + replica));
    }
    System.out.print(values);
    System.exit(left == 0 ? 0 : 1);
  }

  private static Map<String, Integer> preferred(KafkaConsumer<?, ?> consumer) {
    Map<String, Integer> found = new TreeMap<>();
    for (Metric metric : consumer.metrics().values()) {
      if (metric.metricName().name().equals("preferred-read-replica")) {
        found.put(metric.metricName().tags().get("partition"), (Integer) metric.metricValue());
      }
    }
    return found;
  }
}
