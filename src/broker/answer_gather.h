// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A request whose response has one place for each part that it asks for: the results are put there
// as they come, and the response leaves when all have come (or the time is over).
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "broker/gather.h"
#include "broker/shard_state.h"

namespace gregor::broker {

template <class Response, class Part, class Result>
class AnswerGather : public Gather {
 public:
  void fill(std::uint32_t slot, TaskResult result) final {
    put(std::get<Result>(std::move(result)), *slots_[slot]);
  }
  bool complete(ShardState& shard, RequestId) override {
    shard.reply(head(), response_);
    return true;
  }
  void expire(ShardState& shard, RequestId self) final { complete(shard, self); }

 protected:
  using Gather::Gather;
  using Slot = Part;

  virtual void put(Result from, Slot& to) = 0;

  // The constructor of a derived class makes the response's structure first, and then names its
  // slots in the order of the request.
  [[nodiscard]] Response& response() { return response_; }
  void add_slot(Slot& slot) {
    slot.error_code = model::ErrorCode::request_timed_out;  // until something else is known
    slots_.push_back(&slot);
  }
  // One for each partition of each topic that is asked for. `name` finds what a topic is called,
  // `index` the number of a partition, in the request as in the response.
  void add_slots(const auto& asked, const auto& name, const auto& index) {
    response_.topics.resize(asked.size());
    for (std::size_t t = 0; t < asked.size(); ++t) {
      auto& topic = response_.topics[t];
      name(topic) = name(asked[t]);
      topic.partitions.resize(asked[t].partitions.size());
      for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
        index(topic.partitions[p]) = index(asked[t].partitions[p]);
        add_slot(topic.partitions[p]);
      }
    }
  }
  [[nodiscard]] const std::vector<Slot*>& slots() const { return slots_; }

 private:
  Response response_;
  std::vector<Slot*> slots_;  // into response_
};

}  // namespace gregor::broker
