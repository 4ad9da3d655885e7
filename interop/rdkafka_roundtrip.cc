// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// librdkafka against a broker; README.md explains the words and the frames:
//   produce BROKER TOPIC CODEC FILE [pace=N] [idempotent] [timestamps=T]
//   consume BROKER JOBS
//   member BROKER GROUP TOPIC COUNT FILE
//   version
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int silent_seconds_max = 60;
constexpr int unanswered_max = 300;

using Settings = std::map<std::string, std::string>;

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << '\n';
  std::exit(1);
}

struct Frame {
  long long number = 0;
  std::optional<std::string> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
};

std::optional<std::string> read_part(std::istream& in, long size) {
  if (size < 0) return std::nullopt;
  std::string part(static_cast<std::size_t>(size), '\0');
  in.read(part.data(), size);
  return part;
}

std::optional<Frame> read_frame(std::istream& in) {
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  Frame frame;
  long key_size = 0;
  long value_size = 0;
  std::string headers;
  std::istringstream words(line);
  words >> frame.number >> key_size >> value_size >> headers;
  frame.key = read_part(in, key_size);
  frame.value = read_part(in, value_size);
  if (in.get() != '\n') give_up("a frame of the input does not end where it should");
  std::istringstream pairs(headers);
  for (std::string pair; std::getline(pairs, pair, ',');) {
    const auto equals = pair.find('=');
    frame.headers.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return frame;
}

std::string describe_headers(const rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return "";
  std::string out;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    if (!out.empty()) out += ',';
    out += std::string(name) + '=' + std::string(static_cast<const char*>(value), size);
  }
  return out;
}

void print_frame(std::FILE* out, const std::string& label, const rd_kafka_message_t& message) {
  const long key_size = message.key == nullptr ? -1 : static_cast<long>(message.key_len);
  const long value_size = message.payload == nullptr ? -1 : static_cast<long>(message.len);
  std::fprintf(out, "%s %ld %ld %s\n", label.c_str(), key_size, value_size,
               describe_headers(message).c_str());
  if (key_size > 0) std::fwrite(message.key, 1, message.key_len, out);
  if (value_size > 0) std::fwrite(message.payload, 1, message.len, out);
  std::fputc('\n', out);
}

rd_kafka_t* make_client(rd_kafka_type_t type, const Settings& settings,
                        void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*)) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK)
      give_up(error);
  }
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof error);
  if (client == nullptr) give_up(error);
  return client;
}

long long acked = 0;

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up(std::string("not delivered: ") + rd_kafka_err2str(message->err));
  if (++acked % 100 == 0) {
    std::printf("acked %lld\n", acked);
    std::fflush(stdout);
  }
}

// Timestamp 0: now.
void send(rd_kafka_t* producer, const std::string& topic, const Frame& frame, int64_t timestamp) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(frame.headers.size());
  for (const auto& [name, value] : frame.headers)
    rd_kafka_header_add(headers, name.c_str(), -1, value.data(),
                        static_cast<ssize_t>(value.size()));
  // An empty part needs an address all the same: without one it would be null.
  const char* key = frame.key ? frame.key->c_str() : nullptr;
  const char* value = frame.value ? frame.value->c_str() : nullptr;
  const std::size_t key_size = frame.key ? frame.key->size() : 0;
  const std::size_t value_size = frame.value ? frame.value->size() : 0;
  while (true) {
    const auto error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic.c_str()),
        RD_KAFKA_V_PARTITION(static_cast<int32_t>(frame.number)),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_size),
        RD_KAFKA_V_VALUE(const_cast<char*>(value), value_size), RD_KAFKA_V_TIMESTAMP(timestamp),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
      give_up(std::string("cannot produce: ") + rd_kafka_err2str(error));
    rd_kafka_poll(producer, 100);
  }
}

