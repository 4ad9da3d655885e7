// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A whole node: frames on several connections, time, syncs, deaths and power cuts, over a simulated
// disk and an embedded coordination tree (broker/testing/test_node.h).
//
//   input := options u8, step*          bit 0: two shards instead of one; bit 1: no last start
//   step  := op u8, argument u8, size u16, content
//     op % 8  0-3  the content is a frame (without its size) on connection argument % 3
//             4    time passes: argument * 10 ms
//             5    connection argument % 3 leaves, another comes
//             6    syncs: argument % 3: wait from now on | end | run at once again
//             7    the process dies (argument even) or the power is cut (odd), and it starts again
//
// The shards check their invariants after every step. Every answer belongs to what was asked, is
// decoded to its end, and comes; a node that no disk has failed starts again and stops in good
// order.

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

#include "broker/router.h"
#include "broker/testing/requests.h"
#include "broker/testing/test_node.h"
#include "bytes.h"
#include "messages.h"
#include "protocol/api_keys.h"
#include "protocol/frame.h"
#include "protocol/random_message.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

using broker::TestNode;
using broker::TestWorld;

constexpr std::size_t connections = 3;
constexpr std::size_t steps_max = 40;
constexpr int restarts_max = 2;
constexpr unsigned two_shards = 1, no_start_at_the_end = 2;

struct Step {
  std::uint8_t op = 0;
  std::uint8_t argument = 0;
  base::Bytes content;
  [[nodiscard]] bool is_frame() const { return op % 8 < 4; }
};
struct History {
  std::uint8_t options = 0;
  std::vector<Step> steps;
};

History unpack(Input input) {
  History history{input.u8(), {}};
  while (!input.empty() && history.steps.size() < steps_max) {
    Step step{input.u8(), input.u8(), {}};
    step.content = base::to_bytes(input.take(input.u16()));
    history.steps.push_back(std::move(step));
  }
  return history;
}

base::Bytes pack(const History& history) {
  base::Bytes input(1, static_cast<std::byte>(history.options));
  for (const Step& step : history.steps) {
    if (step.content.size() > 0xffff) continue;
    append_u8(input, step.op);
    append_u8(input, step.argument);
    append_u16(input, step.content.size());
    base::append(input, step.content);
  }
  return input;
}

// Two topics with some records in them, after a clean stop: made once, copied by each input.
struct Beginning {
  TestWorld world;
  Vocabulary vocabulary{common_names()};

  Beginning() {
    TestNode node;
    for (const char* const topic : {"t", "u"}) {
      vocabulary.topic_ids.push_back(broker::create_topic(node, topic, 2));
      broker::produce(node, topic, 0, {"a", "b", "c"});
      broker::produce(node, topic, 1, {"d"});
    }
    ASSERT(node.stop());
    world = std::move(node).take_world();
  }
  [[nodiscard]] TestWorld copy() const {
    return {.disk = world.disk->after_process_death(),
            .tree = std::make_shared<coordination::ZnodeTree>(*world.tree),
            .now = world.now};
  }
};

const Beginning& beginning() {
  static const Beginning made;
  return made;
}

// Whether the client of this request agreed to wait.
bool may_wait(const protocol::Api& api) {
  return std::ranges::any_of(api.request->structure->fields, [](const protocol::Field& field) {
    return field.name.starts_with("Timeout") || field.name.starts_with("MaxWait");
  });
}

class Run {
 public:
  explicit Run(const History& history)
      : options_{.shards = (history.options & two_shards) != 0 ? 2U : 1U} {
    start(beginning().copy());
    for (const Step& step : history.steps) {
      perform(step);
      if (node_->fatal()) return;
      take_answers();
    }
    finish((history.options & no_start_at_the_end) == 0);
  }

 private:
  struct Asked {
    const protocol::Api* api;
    model::ApiVersion version;
    std::int32_t correlation;
  };
  struct Client {
    broker::ConnectionId id{0};
    std::deque<Asked> asked;
  };

  void start(TestWorld world) {
    ++options_.seed;  // each node draws the ids of its topics anew
    node_ = std::make_unique<TestNode>(options_, std::move(world));
    ASSERT(!node_->fatal(), "cannot start: " + node_->fatal().value_or(""));
    ASSERT(node_->is_ready(), "started, and is not ready");
    for (Client& client : clients_) client = {node_->connect(), {}};
  }

