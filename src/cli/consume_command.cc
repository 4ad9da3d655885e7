// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor consume`: what kafka-console-consumer does, and kcat's -f.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/parse_number.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/rdkafka.h"
#include "cli/record_output.h"
#include "cli/topic_filter.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

constexpr const char* consume_details =
    "Without --group the partitions are read from --offset on and nothing is committed. With "
    "--group\n"
    "the group's members share them, and what was printed is committed.\n"
    "--format has kcat's words: %t topic, %p partition, %o offset, %k key, %s value, %K and %S "
    "their\n"
    "lengths, %R the value's length in binary, %T timestamp, %h headers, %%; \\n \\t \\xHH.\n"
    "\n"
    "Examples:\n"
    "  gregor consume --topic numbers --from-beginning --exit\n"
    "  gregor consume --topic orders -f '%p/%o %k=%s\\n' --from-beginning --max-messages 10\n"
    "  gregor consume --topic orders --partition 2 --offset 100 --json\n"
    "  gregor consume --topic orders --group billing --timeout-ms 5000\n"
    "  gregor consume --topic orders --property print.key=true --property print.timestamp=true\n";

struct ConsumeOptions {
  ClientOptions client;
  std::string topic;
  std::string include;
  std::string group;
  std::optional<std::int32_t> partition;
  std::string offset;
  bool from_beginning = false;
  std::optional<std::int64_t> max_messages;
  std::optional<std::int64_t> idle_ms;
  bool exit_at_end = false;
  std::string format;
  std::vector<std::string> print_properties;
  std::vector<std::string> consumer_properties;
  bool committed_only = false;
};

Result<RecordWriter> writer_for(const ConsumeOptions& options) {
  if (options.client.json) return json_writer();
  if (!options.format.empty()) return format_writer(options.format);
  const auto properties = parse_properties_given(options.print_properties);
  if (!properties) return model::fail(properties.error());
  return property_writer(*properties);
}

// earliest, latest, or a number; -1 and -2 are the ends, as everywhere in Kafka.
Result<std::int64_t> start_of(const ConsumeOptions& options) {
  if (options.offset.empty())
    return options.from_beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  if (options.offset == "earliest") return RD_KAFKA_OFFSET_BEGINNING;
  if (options.offset == "latest") return RD_KAFKA_OFFSET_END;
  const auto number = base::parse_number<std::int64_t>(options.offset);
  if (!number || *number < RD_KAFKA_OFFSET_BEGINNING)
    return model::fail(ErrorCode::invalid_request,
                       "--offset is earliest, latest or a number that is not negative");
  return *number;
}

Result<RdkafkaSettings> settings_of(const ConsumeOptions& options) {
  RdkafkaSettings settings;
  settings.own = {
      {"group.id", options.group.empty() ? "gregor-consume" : options.group},
      {"enable.auto.commit", options.group.empty() ? "false" : "true"},
      {"auto.offset.reset", options.from_beginning ? "earliest" : "latest"},
      {"isolation.level", options.committed_only ? "read_committed" : "read_uncommitted"},
      {"enable.partition.eof", "true"}};
  auto given = parse_properties_given(options.consumer_properties);
  if (!given) return model::fail(given.error());
  settings.command_line = std::move(*given);
  return settings;
}

ReadRecord to_record(const rd_kafka_message_t& message) {
  const auto part = [](const void* bytes, std::size_t size) -> std::optional<std::string_view> {
    if (bytes == nullptr) return std::nullopt;
    return std::string_view(static_cast<const char*>(bytes), size);
  };
  rd_kafka_timestamp_type_t type{};
  ReadRecord record{.topic = rd_kafka_topic_name(message.rkt),
                    .partition = message.partition,
                    .offset = message.offset,
                    .timestamp = rd_kafka_message_timestamp(&message, &type),
                    .key = part(message.key, message.key_len),
                    .value = part(message.payload, message.len),
                    .headers = {}};
  record.timestamp_of_broker = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    record.headers.emplace_back(name, part(value, size));
  return record;
}

class Consumer {
 public:
  Consumer(const ConsumeOptions& options, const RdkafkaClient& client, RecordWriter writer)
      : options_(options), client_(client), writer_(std::move(writer)) {}

  // The exit code.
  int run(std::int64_t start) {
    rd_kafka_poll_set_consumer(client_.get());
    const auto partitions = partitions_meant(start);
    if (!partitions) return fail_with(partitions.error());
    const auto begun =
        options_.group.empty() ? rd_kafka_assign(client_.get(), partitions->get()) : subscribe();
    if (begun != RD_KAFKA_RESP_ERR_NO_ERROR) return fail_with(error_of(begun, "cannot begin"));
    consume();
    rd_kafka_consumer_close(client_.get());  // commits what was printed, and leaves the group
    complain_unless_quiet();
    return failed_ ? exit_failed : exit_ok;
  }

 private:
  [[nodiscard]] Result<PartitionList> partitions_meant(std::int64_t start) {
    const auto metadata = client_.metadata(options_.include.empty() ? options_.topic : "");
    if (!metadata) return model::fail(metadata.error());
    const auto filter = TopicFilter::parse(options_.include);
    if (!filter) return model::fail(filter.error());
    PartitionList list(rd_kafka_topic_partition_list_new(0));
    for (int i = 0; i < (*metadata)->topic_cnt; ++i) {
      const rd_kafka_metadata_topic& topic = (*metadata)->topics[i];
      if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return model::fail(error_of(topic.err, fmt::format("topic '{}'", topic.topic)));
      if (!options_.include.empty() && !filter->matches(topic.topic)) continue;
      for (int p = 0; p < topic.partition_cnt; ++p) {
        const std::int32_t id = topic.partitions[p].id;
        if (options_.partition && *options_.partition != id) continue;
        rd_kafka_topic_partition_list_add(list.get(), topic.topic, id)->offset = start;
      }
    }
    if (list->cnt == 0)
      return model::fail(ErrorCode::unknown_topic_or_partition, "there is no such partition");
    return list;
  }

