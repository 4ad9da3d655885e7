// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/final_reader.h"

#include "simulation/consumer.h"

namespace gregor::simulation {

using jepsen::Function;
using jepsen::Kind;
using jepsen::Type;
using protocol::FetchRequest;
using protocol::FetchResponse;
using protocol::ListOffsetsResponse;

void FinalReader::operate() {
  if (partitions_.empty()) return operation_done(true);
  client_.with_leader(partitions_.front(), [this](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return again();
    if (start_ < 0) return find_bound(*leader, LogEnd::earliest);
    if (end_ < 0) return find_bound(*leader, LogEnd::latest);
    if (position_ >= end_) return finish_partition();
    fetch(*leader);
  });
}

void FinalReader::again() {
  if (!partitions_.empty()) client_.forget_leader(partitions_.front());
  operation_done(false);
}

void FinalReader::find_bound(const ClusterClient::Leader& leader, LogEnd end) {
  client_.call<ListOffsetsResponse>(leader.address, list_offsets(partitions_.front(), end), 5,
                                    [this, end](ClusterClient::Answer<ListOffsetsResponse> answer) {
                                      if (!answer) return again();
                                      const auto& told = (*answer)->topics.at(0).partitions.at(0);
                                      if (told.error_code != model::ErrorCode::none) return again();
                                      if (end == LogEnd::earliest)
                                        position_ = start_ = told.offset;
                                      else
                                        end_ = told.offset;
                                      operate();
                                    });
}

void FinalReader::fetch(const ClusterClient::Leader& leader) {
  FetchRequest request;
  request.max_wait_ms = 100;
  request.min_bytes = 1;
  auto& topic = request.topics.emplace_back();
  topic.topic = partitions_.front().topic;
  auto& asked = topic.partitions.emplace_back();
  asked.partition = partitions_.front().partition.value();
  asked.fetch_offset = position_;
  asked.partition_max_bytes = 1 << 20;
  client_.call<FetchResponse>(leader.address, request, 12,
                              [this](ClusterClient::Answer<FetchResponse> answer) {
                                if (!answer || (*answer)->error_code != model::ErrorCode::none)
                                  return again();
                                const auto& data = (*answer)->responses.at(0).partitions.at(0);
                                if (data.error_code == model::ErrorCode::offset_out_of_range)
                                  begin_partition();
                                if (data.error_code != model::ErrorCode::none) return again();
                                take(data);
                                operate();
                              });
}

void FinalReader::take(const FetchResponse::PartitionData& data) {
  if (!data.records || data.records->size() == 0) return;
  const auto batches = values_in(data.records->bytes(), position_);
  if (!batches)
    return env_.violate("wire", to_string(partitions_.front()) + ": records cannot be read");
  found_.insert(found_.end(), batches->values.begin(), batches->values.end());
  for (const PlacedValue& placed : batches->values) ledger_.seen(partitions_.front(), placed);
  position_ = batches->next;
}

void FinalReader::finish_partition() {
  ledger_.check_partition(partitions_.front(), start_, end_, found_);
  std::vector<jepsen::EntryMicro> seen;
  seen.reserve(found_.size());
  for (const PlacedValue& placed : found_)
    seen.push_back({Kind::poll, to_string(partitions_.front()), placed.offset, placed.value});
  ledger_.invoke(process_, Function::poll);
  ledger_.complete(process_, Type::ok, Function::poll, std::move(seen));
  partitions_.pop_front();
  begin_partition();
  operate();
}

// Also when the log has come to start behind what was to be read next.
void FinalReader::begin_partition() {
  start_ = end_ = position_ = -1;
  found_.clear();
}

}  // namespace gregor::simulation
