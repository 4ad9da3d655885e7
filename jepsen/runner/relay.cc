// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/relay.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace gregor::jepsen {

using server::Descriptor;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t frame_bytes_max = 65'536;
// A router has so much room; what does not fit is lost.
constexpr std::size_t waiting_max = 20'000;
constexpr milliseconds look_up{50};  // that long an end of the relay goes unnoticed

model::Result<Descriptor> make_device(const std::string& name) {
  Descriptor device(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  std::ranges::copy(name.substr(0, sizeof(request.ifr_name) - 1), request.ifr_name);
  if (!device.open() || ::ioctl(device.number(), TUNSETIFF, &request) < 0)
    return model::fail(model::ErrorCode::cluster_authorization_failed,
                       "no tap device: " + std::generic_category().message(errno));
  return device;
}

}  // namespace

Schedule::Fate Schedule::take(Time now, std::size_t bytes, const Quality& quality,
                              base::Prng& prng) {
  Fate fate;
  if (prng.below(100) < quality.lost_percent) return fate;
  if (quality.bytes_per_second > 0) {
    const auto needs = std::chrono::microseconds(bytes * 1'000'000 / quality.bytes_per_second);
    free_ = std::max(free_, now) + needs;
  }
  const Time sent = quality.bytes_per_second > 0 ? free_ : now;
  const int copies = prng.below(100) < quality.doubled_percent ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Time leaves = sent + quality.delay + milliseconds(prng.between(0, quality.jitter.count()));
    if (!quality.reorders) leaves = std::max(leaves, last_);
    last_ = std::max(last_, leaves);
    fate.leaves.push_back(leaves);
  }
  return fate;
}

model::Result<std::unique_ptr<Relay>> Relay::make(
    const std::vector<std::pair<std::string, std::string>>& links, std::uint64_t seed) {
  std::unique_ptr<Relay> relay(new Relay(seed));
  for (const auto& [one, other] : links)
    for (const std::string& name : {one, other}) {
      auto device = make_device(name);
      if (!device) return model::fail(device.error());
      relay->ends_.push_back({std::move(*device), {}});
    }
  relay->qualities_.resize(links.size());
  return relay;
}

Relay::~Relay() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

void Relay::start() {
  thread_ = std::thread([this] { run(); });
}

void Relay::set(std::size_t link, const Quality& quality) {
  const std::lock_guard lock(mutex_);
  qualities_[link] = quality;
}

void Relay::heal() {
  const std::lock_guard lock(mutex_);
  std::ranges::fill(qualities_, Quality{});
}

void Relay::run() {
  std::vector<pollfd> watched;
  watched.reserve(ends_.size());
  for (const End& end : ends_) watched.push_back({end.device.number(), POLLIN, 0});
  while (!over_) {
    const auto now = std::chrono::steady_clock::now();
    let_out(now);
    milliseconds wait = look_up;
    if (!waiting_.empty())
      wait = std::min(wait, std::chrono::ceil<milliseconds>(waiting_.top().leaves - now));
    ::poll(watched.data(), watched.size(),
           static_cast<int>(std::max(wait, milliseconds(0)).count()));
    for (std::size_t end = 0; end < ends_.size(); ++end)
      if ((watched[end].revents & POLLIN) != 0) take_in(end);
  }
}

void Relay::take_in(std::size_t end) {
  Quality quality;
  {
    const std::lock_guard lock(mutex_);
    quality = qualities_[end / 2];
  }
  std::array<char, frame_bytes_max> frame;
  while (true) {
    const ssize_t size = ::read(ends_[end].device.number(), frame.data(), frame.size());
    if (size <= 0) return;
    const auto now = std::chrono::steady_clock::now();
    const auto bytes = static_cast<std::size_t>(size);
    const auto fate = ends_[end].schedule.take(now, bytes, quality, prng_);
    if (fate.leaves.size() != 1 || fate.leaves.front() > now) ++hurt_;
    for (const auto leaves : fate.leaves)
      if (waiting_.size() < waiting_max)
        waiting_.push({leaves, ++taken_, end ^ 1U, std::string(frame.data(), bytes)});
    let_out(now);
  }
}

void Relay::let_out(Schedule::Time now) {
  while (!waiting_.empty() && waiting_.top().leaves <= now) {
    const Frame& frame = waiting_.top();
    // A device that is down or full takes nothing: lost, as on a wire.
    [[maybe_unused]] const auto written =
        ::write(ends_[frame.to].device.number(), frame.bytes.data(), frame.bytes.size());
    waiting_.pop();
  }
}

}  // namespace gregor::jepsen