  void perform(const Step& step) {
    Client& client = clients_[step.argument % connections];
    switch (step.op % 8) {
      case 4:
        return node_->advance(std::int64_t{step.argument} * 10);
      case 5:
        node_->disconnect(client.id);
        client = {node_->connect(), {}};
        return;
      case 6:
        if (step.argument % 3 == 0) node_->hold_syncs();
        if (step.argument % 3 == 1) node_->finish_syncs();
        if (step.argument % 3 == 2) node_->release_syncs();
        return;
      case 7:
        return die(step.argument);
      default:
        return send(client, step.content);
    }
  }

  void die(std::uint8_t how) {
    if (++restarts_ > restarts_max) return;
    TestWorld world = std::move(*node_).take_world();
    base::Prng prng(how);
    auto disk = how % 2 == 0 ? world.disk->after_process_death()
                             : world.disk->after_power_loss(prng, log::Unsynced::by_chance);
    node_.reset();
    world.disk = std::move(disk);
    start(std::move(world));
  }

  void send(Client& client, const base::Bytes& frame) {
    if (node_->close_reason(client.id)) client = {node_->connect(), {}};
    base::BytesView rest = frame;
    if (const auto header = protocol::decode_request_header(rest)) {
      client.asked.push_back({protocol::find_api(model::ApiKey(header->request_api_key)),
                              model::ApiVersion(header->request_api_version),
                              header->correlation_id});
    }
    node_->send(client.id, frame);
  }

  void take_answers() {
    for (Client& client : clients_)
      while (const auto answer = node_->take_response(client.id)) check_answer(client, *answer);
  }

  // Answers come in the order of requests; only of Produce (with acks=0) none may come.
  static void check_answer(Client& client, const base::Bytes& answer) {
    ASSERT(answer.size() >= protocol::frame_size_bytes + sizeof(std::int32_t));
    base::BytesView rest = answer;
    ASSERT(base::load_big_endian<std::int32_t>(rest.data()) ==
               static_cast<std::int32_t>(rest.size() - protocol::frame_size_bytes),
           "an answer of another size than it says");
    rest = rest.subspan(protocol::frame_size_bytes);
    const auto correlation = base::load_big_endian<std::int32_t>(rest.data());
    while (!client.asked.empty() && client.asked.front().correlation != correlation) {
      ASSERT(client.asked.front().api->key == protocol::api_key::produce,
             "an answer to something else than was asked");
      client.asked.pop_front();
    }
    ASSERT(!client.asked.empty(), "an answer to nothing that was asked");
    const Asked asked = client.asked.front();
    client.asked.pop_front();
    const model::ApiVersion version =
        asked.api->versions.contains(asked.version) ? asked.version : model::ApiVersion{0};
    const auto header = protocol::decode_response_header(*asked.api, version, rest);
    ASSERT(header, "an answer without a readable header");
    const base::BytesView body = rest;
    const auto message = protocol::decode(*asked.api->response, rest, version);
    if (message && rest.empty()) return;
    // A version beyond those that are served is answered in version 0.
    rest = body;
    ASSERT(asked.api->key == protocol::api_key::api_versions &&
               protocol::decode(*asked.api->response, rest, model::ApiVersion{0}) && rest.empty(),
           std::string("an unreadable answer to ") + std::string(asked.api->name));
  }