  [[nodiscard]] rd_kafka_resp_err_t subscribe() const {
    const PartitionList topics(rd_kafka_topic_partition_list_new(1));
    // librdkafka takes what begins with ^ for a regular expression.
    std::string name = options_.topic;
    if (!options_.include.empty()) {
      name = "^(" + options_.include + ")$";
      std::ranges::replace(name, ',', '|');
    }
    rd_kafka_topic_partition_list_add(topics.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
    return rd_kafka_subscribe(client_.get(), topics.get());
  }

  void consume() {
    Progress progress;
    constexpr int poll_ms = 100;
    auto last_record = std::chrono::steady_clock::now();
    while (!interrupted() && !done_ && count_ != options_.max_messages) {
      const Message message(rd_kafka_consumer_poll(client_.get(), poll_ms));
      if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        write(*message);
        last_record = std::chrono::steady_clock::now();
        progress.show(fmt::format("{} records", count_));
        continue;
      }
      if (message) on_event(*message);
      flush();
      const auto idle = std::chrono::steady_clock::now() - last_record;
      if (options_.idle_ms && idle > std::chrono::milliseconds(*options_.idle_ms)) break;
    }
    flush();
  }

  void write(const rd_kafka_message_t& message) {
    at_end_.erase({rd_kafka_topic_name(message.rkt), message.partition});
    writer_(to_record(message), text_);
    ++count_;
    constexpr std::size_t enough = std::size_t{64} << 10;
    if (text_.size() > enough) flush();
  }

  void on_event(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      at_end_.emplace(rd_kafka_topic_name(message.rkt), message.partition);
      done_ = options_.exit_at_end && all_at_end();
      return;
    }
    const char* const said = rd_kafka_message_errstr(&message);
    complain(said != nullptr ? said : rd_kafka_err2str(message.err));
    if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || message.err == RD_KAFKA_RESP_ERR__FATAL)
      failed_ = done_ = true;
  }

  [[nodiscard]] bool all_at_end() const {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(client_.get(), &assigned) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    const PartitionList list(assigned);
    return list->cnt > 0 && at_end_.size() >= static_cast<std::size_t>(list->cnt);
  }

  void flush() {
    print(text_);
    text_.clear();
    if (std::fflush(stdout) != 0) failed_ = done_ = true;  // nobody reads
  }

  void complain_unless_quiet() const {
    complain(fmt::format("Processed a total of {} messages", count_));
  }

  const ConsumeOptions& options_;
  const RdkafkaClient& client_;
  RecordWriter writer_;
  std::string text_;
  std::int64_t count_ = 0;
  std::set<std::pair<std::string, std::int32_t>> at_end_;
  bool done_ = false;
  bool failed_ = false;
};

int run_consume(const ConsumeOptions& options) {
  if (options.topic.empty() == options.include.empty())
    return usage_error("consume: either --topic or --include is needed");
  if (!options.offset.empty() && !options.group.empty())
    return usage_error("consume: a group has its own offsets; gregor groups changes them");
  if (options.partition && !options.group.empty())
    return usage_error("consume: a group shares out the partitions itself");
  const auto start = start_of(options);
  if (!start) return usage_error("consume: " + start.error().detail);
  auto writer = writer_for(options);
  if (!writer) return usage_error("consume: " + writer.error().detail);
  const auto settings = settings_of(options);
  if (!settings) return usage_error("consume: " + settings.error().detail);
  const auto client =
      RdkafkaClient::make(RD_KAFKA_CONSUMER, options.client, *settings, nullptr, nullptr);
  if (!client) return fail_with(client.error());
  return Consumer(options, **client, std::move(*writer)).run(*start);
}

void add_output_options(CLI::App& command, ConsumeOptions& options) {
  command.add_option("-f,--format", options.format, "How a record is printed, in kcat's words");
  command
      .add_option("--property,--formatter-property", options.print_properties,
                  "print.key, print.timestamp, print.offset, print.partition, print.headers, "
                  "key.separator, …")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

}  // namespace

void add_consume_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("consume", "Read records");
  command->footer(consume_details);
  const auto options = std::make_shared<ConsumeOptions>();
  add_client_options(*command, options->client);
  command->add_option("--topic", options->topic, "Where from");
  command->add_option("--include,--whitelist", options->include,
                      "A regular expression for several topics");
  command->add_option("--group", options->group, "As a member of this consumer group");
  command->add_option("--partition", options->partition, "Only this one")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--offset", options->offset, "earliest, latest or a number (latest)");
  command->add_flag("--from-beginning", options->from_beginning,
                    "From the first record; a group that has offsets goes on there");
  command->add_option("--max-messages", options->max_messages, "How many, then exit")
      ->check(CLI::PositiveNumber);
  command->add_option("--timeout-ms", options->idle_ms, "Exit when nothing came for so long")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--exit,-e", options->exit_at_end, "Exit at the end of all partitions");
  command->add_flag("--read-committed", options->committed_only,
                    "Only records of committed transactions");
  command
      ->add_option_function<std::string>(
          "--isolation-level",
          [options](const std::string& level) {
            options->committed_only = level == "read_committed";
          },
          "read_committed or read_uncommitted")
      ->check(CLI::IsMember({"read_committed", "read_uncommitted"}));
  command
      ->add_option("--consumer-property,-X", options->consumer_properties,
                   "A setting of librdkafka")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_output_options(*command, *options);
  command->callback([&action, options] { action = [options] { return run_consume(*options); }; });
}

}  // namespace gregor::cli
