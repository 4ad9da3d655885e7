// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The nemesis' faults of disks and clocks.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "jepsen/runner/damage.h"
#include "jepsen/runner/nemesis.h"

namespace gregor::jepsen {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds between_nemesis_looks{200};
constexpr std::int64_t delay_min_ms = 20, delay_max_ms = 1'500;  // of a sync
constexpr std::int64_t jump_min_ms = 10, jump_max_ms = 3'600'000;
constexpr std::int64_t rate_max_ppm = 500'000;  // half a second in each
constexpr std::int64_t strobes = 20;

// Of all magnitudes alike.
std::int64_t of_any_magnitude(std::int64_t low, std::int64_t high, base::Prng& prng) {
  std::int64_t most = low;
  while (most < high && prng.chance(3, 4)) most *= 2;
  return prng.between(low, std::min(std::max(low, most), high));
}

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

// What more than a minority loses at one time nobody promises to have.
Nodes Nemesis::minority(Nodes nodes) {
  std::erase_if(nodes, [&](std::size_t at) { return deployment_.node(at).role != Role::broker; });
  const auto& brokers = deployment_.brokers();
  if (nodes.empty()) nodes = {brokers[prng_.below(brokers.size())]};
  const std::size_t most = std::max<std::size_t>(1, (brokers.size() - 1) / 2);
  while (nodes.size() > most)
    nodes.erase(nodes.begin() + static_cast<std::ptrdiff_t>(prng_.below(nodes.size())));
  return nodes;
}

void Nemesis::hurt(FaultKind kind, std::size_t at) {
  FaultControl& control = deployment_.faults(at)->control();
  switch (kind) {
    case FaultKind::disk_error:
      deployment_.may_end(at);
      control.write_error = control.sync_error = EIO;
      return;
    case FaultKind::disk_full:
      deployment_.may_end(at);
      control.write_error = ENOSPC;
      return;
    case FaultKind::disk_slow:
      control.sync_delay_ms = of_any_magnitude(delay_min_ms, delay_max_ms, prng_);
      return;
    case FaultKind::clock:
      return turn_clock(at);
    default:
      return hurt_at_rest(kind, at);
  }
}

void Nemesis::hurt_at_rest(FaultKind kind, std::size_t at) {
  deployment_.kill(at);
  const NodeSpec& node = deployment_.node(at);
  if (kind == FaultKind::power_loss) {
    const Lost lost = deployment_.faults(at)->lose_unsynced(prng_);
    report_.hits.lost_writes += lost.writes;
    recorder_.fault(fmt::format("{} lost {} writes of {} files, {} bytes", node.name(), lost.writes,
                                lost.files, lost.bytes));
    return;
  }
  for (const std::string& what :
       kind == FaultKind::bit_flip ? flip_bits(node.data, prng_) : cut_tails(node.data, prng_)) {
    ++report_.hits.damaged_files;
    recorder_.fault(fmt::format("{}, {}", node.name(), what));
  }
}

void Nemesis::turn_clock(std::size_t at) {
  FaultControl& control = deployment_.faults(at)->control();
  const auto jump = [&] {
    const std::int64_t ms = of_any_magnitude(jump_min_ms, jump_max_ms, prng_);
    return prng_.chance(1, 2) ? ms : -ms;
  };
  const auto draw = prng_.below(3);
  if (draw == 1) {
    control.clock_since_ns = now_ns();
    control.clock_rate_ppm = prng_.between(-rate_max_ppm, rate_max_ppm);
    recorder_.fault(fmt::format("the clock of {} goes at {:.2f} times its speed",
                                deployment_.node(at).name(),
                                1 + static_cast<double>(control.clock_rate_ppm) / 1e6));
    return;
  }
  const std::int64_t ms = jump();
  control.clock_offset_ns = ms * 1'000'000;
  recorder_.fault(fmt::format("the clock of {} jumps by {} ms{}", deployment_.node(at).name(), ms,
                              draw == 2 ? ", and to and fro" : ""));
  for (std::int64_t i = 0; draw == 2 && i < strobes; ++i) {
    stay(about(between_nemesis_looks));
    control.clock_offset_ns = i % 2 == 0 ? 0 : ms * 1'000'000;
  }
}

// A broker that has lost something may be in sync by name until its session ends. Who strikes the
// next one before that, or before the first has caught up, hits more than a minority.
void Nemesis::wait_for_recovery() {
  if (deployment_.brokers().size() > 1) stay(beyond_a_session);
  static_cast<void>(wait_until_in_sync());
}

bool Nemesis::wait_until_in_sync() {
  while (!all_in_sync()) {
    if (std::chrono::steady_clock::now() >= until_) return false;
    look_after_nodes();
    stay(between_nemesis_looks);
  }
  return true;
}

bool Nemesis::all_in_sync() {
  const auto metadata = client_.metadata_of_all();
  return metadata && std::ranges::all_of(metadata->topics, [](const auto& topic) {
           return std::ranges::all_of(topic.partitions, [](const auto& one) {
             return one.leader_id >= 0 && one.isr_nodes.size() == one.replica_nodes.size();
           });
         });
}

void Nemesis::count_hits() {
  for (std::size_t at = 0;
       deployment_.faults(0) != nullptr && at < deployment_.recipe().nodes.size(); ++at) {
    const FaultControl& control = deployment_.faults(at)->control();
    report_.hits.failed_writes += control.failed_writes;
    report_.hits.failed_syncs += control.failed_syncs;
    report_.hits.slow_syncs += control.slow_syncs;
    report_.hits.wrong_times += control.wrong_times;
  }
  if (deployment_.network() != nullptr)
    report_.hits.hurt_frames = deployment_.network()->hurt_frames();
}

}  // namespace gregor::jepsen
