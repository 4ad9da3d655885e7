// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client that hides nothing: one request, one answer, explicit offsets, no retry. What it returns
// says whether a failed request certainly had no effect. One per thread.
#pragma once

#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/broker_connection.h"
#include "model/ids.h"
#include "protocol/messages/metadata.h"

namespace gregor::jepsen {

struct Failure {
  bool certain = false;  // it had no effect, and never will have
  model::ErrorCode code = model::ErrorCode::none;
  std::string what;
};

template <class T = void>
using Attempt = std::expected<T, Failure>;

struct ReadRecord {
  std::int64_t offset = 0;
  std::int64_t value = 0;
};

// What a fetch brought: records, and where the next fetch begins (beyond records that have no
// value for us, as markers of transactions).
struct Fetched {
  std::vector<ReadRecord> records;
  std::int64_t next = 0;
};

enum class Isolation : std::int8_t { read_uncommitted = 0, read_committed = 1 };

// Who writes, for idempotent producers.
struct Producer {
  std::int64_t id = -1;
  std::int16_t epoch = -1;
  std::int32_t sequence = -1;  // of the first record of the next batch
};

struct ClientSettings {
  std::vector<cli::Address> bootstrap;
  std::chrono::milliseconds timeout{3000};  // of a request
  std::int16_t acks = -1;
};

class Client {
 public:
  explicit Client(ClientSettings settings) : settings_(std::move(settings)) {}

  struct Topic {
    std::string name;
    std::int32_t partitions = 1;
    std::int16_t replicas = 1;
    std::map<std::string, std::string> configs;
  };
  // Made and led by somebody, within the deadline; it is no error that it is there.
  Attempt<> create_topic(const Topic& topic, std::chrono::milliseconds deadline);

  // Values as one batch; the offset of the first, or nothing if the broker recognised a batch
  // whose offset it has forgotten.
  Attempt<std::optional<std::int64_t>> produce(const model::TopicPartition& partition,
                                               const std::vector<std::int64_t>& values,
                                               const Producer& producer = {});
  // With the topic's id nothing is read of another topic that has or had its name.
  Attempt<Fetched> fetch(const model::TopicPartition& partition, std::int64_t offset,
                         std::int32_t bytes_max, const std::optional<model::Uuid>& id = {});
  // The end of the partition: the high watermark, or the last stable offset.
  Attempt<std::int64_t> end_offset(const model::TopicPartition& partition, Isolation isolation);
  Attempt<Producer> init_producer();

  Attempt<> commit(const std::string& group, const model::TopicPartition& partition,
                   std::int64_t offset);
  // Nothing: no offset was committed.
  Attempt<std::optional<std::int64_t>> committed(const std::string& group,
                                                 const model::TopicPartition& partition);

  // What some broker says of these topics now, controller included.
  Attempt<protocol::MetadataResponse> metadata(const std::vector<std::string>& topics);
  // The same of every topic that there is.
  Attempt<protocol::MetadataResponse> metadata_of_all();
  // One request to a broker that metadata has told of. An error without an answer is certain only
  // if nothing was sent.
  Attempt<protocol::AnyMessage> ask(std::int32_t broker, protocol::MessageView request,
                                    protocol::Versions usable);

 private:
  using Connections = std::map<std::int32_t, cli::BrokerConnection>;

  Attempt<protocol::MetadataResponse> look_up(protocol::MetadataRequest request);
  Attempt<std::int32_t> leader_of(const model::TopicPartition& partition);
  Attempt<std::int32_t> coordinator_of(const std::string& group);
  Attempt<cli::BrokerConnection*> connection_to(std::int32_t broker);
  Attempt<protocol::AnyMessage> ask_any(protocol::MessageView request, protocol::Versions usable);
  // After an error of this partition or group: where it lives is looked up anew.
  std::unexpected<Failure> forget(const model::TopicPartition& partition, Failure why);

  ClientSettings settings_;
  std::map<std::int32_t, cli::Address> addresses_;
  std::map<model::TopicPartition, std::int32_t> leaders_;
  std::map<std::string, std::int32_t> coordinators_;
  Connections connections_;
  std::size_t next_bootstrap_ = 0;
};

}  // namespace gregor::jepsen
