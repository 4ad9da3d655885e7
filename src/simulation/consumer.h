// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A consumer that assigned partitions to itself and reads them from their beginning, by full or
// incremental fetches; and, told to, each to the end as it is then. One that names its rack reads
// from the replica that the leader sends it to (KIP-392), until that one cannot answer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages/fetch.h"
#include "simulation/workload.h"

namespace gregor::simulation {

struct ConsumerPlan {
  ClientPlan client;
  std::vector<model::TopicPartition> partitions;
  std::int32_t wait_ms = 100;
  std::int32_t bytes_max = 1 << 20;
  std::int32_t partition_bytes_max = 1 << 16;
  bool by_sessions = false;
  bool tells_epoch = false;        // the leader epoch that it knows goes with its fetches
  std::int16_t least_version = 4;  // of Fetch
  std::string rack;                // "": it reads from leaders only
};

class Consumer : public Workload {
 public:
  template <class... Arguments>
  explicit Consumer(ConsumerPlan plan, Arguments&&... arguments)
      : Workload(std::forward<Arguments>(arguments)...),
        plan_(std::move(plan)),
        version_(client_.some_version(protocol::FetchRequest::api_key, plan_.least_version)),
        process_(ledger_.next_process()) {}

 private:
  using Response = protocol::FetchResponse;
  struct Place {
    std::optional<std::int64_t> position;  // none: to be asked for
    bool told = false;                     // the session knows the position
  };

  void operate() override;
  void find_position(const model::TopicPartition& partition);
  [[nodiscard]] bool is_read_from(const model::TopicPartition& partition,
                                  const broker::PeerAddress& broker) const;
  void read_nearby(const model::TopicPartition& partition, std::int32_t broker);
  void fetch(const ClusterClient::Leader& leader, const std::vector<model::TopicPartition>& from);
  protocol::FetchRequest request_for(const ClusterClient::Leader& leader,
                                     const std::vector<model::TopicPartition>& from);
  struct Asked {
    std::string broker;
    std::int32_t epoch = -1;  // that was named; -1: none
    Time at;
  };
  void on_answer(const std::vector<model::TopicPartition>& from, const Asked& asked,
                 const ClusterClient::Answer<Response>& answer);
  void take(const model::TopicPartition& partition, const Response::PartitionData& data,
            std::vector<jepsen::EntryMicro>& seen);
  void on_error(const model::TopicPartition& partition, model::ErrorCode code);
  [[nodiscard]] bool asks_the_leader(const model::TopicPartition& partition) const;
  void end_session();
  [[nodiscard]] bool has_read_all() const;

  const ConsumerPlan plan_;
  const std::int16_t version_;
  const std::int32_t process_;
  std::map<model::TopicPartition, Place> places_;
  std::map<model::TopicPartition, broker::PeerAddress> nearby_;  // replicas beside their leaders
  broker::PeerAddress session_with_;
  std::int32_t session_id_ = 0;
  std::int32_t session_epoch_ = 0;
  int last_polls_ = 0;  // with records, since faults have ended
};

// What whole batches have from an offset on, and where they end: where compaction has left nothing,
// a batch is only an end.
struct Batches {
  std::vector<PlacedValue> values;
  std::int64_t next = 0;
};
// nullopt: they cannot be read. Without any batch the end is `from`.
std::optional<Batches> values_in(base::BytesView batches, std::int64_t from);

}  // namespace gregor::simulation
