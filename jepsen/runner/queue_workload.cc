// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/queue_workload.h"

#include <librdkafka/rdkafka.h>

#include <array>

#include "base/parse_number.h"
#include "jepsen/runner/log_workload.h"

namespace gregor::jepsen {

namespace {

constexpr int poll_ms = 100;
constexpr std::size_t poll_records_max = 50;

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

using Settings = std::map<std::string, std::string>;

Settings common_settings(const ClientSettings& settings) {
  std::string bootstrap;
  for (const cli::Address& address : settings.bootstrap)
    bootstrap += (bootstrap.empty() ? "" : ",") + address.host + ":" + address.port;
  return {{"bootstrap.servers", bootstrap},
          {"log_level", "0"},
          {"reconnect.backoff.max.ms", "1000"},
          {"socket.timeout.ms", "3000"}};
}

// How the one message of a send fared.
struct Delivery {
  bool done = false;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_msg_status_t status = RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& delivery = *static_cast<Delivery*>(opaque);
  delivery = {true, message->err, rd_kafka_message_status(message), message->partition,
              message->offset};
}

// Takes what was assigned, gives back what was taken away, and says that it happened.
void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  *static_cast<bool*>(opaque) = true;
  rd_kafka_assign(client, what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? partitions : nullptr);
}

using Callback = void (*)(rd_kafka_conf_t*);

Owned<rd_kafka_t> make_client(rd_kafka_type_t type, const Settings& settings, void* opaque,
                              Callback callbacks) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
  for (const auto& [key, value] : settings)
    ASSERT(rd_kafka_conf_set(configuration, key.c_str(), value.c_str(), why.data(), why.size()) ==
               RD_KAFKA_CONF_OK,
           why.data());
  rd_kafka_conf_set_opaque(configuration, opaque);
  callbacks(configuration);
  Owned<rd_kafka_t> client(rd_kafka_new(type, configuration, why.data(), why.size()));
  ASSERT(client != nullptr, why.data());
  return client;
}

class QueueWorker final : public Worker {
 public:
  QueueWorker(const WorkloadOptions& options, base::Prng prng,
              std::atomic<std::int64_t>& next_value)
      : settings_(options.client),
        topic_(options.topic),
        partitions_(options.partitions),
        prng_(prng),
        next_value_(next_value) {}

  std::optional<Step> next() override {
    if (!consumer_) return Step{.function = Function::subscribe, .run = [this] { return join(); }};
    if (std::exchange(rebalanced_, false))
      return Step{.function = Function::assign, .run = [] { return Completion{.type = Type::ok}; }};
    if (prng_.chance(1, 300))
      return Step{.function = Function::crash, .run = [this] { return leave(); }};
    if (prng_.chance(1, 2))
      return Step{.function = Function::poll, .run = [this] { return poll(); }};
    return send();
  }

 private:
  [[nodiscard]] std::string key_of(std::int32_t partition) const {
    return topic_ + "-" + std::to_string(partition);
  }

  void make_producer() {
    Settings settings = common_settings(settings_);
    settings["enable.idempotence"] = "true";
    settings["delivery.timeout.ms"] = "10000";
    settings["linger.ms"] = "0";
    producer_ = make_client(RD_KAFKA_PRODUCER, settings, &delivery_, [](rd_kafka_conf_t* c) {
      rd_kafka_conf_set_dr_msg_cb(c, on_delivery);
    });
  }

  Completion join() {
    Settings settings = common_settings(settings_);
    settings["group.id"] = topic_ + "-group";
    settings["auto.offset.reset"] = "earliest";
    settings["session.timeout.ms"] = "6000";
    settings["isolation.level"] = "read_committed";
    consumer_ = make_client(RD_KAFKA_CONSUMER, settings, &rebalanced_, [](rd_kafka_conf_t* c) {
      rd_kafka_conf_set_rebalance_cb(c, on_rebalance);
    });
    rd_kafka_poll_set_consumer(consumer_.get());
    const Owned<rd_kafka_topic_partition_list_t> topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer_.get(), topics.get());
    return {.type = Type::ok};
  }

  // Leaves the group in good order.
  Completion leave() {
    consumer_.reset();
    rebalanced_ = false;
    pending_.reset();
    return {.type = Type::ok};
  }

  // What comes within a moment; ends where a rebalance does, because the position may jump there.
  Completion poll() {
    Completion done{.type = Type::ok};
    if (pending_) done.micros.push_back(*std::exchange(pending_, std::nullopt));
    int wait_ms = poll_ms;
    while (!rebalanced_ && done.micros.size() < poll_records_max) {
      const Owned<rd_kafka_message_t> message(rd_kafka_consumer_poll(consumer_.get(), wait_ms));
      if (message == nullptr) break;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
      wait_ms = 0;
      EntryMicro micro{Kind::poll, key_of(message->partition), message->offset, value_of(*message)};
      if (rebalanced_)
        pending_ = std::move(micro);  // of the new assignment: it is the next poll's
      else
        done.micros.push_back(std::move(micro));
    }
    return done;
  }

  static std::int64_t value_of(const rd_kafka_message_t& message) {
    const std::string_view text(static_cast<const char*>(message.payload), message.len);
    return base::parse_number<std::int64_t>(text).value_or(-1);  // nobody sends it: a phantom
  }

  Step send() {
    const auto partition =
        static_cast<std::int32_t>(prng_.below(static_cast<std::uint64_t>(partitions_)));
    const std::int64_t value = next_value_.fetch_add(1);
    const EntryMicro micro{Kind::send, key_of(partition), nothing, value};
    return {.function = Function::send, .micros = {micro}, .run = [this, partition, micro] {
              return deliver(partition, micro);
            }};
  }

  Completion deliver(std::int32_t partition, EntryMicro micro) {
    if (!producer_) make_producer();
    std::string text = std::to_string(micro.value);
    delivery_ = {};
    const auto refused = rd_kafka_producev(
        producer_.get(), RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_VALUE(text.data(), text.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_END);
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR)
      return {.type = Type::fail, .micros = {}, .text = rd_kafka_err2str(refused)};
    while (!delivery_.done) rd_kafka_poll(producer_.get(), poll_ms);  // ends: delivery.timeout.ms
    if (delivery_.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      micro.offset = delivery_.offset < 0 ? nothing : delivery_.offset;
      return {.type = Type::ok, .micros = {std::move(micro)}};
    }
    const bool certain = delivery_.status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
    // After a fatal error a producer sends nothing more, and its user makes a new one.
    if (rd_kafka_fatal_error(producer_.get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
      producer_.reset();
    return {.type = certain ? Type::fail : Type::info,
            .micros = {},
            .text = rd_kafka_err2str(delivery_.error)};
  }

  ClientSettings settings_;
  std::string topic_;
  std::int32_t partitions_;
  base::Prng prng_;
  std::atomic<std::int64_t>& next_value_;
  Delivery delivery_;
  bool rebalanced_ = false;
  std::optional<EntryMicro> pending_;
  Owned<rd_kafka_t> producer_;
  Owned<rd_kafka_t> consumer_;
};

}  // namespace

Attempt<> QueueWorkload::set_up() { return make_topic(options_); }

std::unique_ptr<Worker> QueueWorkload::make_worker(base::Prng prng) {
  return std::make_unique<QueueWorker>(options_, prng, next_value_);
}

Attempt<std::unique_ptr<Worker>> QueueWorkload::make_final_reader() {
  return read_whole_topic(options_);
}

}  // namespace gregor::jepsen
