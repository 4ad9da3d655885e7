// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What comes out of the coordination service: Kafka's JSON in the znodes, and the files in which
// the embedded service keeps its tree.
//
//   input := kind u8, text       kind of a tree: text is snapshot, NUL, journal
//
// What is understood is written and understood again as the same; a tree that was loaded keeps
// every invariant of a tree.

#include <array>

#include "bytes.h"
#include "controller/znodes.h"
#include "coordination/invariants.h"
#include "coordination/tree_file.h"
#include "target.h"

namespace gregor::fuzz {
namespace {

namespace znode = controller::znode;

template <class Decode, class Encode>
void check_round_trip(std::string_view text, Decode decode, Encode encode) {
  const auto understood = decode(text);
  if (!understood) return;
  const std::string written = encode(*understood);
  const auto again = decode(std::string_view(written));
  ASSERT(again, "what was written is not understood: " + written);
  ASSERT(encode(*again) == written, "understood as something else: " + written);
}

constexpr auto encode_value = [](const auto& value) { return znode::encode(value); };

void check_tree(std::string_view text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const std::string_view snapshot = text.substr(0, end);
  const std::string_view journal = end < text.size() ? text.substr(end + 1) : "";
  std::optional<std::string_view> given;
  if (!snapshot.empty()) given = snapshot;
  const auto loaded = coordination::load_tree(given, journal, model::Timestamp(5));
  if (!loaded) return;
  ASSERT(loaded->journal_bytes <= journal.size());
  const auto broken = coordination::broken_invariant(loaded->tree);
  ASSERT(!broken, broken.value_or(""));
  const std::string written = coordination::encode_snapshot(loaded->tree);
  const auto again = coordination::decode_snapshot(written);
  ASSERT(again && again->znodes() == loaded->tree.znodes() &&
             again->last_zxid() == loaded->tree.last_zxid(),
         "another tree is read than was written");
}

constexpr std::size_t kinds = 12;

void check(std::uint8_t kind, std::string_view text) {
  switch (kind % kinds) {
    case 0:
      return check_round_trip(text, znode::decode_broker, encode_value);
    case 1:
      return check_round_trip(text, znode::decode_topic, encode_value);
    case 2:
      return check_round_trip(text, znode::decode_state, encode_value);
    case 3:
      return check_round_trip(text, znode::decode_controller, encode_value);
    case 4:
      return check_round_trip(text, znode::decode_controller_epoch, encode_value);
    case 5:
      return check_round_trip(text, znode::decode_cluster_id, znode::encode_cluster_id);
    case 6:
      return check_round_trip(text, znode::decode_configs, encode_value);
    case 7:
      return check_round_trip(text, znode::decode_config_change, znode::encode_config_change);
    case 8:
      return check_round_trip(text, znode::decode_producer_ids, encode_value);
    case 9:
      return check_round_trip(text, znode::decode_features, encode_value);
    case 10:
      return check_round_trip(text, coordination::decode_entry,
                              [](const coordination::Transaction& transaction) {
                                std::string line = coordination::encode_entry(transaction);
                                line.pop_back();  // its end
                                return line;
                              });
    default:
      return check_tree(text);
  }
}

base::Bytes with_kind(std::size_t kind, std::string_view text) {
  base::Bytes input;
  input.reserve(1 + text.size());
  append_u8(input, kind);
  append_text(input, text);
  return input;
}

constexpr std::array<std::string_view, 10> samples{
    R"({"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},)"
    R"("endpoints":["PLAINTEXT://h:9092"],"rack":"r1","jmx_port":-1,"port":9092,"host":"h",)"
    R"("version":5,"timestamp":"1795174649580"})",
    R"({"partitions":{"0":[1,2]},"topic_id":"McLvyzL_QEyOmpAhRsQ7Jw",)"
    R"("adding_replicas":{"0":[2]},"removing_replicas":{},"version":3})",
    R"({"controller_epoch":1,"leader":0,"version":1,"leader_epoch":0,"isr":[0,1]})",
    R"({"version":2,"brokerid":1,"timestamp":"5","kraftControllerEpoch":-1})",
    "7",
    R"({"version":"1","id":"z8DPurmUQlmB19LVpiRbJQ"})",
    R"({"version":1,"config":{"k":"v"}})",
    R"({"version":2,"entity_path":"topics/T"})",
    R"({"version":1,"broker":0,"block_start":"1000","block_end":"1999"})",
    R"({"features":{"f":{"max_version_level":1}},"version":2,"status":1})"};

// A tree with some sessions and znodes, and the transactions that made it.
struct Grown {
  coordination::ZnodeTree tree;
  std::vector<coordination::Transaction> transactions;
};

Grown random_tree(base::Prng& prng) {
  static constexpr std::array<std::string_view, 6> paths{"/a",     "/b",   "/a/x",
                                                         "/a/x/1", "/b/y", "/c"};
  Grown grown;
  const auto note = [&](coordination::Outcome outcome) {
    if (outcome.transaction) grown.transactions.push_back(std::move(*outcome.transaction));
  };
  note(grown.tree.open_session(model::Timestamp(1)));
  const coordination::SessionId session = grown.tree.sessions().begin()->first;
  for (std::uint64_t left = 2 + prng.below(8); left > 0; --left) {
    const std::string path(paths[prng.below(paths.size())]);
    coordination::Multi multi;
    if (prng.chance(3, 4))
      multi.changes.push_back(
          coordination::Create{path, "d%\n", static_cast<coordination::CreateMode>(prng.below(4))});
    else
      multi.changes.push_back(coordination::SetData{path, "new", coordination::any_version});
    note(grown.tree.handle(session, {coordination::RequestId(1), multi}, model::Timestamp(2)));
  }
  return grown;
}

}  // namespace

base::Bytes make_input(base::Prng& prng) {
  const std::size_t kind = prng.below(kinds + 4) % kinds;
  if (kind < samples.size()) return with_kind(kind, samples[kind]);
  const Grown grown = random_tree(prng);
  std::string journal;
  for (const coordination::Transaction& transaction : grown.transactions) {
    const std::string entry = coordination::encode_entry(transaction);
    if (kind == 10) return with_kind(kind, std::string_view(entry).substr(0, entry.size() - 1));
    journal += entry;
  }
  if (prng.chance(1, 2)) return with_kind(11, std::string(1, '\0') + journal);
  return with_kind(11, coordination::encode_snapshot(grown.tree));
}

void change_input(base::Bytes& input, base::Prng& prng) {
  if (!input.empty() && prng.chance(1, 16)) input[0] = static_cast<std::byte>(prng.below(kinds));
  disturb(input, prng);
}

// The payloads of Kafka's own tree: "create PATH =PAYLOAD".
std::vector<base::Bytes> golden_inputs(const std::string& checkout) {
  const base::Bytes bytes = read_file(checkout + "/src/coordination/testdata/kafka_writes.txt");
  std::string_view text = base::as_text(bytes);
  std::vector<base::Bytes> inputs;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const std::size_t at = line.find(" ={"); at != std::string_view::npos)
      for (std::size_t kind = 0; kind < samples.size(); ++kind)
        inputs.push_back(with_kind(kind, line.substr(at + 2)));
  }
  return inputs;
}

std::size_t allocation_bytes_max(std::size_t input_bytes) {
  return (std::size_t{1} << 20) + input_bytes * 256;
}

}  // namespace gregor::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gregor;
  fuzz::Input input(data, size);
  const std::uint8_t kind = input.u8();
  fuzz::check(kind, base::as_text(input.rest()));
  return 0;
}
