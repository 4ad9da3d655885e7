// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a broker may do with the bytes of one connection. Pure: it is told what was sent, what came
// and when time is up, and says what is wrong. It reads the sent bytes as a broker has to, so that
// it need not know how they were made, and holds that
//
//   - every frame is answered or ends the connection, in the order of the frames;
//   - but a Produce with acks=0 is never answered, and of one that cannot be read this is unknown;
//   - an answer has the correlation id of its request, and the schema of the API and the version
//     that were asked reads it to its end;
//   - a frame without a header, an API or a version that is not served ends the connection; only
//     ApiVersions is answered in version 0, with UNSUPPORTED_VERSION;
//   - a connection on which only plain requests were sent is not closed;
//   - a client that is gone in the middle of a frame is let go.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "fuzz/wire/fault.h"
#include "fuzz/wire/frame_splitter.h"
#include "fuzz/wire/served.h"
#include "protocol/api_table.h"

namespace gregor::fuzz::wire {

// What became of a request of the conversation.
enum class Outcome { open, answered, silent, closed };

class Judge {
 public:
  // `served` must outlive it.
  explicit Judge(const Served& served) : served_(&served) {}

  // The next request of the conversation. `plain`: one that every broker answers.
  void sent(base::BytesView bytes, bool plain);
  // The first thing that is wrong with what came; nothing after it has a meaning.
  std::optional<Verdict> received(base::BytesView bytes);
  // The broker closed the connection.
  std::optional<Verdict> closed();
  // The time for an answer is over.
  [[nodiscard]] Verdict overdue() const;

  // Whether nothing is to come any more.
  [[nodiscard]] bool settled() const { return !awaits_answer() && !stream_.unfinished(); }
  // Whether the broker waits for the rest of a frame that will not come: the client is to end its
  // side, and then the broker closes.
  [[nodiscard]] bool stuck() const { return !awaits_answer() && stream_.unfinished(); }
  // How long the requests that are open asked the broker to wait; nullopt: for other clients, or
  // longer than anybody listens.
  [[nodiscard]] std::optional<std::chrono::milliseconds> agreed_wait() const;
  // Of each request, by its index.
  [[nodiscard]] const std::vector<Outcome>& outcomes() const { return outcomes_; }

 private:
  enum class Expect {
    answer,           // or a close
    refusal,          // a close
    version_refusal,  // a close, or ApiVersions version 0 with its error
    silence,          // or a close
    anything,
  };
  struct Asked {
    std::size_t request;
    Expect expect;
    std::string name;  // "Fetch version 12"
    std::optional<std::int32_t> correlation_id{};
    const protocol::Api* api = nullptr;  // where its answer can be read
    model::ApiVersion version{};
    std::optional<std::chrono::milliseconds> agreed_wait{0};
    [[nodiscard]] bool may_stay_silent() const {
      return expect == Expect::silence || expect == Expect::anything;
    }
  };

  [[nodiscard]] Asked read_request(base::BytesView frame, std::size_t request) const;
  std::optional<Verdict> judge_answer(base::BytesView frame);
  std::optional<Verdict> no_such_request(std::int32_t correlation_id) const;
  static std::optional<Verdict> judge_body(const Asked& asked, base::BytesView frame);
  static std::optional<Verdict> judge_version_refusal(const Asked& asked, base::BytesView frame);
  [[nodiscard]] bool awaits_answer() const;
  void settle_front(Outcome outcome);

  const Served* served_;
  FrameSplitter stream_;   // what was sent
  FrameSplitter answers_;  // what came
  std::deque<Asked> open_;
  std::set<std::int32_t> answered_;
  std::vector<Outcome> outcomes_;
  bool all_plain_ = true;
};

}  // namespace gregor::fuzz::wire
