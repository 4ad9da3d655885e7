// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/network.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

namespace gregor::jepsen {

namespace {

constexpr std::chrono::milliseconds deadline{10'000};
constexpr int own_address = 254;
// Rules are looked at in this order: what is cut, and then what is the node's own (which comes
// first unless it is moved).
constexpr int priority_of_cuts = 10, priority_of_own = 100;

}  // namespace

Network::Network(std::size_t nodes, std::filesystem::path log)
    : nodes_(nodes),
      log_(std::move(log)),
      name_(fmt::format("gj{}", ::getpid() % 1'000'000)),
      subnet_(fmt::format("10.{}.{}.", 64 + ::getpid() / 250 % 128, ::getpid() % 250)) {}

model::Result<std::unique_ptr<Network>> Network::make(std::size_t nodes,
                                                      const std::filesystem::path& log,
                                                      bool relayed, std::uint64_t seed) {
  if (::geteuid() != 0)
    return model::fail(model::ErrorCode::cluster_authorization_failed,
                       "network namespaces are root's");
  std::unique_ptr<Network> network(new Network(nodes, log));
  if (auto done = network->set_up(relayed, seed); !done) return model::fail(done.error());
  return network;
}

Network::~Network() {
  for (std::size_t node = 0; node < nodes_; ++node) {
    // With a namespace go its interfaces; the other end is asked for in case it is still there.
    static_cast<void>(ip("netns del " + space(node)));
    static_cast<void>(ip("link del " + space(node)));
  }
  static_cast<void>(ip("link del " + name_));
}

model::Result<> Network::set_up(bool relayed, std::uint64_t seed) {
  if (relayed) {
    std::vector<std::pair<std::string, std::string>> links;
    links.reserve(nodes_);
    for (std::size_t node = 0; node < nodes_; ++node)
      links.emplace_back(space(node), far_end(node));
    auto relay = Relay::make(links, seed);
    if (!relay) return model::fail(relay.error());
    relay_ = std::move(*relay);
  }
  for (const std::string& step :
       {fmt::format("link add {} type bridge", name_),
        fmt::format("addr add {}{}/24 dev {}", subnet_, own_address, name_),
        fmt::format("link set {} up", name_)})
    if (auto done = ip(step); !done) return done;
  for (std::size_t node = 0; node < nodes_; ++node)
    if (auto done = set_up_node(node); !done) return done;
  if (relay_) relay_->start();
  return {};
}

model::Result<> Network::set_up_node(std::size_t node) {
  const std::string there = "-n " + space(node) + " ";
  const std::string link =
      relay_ ? fmt::format("link set {} netns {} name eth0", far_end(node), space(node))
             : fmt::format("link add {0} type veth peer name eth0 netns {0}", space(node));
  for (const std::string& step :
       {fmt::format("netns add {}", space(node)), link,
        fmt::format("link set {} master {} up", space(node), name_),
        there + fmt::format("addr add {}/24 dev eth0", address(node)), there + "link set eth0 up",
        there + "link set lo up",
        there + fmt::format("rule add pref {} lookup local", priority_of_own),
        there + "rule del pref 0"})
    if (auto done = ip(step); !done) return done;
  return {};
}

model::Result<> Network::ip(const std::string& arguments) const {
  Command command{{"ip"}, log_};
  std::istringstream words(arguments);
  for (std::string word; words >> word;) command.words.push_back(word);
  auto done = run_to_end(command, deadline);
  if (!done) return model::fail(done.error().code, "ip " + arguments + ": " + done.error().detail);
  return done;
}

std::string Network::space(std::size_t node) const { return fmt::format("{}n{}", name_, node); }

std::string Network::far_end(std::size_t node) const { return fmt::format("{}f{}", name_, node); }

std::string Network::address(std::size_t node) const { return subnet_ + std::to_string(node + 1); }

std::vector<std::string> Network::prefix(std::size_t node) const {
  return {"ip", "netns", "exec", space(node)};
}

model::Result<> Network::cut(std::size_t from, std::size_t to) {
  const bool known =
      std::ranges::any_of(cuts_, [&](const Cut& cut) { return cut.from == from && cut.to == to; });
  if (known || from == to) return {};
  auto done = ip(fmt::format("-n {} rule add pref {} from {} blackhole", space(to),
                             priority_of_cuts, address(from)));
  if (done) cuts_.push_back({from, to});
  return done;
}

model::Result<> Network::heal() {
  if (relay_) relay_->heal();
  while (!cuts_.empty()) {
    const Cut cut = cuts_.back();
    if (auto done = ip(fmt::format("-n {} rule del pref {} from {}", space(cut.to),
                                   priority_of_cuts, address(cut.from)));
        !done)
      return done;
    cuts_.pop_back();
  }
  return {};
}

}  // namespace gregor::jepsen
