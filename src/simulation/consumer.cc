// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "simulation/consumer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parse_number.h"
#include "record/batch.h"
#include "record/record.h"
#include "simulation/list_offsets.h"

namespace gregor::simulation {

using jepsen::Function;
using jepsen::Kind;
using jepsen::Type;
using model::ErrorCode;
using model::TopicPartition;
using protocol::FetchRequest;
using protocol::FetchResponse;
using protocol::ListOffsetsRequest;
using protocol::ListOffsetsResponse;

namespace {

constexpr std::int16_t fetches_by_id = 13;
constexpr std::int16_t fetches_by_sessions = 7;
constexpr std::int16_t fetches_with_epochs = 9;
constexpr std::int16_t fetches_with_racks = 11;

// Which also a consumer of small bites behind much that was written must manage at the end.
constexpr int last_polls_enough = 200;
// Then, so that what lies on several brokers does not wait for where there is nothing to come.
constexpr std::int32_t last_wait_ms = 20;

// A record has its value as a text; where keys are compacted, and a tombstone has none, as the name
// of its header.
std::optional<std::int64_t> value_of(const record::RecordView& record) {
  const auto parse = [](std::string_view text) { return base::parse_number<std::int64_t>(text); };
  const auto value = record.value ? parse(base::as_text(*record.value)) : std::nullopt;
  if (record.value && !value) return std::nullopt;
  if (record.headers.empty()) return value;
  const auto told = parse((*record.headers.begin()).key);
  return !value || value == told ? told : std::nullopt;
}

}  // namespace

std::optional<Batches> values_in(base::BytesView batches, std::int64_t from) {
  Batches all{.values = {}, .next = from};
  record::Decompressor decompressor;
  while (const auto batch = record::BatchView::parse(batches)) {
    if (!batch->crc_matches()) return std::nullopt;
    batches = batches.subspan(batch->size_bytes());
    all.next = std::max(all.next, batch->next_offset().value());
    bool sound = true;
    const auto read =
        record::for_each_record(*batch, decompressor, [&](const record::RecordView& record) {
          if (record.offset.value() < from) return;
          const auto value = value_of(record);
          sound = sound && value;
          all.values.push_back({record.offset.value(), value.value_or(0)});
        });
    if (!read || !sound) return std::nullopt;
  }
  return all;
}

// --- one operation ---

void Consumer::operate() {
  const TopicPartition& first = dice_.pick(plan_.partitions);
  if (!places_[first].position) return find_position(first);
  if (!nearby_.empty() && dice_.chance(1, 20)) nearby_.clear();  // perhaps there is a nearer one
  client_.with_leader(first, [this, first](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return operation_done(false);
    if (const auto near = nearby_.find(first); near != nearby_.end())
      leader->address = near->second;
    std::vector<TopicPartition> from;
    for (const TopicPartition& partition : plan_.partitions)
      if (is_read_from(partition, leader->address)) from.push_back(partition);
    fetch(*leader, from);
  });
}

bool Consumer::is_read_from(const TopicPartition& partition,
                            const broker::PeerAddress& broker) const {
  const auto near = nearby_.find(partition);
  return near != nearby_.end() ? near->second == broker : client_.is_led_by(partition, broker);
}

void Consumer::read_nearby(const TopicPartition& partition, std::int32_t broker) {
  const auto address = client_.address_of(broker);
  if (!address) return client_.forget_leader(partition);
  env_.mark("a consumer is sent to a replica near it");
  nearby_[partition] = *address;
  places_[partition].told = false;
}

void Consumer::find_position(const TopicPartition& partition) {
  client_.with_leader(partition, [this, partition](std::optional<ClusterClient::Leader> leader) {
    if (!leader) return operation_done(false);
    client_.call<ListOffsetsResponse>(
        leader->address, list_offsets(partition, LogEnd::earliest),
        client_.some_version(ListOffsetsRequest::api_key, 4),
        [this, partition](ClusterClient::Answer<ListOffsetsResponse> answer) {
          client_.forget_leader(partition);
          if (!answer) return operation_done(false);
          const auto& told = (*answer)->topics.at(0).partitions.at(0);
          if (told.error_code != ErrorCode::none) {
            on_error(partition, told.error_code);
          } else {
            ledger_.invoke(process_, Function::assign);
            ledger_.complete(process_, Type::ok, Function::assign);
            places_[partition] = {.position = told.offset};
          }
          operation_done(false);
        });
  });
}

FetchRequest Consumer::request_for(const ClusterClient::Leader& leader,
                                   const std::vector<TopicPartition>& from) {
  FetchRequest request;
  request.max_wait_ms = is_finishing() ? std::min(plan_.wait_ms, last_wait_ms) : plan_.wait_ms;
  request.min_bytes = 1;
  request.max_bytes = plan_.bytes_max;
  const bool in_session = plan_.by_sessions && version_ >= fetches_by_sessions;
  if (in_session) {
    if (session_with_ != leader.address) end_session();
    session_with_ = leader.address;
    request.session_id = session_id_;
    request.session_epoch = session_epoch_;
  }
  if (version_ >= fetches_with_racks) request.rack_id = plan_.rack;
  for (const TopicPartition& partition : from) {
    Place& place = places_[partition];
    if (!place.position || (in_session && session_id_ != 0 && place.told)) continue;
    place.told = true;
    auto& topic = request.topics.emplace_back();
    if (version_ >= fetches_by_id)
      topic.topic_id = client_.topic_id(partition.topic);
    else
      topic.topic = partition.topic;
    auto& asked = topic.partitions.emplace_back();
    asked.partition = partition.partition.value();
    asked.fetch_offset = *place.position;
    asked.partition_max_bytes = plan_.partition_bytes_max;
    if (plan_.tells_epoch && version_ >= fetches_with_epochs)
      asked.current_leader_epoch = leader.epoch;
  }
  return request;
}

void Consumer::fetch(const ClusterClient::Leader& leader, const std::vector<TopicPartition>& from) {
  ledger_.invoke(process_, Function::poll);
  // The epoch of one partition, which may be an old one of the others: those are refused.
  const bool told = plan_.tells_epoch && !plan_.by_sessions && version_ >= fetches_with_epochs;
  const Asked asked{leader.address.host, told ? leader.epoch : -1, env_.now()};
  client_.call<FetchResponse>(
      leader.address, request_for(leader, from), version_,
      [this, from, asked](const ClusterClient::Answer<FetchResponse>& answer) {
        on_answer(from, asked, answer);
      });
}

void Consumer::on_answer(const std::vector<TopicPartition>& from, const Asked& asked,
                         const ClusterClient::Answer<FetchResponse>& answer) {
  if (!answer || (*answer)->error_code != ErrorCode::none) {
    if (answer) env_.mark(fmt::format("Fetch answered {}", model::name_of((*answer)->error_code)));
    ledger_.complete(process_, Type::fail, Function::poll);
    for (const TopicPartition& partition : from) {
      client_.forget_leader(partition);
      nearby_.erase(partition);
    }
    end_session();
    return operation_done(false);
  }
  if ((*answer)->session_id != 0) {
    session_id_ = (*answer)->session_id;
    ++session_epoch_;
  }
  std::vector<jepsen::EntryMicro> seen;
  std::vector<std::pair<TopicPartition, ErrorCode>> errors;
  for (const auto& topic : (*answer)->responses)
    for (const auto& data : topic.partitions) {
      const TopicPartition partition{
          version_ >= fetches_by_id ? client_.topic_name(topic.topic_id) : topic.topic,
          model::PartitionIndex(data.partition_index)};
      if (data.error_code == ErrorCode::none) {
        if (asked.epoch >= 0) ledger_.served(partition, asked.broker, asked.epoch, asked.at);
        take(partition, data, seen);
        if (data.preferred_read_replica >= 0) read_nearby(partition, data.preferred_read_replica);
      } else {
        errors.emplace_back(partition, data.error_code);
      }
    }
  ledger_.complete(process_, Type::ok, Function::poll, std::move(seen));
  for (const auto& [partition, code] : errors) on_error(partition, code);
  operation_done(errors.empty() && (has_read_all() || last_polls_ >= last_polls_enough));
}

// What was acknowledged and must be there.
bool Consumer::has_read_all() const {
  return std::ranges::all_of(plan_.partitions, [this](const TopicPartition& partition) {
    const auto place = places_.find(partition);
    return place != places_.end() && place->second.position &&
           *place->second.position >= ledger_.end_of(partition);
  });
}

void Consumer::take(const TopicPartition& partition, const Response::PartitionData& data,
                    std::vector<jepsen::EntryMicro>& seen) {
  Place& place = places_[partition];
  if (!place.position || !data.records || data.records->size() == 0) return;
  const auto batches = values_in(data.records->bytes(), *place.position);
  if (!batches)
    return env_.violate("wire", fmt::format("{}: records of {} at {} cannot be read", name(),
                                            to_string(partition), *place.position));
  for (const PlacedValue& placed : batches->values) {
    seen.push_back({Kind::poll, to_string(partition), placed.offset, placed.value});
    ledger_.seen(partition, placed);
  }
  if (batches->next == *place.position) return;
  if (is_finishing()) ++last_polls_;
  place.position = batches->next;
  place.told = false;
}

void Consumer::on_error(const TopicPartition& partition, ErrorCode code) {
  env_.mark(fmt::format("Fetch or ListOffsets answered {}", model::name_of(code)));
  client_.forget_leader(partition);
  end_session();
  const bool from_follower = nearby_.erase(partition) > 0;
  switch (code) {
    case ErrorCode::not_leader_or_follower:
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id:
    case ErrorCode::leader_not_available:
    case ErrorCode::fenced_leader_epoch:
    case ErrorCode::unknown_leader_epoch:
    case ErrorCode::kafka_storage_error:
    case ErrorCode::offset_not_available:
    case ErrorCode::replica_not_available:
      return;
    case ErrorCode::offset_out_of_range:
      if (from_follower) return;  // the leader knows better
      if (ledger_.is_safe(partition.topic) && !ledger_.topic(partition.topic).loses_its_start() &&
          asks_the_leader(partition))
        env_.violate("positions-stay-valid",
                     fmt::format("{}: {} has no offset {} any more", name(), to_string(partition),
                                 places_[partition].position.value_or(-1)));
      places_[partition].position.reset();
      return;
    default:
      return refuse("Fetch", code);
  }
}

// One that has been deposed and has not heard of it refuses who knows a later epoch than its own;
// to the others it answers as far as its log goes.
bool Consumer::asks_the_leader(const TopicPartition& partition) const {
  return !ledger_.topic(partition.topic).has_followers() ||
         (plan_.tells_epoch && version_ >= fetches_with_epochs);
}

void Consumer::end_session() {
  session_id_ = session_epoch_ = 0;
  for (auto& [partition, place] : places_) place.told = false;
}

}  // namespace gregor::simulation