  void finish(bool start_again) {
    node_->release_syncs();
    node_->advance(2'000);
    take_answers();
    if (node_->fatal()) return;
    for (const Client& client : clients_) {
      if (node_->close_reason(client.id) || !node_->is_busy(client.id)) continue;
      ASSERT(std::ranges::any_of(client.asked, [](const Asked& one) { return may_wait(*one.api); }),
             "a request that may not wait has no answer");
    }
    ASSERT(node_->stop(), "does not stop");
    ASSERT(!node_->fatal(), node_->fatal().value_or(""));
    if (!start_again) return;
    TestWorld world = std::move(*node_).take_world();
    auto disk = world.disk->after_process_death();
    node_.reset();
    world.disk = std::move(disk);
    start(std::move(world));
  }

  broker::TestNodeOptions options_;
  std::unique_ptr<TestNode> node_;
  std::array<Client, connections> clients_;
  int restarts_ = 0;
};

base::Bytes frame_of(const protocol::Api& api, model::ApiVersion version,
                     const protocol::AnyMessage& message, base::Prng& prng) {
  const bool has_client = protocol::request_header_version(api, version) > model::ApiVersion(0);
  auto frame = protocol::encode_request_frame(
      {.request_api_key = 0,
       .request_api_version = 0,
       .correlation_id = static_cast<std::int32_t>(prng.below(1'000'000)),
       .client_id = has_client ? "fuzz" : "",
       .unknown_tags = {}},
      message, version);
  ASSERT(frame, frame ? "" : frame.error().detail);
  frame->erase(frame->begin(), frame->begin() + protocol::frame_size_bytes);
  return std::move(*frame);
}

Step random_step(base::Prng& prng) {
  if (prng.chance(1, 4))
    return {static_cast<std::uint8_t>(4 + prng.below(4)),
            static_cast<std::uint8_t>(prng.below(256)),
            {}};
  const auto apis = protocol::all_apis();
  const protocol::Api* api = &apis[prng.below(apis.size())];
  if (prng.chance(1, 2))
    api = protocol::find_api(model::ApiKey(static_cast<std::int16_t>(prng.below(4))));
  while (broker::find_served(api->key, false) == nullptr) api = &apis[prng.below(apis.size())];
  const protocol::Versions served = broker::served_versions(*broker::find_served(api->key, false));
  const model::ApiVersion version(
      static_cast<std::int16_t>(prng.between(served.first, served.last)));
  const auto message = plausible_message(*api->request, prng, version, beginning().vocabulary);
  return {0, static_cast<std::uint8_t>(prng.below(connections)),
          frame_of(*api, version, message, prng)};
}

void change_frame(Step& step, base::Prng& prng) {
  base::BytesView rest = step.content;
  const auto header = protocol::decode_request_header(rest);
  if (!header || prng.chance(1, 8)) return disturb(step.content, prng);
  const protocol::Api* const api = protocol::find_api(model::ApiKey(header->request_api_key));
  const model::ApiVersion version(header->request_api_version);
  if (!api->versions.contains(version)) return disturb(step.content, prng);
  auto message = protocol::decode(*api->request, rest, version);
  if (!message) return disturb(step.content, prng);
  protocol::change_one_field(*message, prng, version);
  step.content = frame_of(*api, version, *message, prng);
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  History history{static_cast<std::uint8_t>(prng.below(4)), {}};
  for (std::uint64_t left = 2 + prng.below(10); left > 0; --left)
    history.steps.push_back(random_step(prng));
  return pack(history);
}

void change_input(base::Bytes& input, base::Prng& prng) {
  History history = unpack(Input(base::BytesView(input)));
  if (history.steps.empty()) history.steps.push_back(random_step(prng));
  const std::size_t at = prng.below(history.steps.size());
  const auto place = history.steps.begin() + static_cast<std::ptrdiff_t>(at);
  switch (prng.below(8)) {
    case 0:
      history.steps.erase(place);
      break;
    case 1:
      history.steps.insert(place, Step(history.steps[prng.below(history.steps.size())]));
      break;
    case 2:
      std::swap(history.steps[at], history.steps[prng.below(history.steps.size())]);
      break;
    case 3:
      history.options = static_cast<std::uint8_t>(history.options ^ (1U << prng.below(2)));
      break;
    case 4:
    case 5:
      history.steps.insert(place, random_step(prng));
      break;
    default:
      if (history.steps[at].is_frame()) change_frame(history.steps[at], prng);
  }
  input = pack(history);
}

// Five frames of one conversation a time.
std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  std::vector<base::Bytes> inputs;
  History history;
  for (const GoldenFrame& frame : read_golden_frames(checkout)) {
    if (!frame.is_request || frame.bytes.size() > 4'096) continue;
    history.steps.push_back({0, 0, frame.bytes});
    if (history.steps.size() < 5) continue;
    inputs.push_back(pack(history));
    history = {};
  }
  return inputs;
}

// The buffers of a node have sizes of their own.
std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{64} << 20) + input_bytes * 512;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  const fuzz::Run run(fuzz::unpack(fuzz::Input(data, size)));
  return 0;
}
