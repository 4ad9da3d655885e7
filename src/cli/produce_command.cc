// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor produce`: what kafka-console-producer does; a record a line of standard input or a file.
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iostream>
#include <map>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/escapes.h"
#include "cli/progress.h"
#include "cli/rdkafka.h"
#include "cli/record_input.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* produce_details =
    "A line is a value, or with parse.key and parse.headers: HEADERS<tab>KEY<tab>VALUE, headers "
    "as\n"
    "NAME:VALUE,NAME:VALUE. Exit code 1 if a record was not delivered.\n"
    "\n"
    "Examples:\n"
    "  seq 100 | gregor produce --topic numbers\n"
    "  gregor produce --topic orders --property parse.key=true --property key.separator=: < lines\n"
    "  gregor produce --topic orders --file lines --compression-codec zstd --partition 2\n"
    "  gregor produce --topic orders --key customer-7 --header source=test < lines\n"
    "  gregor produce --topic orders --producer-property enable.idempotence=true --json < lines\n";

struct ProduceOptions {
  ClientOptions client;
  std::string topic;
  std::string file;
  std::vector<std::string> line_properties;
  std::vector<std::string> producer_properties;
  std::string codec;
  std::string acks;
  std::optional<std::string> key;
  std::vector<std::string> headers;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;
  bool sync = false;
};

// What became of the records; told by librdkafka, from the thread that polls it.
struct Deliveries {
  std::map<std::int32_t, std::int64_t> by_partition;
  std::int64_t delivered = 0;
  std::int64_t failed = 0;

  static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& self = *static_cast<Deliveries*>(opaque);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++self.delivered;
      ++self.by_partition[message->partition];
      return;
    }
    const auto line = reinterpret_cast<std::intptr_t>(message->_private);
    self.fail(line, error_of(message->err, "not delivered"));
  }
  void fail(std::int64_t line, const model::Error& error) {
    ++failed;
    complain(fmt::format("line {}: {}", line, to_text(error)));
  }
};

using Headers = std::unique_ptr<rd_kafka_headers_t, Destroyer<rd_kafka_headers_destroy>>;

class Producer {
 public:
  Producer(const RdkafkaClient& client, const ProduceOptions& options, ClientProperties headers,
           Deliveries& deliveries)
      : client_(client.get()),
        options_(options),
        headers_(std::move(headers)),
        deliveries_(deliveries) {}

  void send(std::int64_t line, const LineRecord& record) {
    std::optional<std::string_view> key = record.key;
    if (!key && options_.key) key = *options_.key;
    Headers headers = headers_for(record);
    while (true) {
      const auto code = produce(line, key, record.value, headers.get());
      if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        rd_kafka_poll(client_, 100);
        continue;
      }
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        static_cast<void>(headers.release());  // librdkafka's now
      else
        deliveries_.fail(line, error_of(code, "not sent"));
      break;
    }
    rd_kafka_poll(client_, 0);
    if (options_.sync) flush();
  }

  // Until everything is delivered or has failed, which message.timeout.ms bounds.
  void flush() {
    while (rd_kafka_outq_len(client_) > 0 && !interrupted()) rd_kafka_flush(client_, 200);
  }

 private:
  [[nodiscard]] Headers headers_for(const LineRecord& record) const {
    if (headers_.empty() && record.headers.empty()) return nullptr;
    Headers headers(rd_kafka_headers_new(headers_.size() + record.headers.size()));
    const auto add = [&](std::string_view name, std::optional<std::string_view> value) {
      rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()),
                          value ? value->data() : nullptr,
                          value ? static_cast<ssize_t>(value->size()) : 0);
    };
    for (const auto& [name, value] : headers_) add(name, value);
    for (const auto& [name, value] : record.headers) add(name, value);
    return headers;
  }

  rd_kafka_resp_err_t produce(std::int64_t line, std::optional<std::string_view> key,
                              std::optional<std::string_view> value, rd_kafka_headers_t* headers) {
    // An empty part is not a null one: it needs an address.
    const auto address = [](const std::optional<std::string_view>& part) {
      return part ? const_cast<char*>(part->empty() ? "" : part->data()) : nullptr;
    };
    std::array<rd_kafka_vu_t, 7> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    parts[0].u.cstr = options_.topic.c_str();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = options_.partition;
    parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[2].u.i = RD_KAFKA_MSG_F_COPY;
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {.ptr = address(value), .size = value ? value->size() : 0};
    parts[4].vtype = RD_KAFKA_VTYPE_KEY;
    parts[4].u.mem = {.ptr = address(key), .size = key ? key->size() : 0};
    parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a number, which librdkafka hands back
    parts[5].u.ptr = reinterpret_cast<void*>(static_cast<std::intptr_t>(line));
    parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[6].u.headers = headers;
    using Error = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;
    const Error error(rd_kafka_produceva(client_, parts.data(), headers == nullptr ? 6 : 7));
    return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  rd_kafka_t* client_;
  const ProduceOptions& options_;
  ClientProperties headers_;
  Deliveries& deliveries_;
};