int produce(const std::vector<std::string>& words) {
  Settings settings{{"bootstrap.servers", words[1]},
                    {"compression.codec", words[3]},
                    {"linger.ms", "20"},
                    {"message.timeout.ms", "180000"}};
  long pace = 0;
  int64_t timestamp = 0;
  for (const auto& word : words) {
    if (word == "idempotent") settings["enable.idempotence"] = "true";
    if (word.starts_with("pace=")) pace = std::stol(word.substr(5));
    if (word.starts_with("timestamps=")) timestamp = std::stoll(word.substr(11));
  }
  rd_kafka_t* producer = make_client(RD_KAFKA_PRODUCER, settings, on_delivery);
  std::ifstream in(words[4], std::ios::binary);
  long long sent = 0;
  while (auto frame = read_frame(in)) {
    send(producer, words[2], *frame, timestamp == 0 ? 0 : timestamp + sent);
    ++sent;
    rd_kafka_poll(producer, 0);
    if (pace != 0) std::this_thread::sleep_for(std::chrono::microseconds(1'000'000 / pace));
    // What an outage holds up is not to be sent in one go after it.
    while (pace != 0 && sent - acked > unanswered_max) rd_kafka_poll(producer, 10);
  }
  while (rd_kafka_outq_len(producer) > 0) rd_kafka_poll(producer, 100);
  rd_kafka_destroy(producer);
  std::printf("acked %lld\n", acked);
  return acked == sent ? 0 : 1;
}

struct Job {
  std::string topic;
  int32_t partition = 0;
  long long count = 0;
  std::string path;
};

void read_partition(rd_kafka_t* consumer, const Job& job) {
  rd_kafka_topic_partition_list_t* partitions = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(partitions, job.topic.c_str(), job.partition)->offset =
      RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, partitions);
  rd_kafka_topic_partition_list_destroy(partitions);
  std::FILE* out = std::fopen(job.path.c_str(), "wb");
  if (out == nullptr) give_up("cannot write " + job.path);
  int silent_seconds = 0;
  for (long long left = job.count; left > 0;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 1000);
    if (message == nullptr) {
      if (++silent_seconds > silent_seconds_max)
        give_up("nothing more comes from " + job.topic + ", " + std::to_string(left) + " left");
      continue;
    }
    silent_seconds = 0;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      print_frame(out, std::to_string(message->offset), *message);
      --left;
    } else {
      std::cerr << rd_kafka_message_errstr(message) << '\n';
    }
    rd_kafka_message_destroy(message);
  }
  std::fclose(out);
}

int consume(const std::vector<std::string>& words) {
  rd_kafka_t* consumer = make_client(RD_KAFKA_CONSUMER,
                                     {{"bootstrap.servers", words[1]},
                                      {"group.id", "interop"},
                                      {"enable.auto.commit", "false"},
                                      {"fetch.wait.max.ms", "100"}},
                                     nullptr);
  rd_kafka_poll_set_consumer(consumer);
  std::ifstream jobs(words[2]);
  for (Job job; jobs >> job.topic >> job.partition >> job.count >> job.path;)
    read_partition(consumer, job);
  // Leaving in good order would wait for a group that this consumer never joined.
  std::_Exit(0);
}

std::string label_of(const rd_kafka_message_t& message) {
  return std::to_string(message.partition) + '/' + std::to_string(message.offset) + '/' +
         std::to_string(rd_kafka_message_timestamp(&message, nullptr));
}

int member(const std::vector<std::string>& words) {
  rd_kafka_t* consumer = make_client(RD_KAFKA_CONSUMER,
                                     {{"bootstrap.servers", words[1]},
                                      {"group.id", words[2]},
                                      {"enable.auto.commit", "false"},
                                      {"auto.offset.reset", "earliest"},
                                      {"fetch.wait.max.ms", "100"}},
                                     nullptr);
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, words[3].c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(consumer, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  std::FILE* out = std::fopen(words[5].c_str(), "wb");
  if (out == nullptr) give_up("cannot write " + words[5]);
  int silent_seconds = 0;
  for (long left = std::stol(words[4]); left > 0;) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 1000);
    if (message == nullptr) {
      if (++silent_seconds > silent_seconds_max) give_up("nothing more comes");
      continue;
    }
    silent_seconds = 0;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      print_frame(out, label_of(*message), *message);
      --left;
    } else {
      std::cerr << rd_kafka_message_errstr(message) << '\n';
    }
    rd_kafka_message_destroy(message);
  }
  std::fclose(out);
  if (const auto error = rd_kafka_commit(consumer, nullptr, 0); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up(std::string("not committed: ") + rd_kafka_err2str(error));
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() >= 5 && words[0] == "produce") return produce(words);
  if (words.size() == 3 && words[0] == "consume") return consume(words);
  if (words.size() == 6 && words[0] == "member") return member(words);
  if (words.size() == 1 && words[0] == "version") {
    std::puts(rd_kafka_version_str());
    return 0;
  }
  std::cerr << "usage: produce …, consume …, member …, version; see README.md\n";
  return 2;
}