Result<> send_lines(std::istream& input, const LineReader& reader, Producer& producer,
                    Deliveries& deliveries) {
  Progress progress;
  std::string line;
  std::int64_t number = 0;
  while (!interrupted() && std::getline(input, line)) {
    ++number;
    if (const auto record = reader.read(line))
      producer.send(number, *record);
    else
      deliveries.fail(number, record.error());
    progress.show(fmt::format("{} read, {} delivered", number, deliveries.delivered));
  }
  producer.flush();
  if (input.bad()) return model::fail(ErrorCode::unknown_server_error, "the input breaks off");
  return {};
}

Result<RdkafkaSettings> settings_of(const ProduceOptions& options) {
  RdkafkaSettings settings;
  settings.own = {{"linger.ms", "20"}, {"acks", "all"}};
  auto given = parse_properties_given(options.producer_properties);
  if (!given) return model::fail(given.error());
  settings.command_line = std::move(*given);
  if (!options.codec.empty()) settings.command_line.emplace_back("compression.type", options.codec);
  if (!options.acks.empty()) settings.command_line.emplace_back("acks", options.acks);
  return settings;
}

int report(const ProduceOptions& options, const Deliveries& deliveries) {
  Answer output("produce", "partitions", options.client.json);
  output.set("topic", options.topic);
  output.set("delivered", deliveries.delivered);
  output.set("failed", deliveries.failed);
  for (const auto& [partition, records] : deliveries.by_partition)
    output.add({{"partition", partition}, {"records", records}}, "");
  const int code = output.finish();
  return deliveries.failed > 0 || interrupted() ? exit_failed : code;
}

int run_produce(const ProduceOptions& options) {
  const auto line_properties = parse_properties_given(options.line_properties);
  if (!line_properties) return usage_error("produce: " + line_properties.error().detail);
  const auto reader = LineReader::make(*line_properties);
  if (!reader) return usage_error("produce: " + reader.error().detail);
  const auto headers = parse_properties_given(options.headers);
  if (!headers) return usage_error("produce: " + headers.error().detail);
  const auto settings = settings_of(options);
  if (!settings) return usage_error("produce: " + settings.error().detail);
  std::ifstream file;
  if (!options.file.empty()) {
    file.open(options.file, std::ios::binary);
    if (!file) return fail_with({ErrorCode::invalid_request, options.file + ": cannot be read"});
  }
  Deliveries deliveries;
  const auto client = RdkafkaClient::make(RD_KAFKA_PRODUCER, options.client, *settings,
                                          &Deliveries::report, &deliveries);
  if (!client) return fail_with(client.error());
  if (const auto there = (*client)->metadata(options.topic); !there)
    return fail_with(there.error());
  Producer producer(**client, options, *headers, deliveries);
  const auto sent = send_lines(file.is_open() ? static_cast<std::istream&>(file) : std::cin,
                               *reader, producer, deliveries);
  const int code = report(options, deliveries);
  return sent ? code : fail_with(sent.error());
}

}  // namespace

void add_produce_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("produce", "Write records, one a line");
  command->footer(produce_details);
  const auto options = std::make_shared<ProduceOptions>();
  add_client_options(*command, options->client);
  command->add_option("--topic", options->topic, "Where to")->required();
  command->add_option("--file", options->file, "The lines; else standard input");
  command
      ->add_option("--property,--reader-property", options->line_properties,
                   "How lines are read: parse.key, key.separator, parse.headers, null.marker, …")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--producer-property,-X", options->producer_properties,
                   "A setting of librdkafka")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("--compression-codec", options->codec, "none, gzip, snappy, lz4 or zstd")
      ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}));
  command->add_option("--request-required-acks", options->acks, "all, 1 or 0 (all)")
      ->check(CLI::IsMember({"all", "-1", "1", "0"}));
  command->add_option("--key", options->key, "The key of lines that have none");
  command->add_option("--header", options->headers, "A header of every record; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_option("--partition", options->partition, "Else the key decides, or chance")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--sync", options->sync, "Wait for each record before the next one");
  command->callback([&action, options] { action = [options] { return run_produce(*options); }; });
}

}  // namespace gregor::cli
