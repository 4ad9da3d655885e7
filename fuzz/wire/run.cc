// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz/wire/run.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <deque>
#include <list>

#include "cli/broker_connection.h"
#include "cli/command.h"
#include "fuzz/wire/exchange.h"
#include "fuzz/wire/memory_watch.h"
#include "fuzz/wire/topics.h"

namespace gregor::fuzz::wire {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds probe_interval{1'000};
constexpr milliseconds poll_time_max{50};
// A crash is blamed on so many conversations at most: the last ones.
constexpr std::size_t suspects_max = 64;

class Run {
 public:
  Run(const RunOptions& options, Endpoint broker, Served served, const Traffic& traffic)
      : options_(options),
        broker_(broker),
        served_(std::move(served)),
        traffic_(traffic),
        memory_(options.growth_bytes_max) {
    report_.seed = options.seed;
  }

  Report perform() {
    begin_ = now_ = Clock::now();
    while (!crashed_ && (may_begin() || !exchanges_.empty())) turn();
    if (!crashed_) probe_last();
    if (!crashed_) repeat_hangs();
    look_at_memory();
    report_.took = std::chrono::duration_cast<milliseconds>(Clock::now() - begin_);
    report_.resident_bytes_first = memory_.first();
    report_.resident_bytes_most = memory_.most();
    return std::move(report_);
  }

 private:
  void turn() {
    now_ = Clock::now();
    begin_conversations();
    if (!probe_ && now_ >= next_probe_) begin_probe();
    wait();
    now_ = Clock::now();
    settle_conversations();
    settle_probe();
    if (!may_begin())
      for (Exchange& exchange : exchanges_) exchange.end_if_patient();
  }

  // Whether there is a conversation to begin, now or when the rate allows it.
  [[nodiscard]] bool may_begin() const {
    if (!options_.only.empty()) return begun_ < options_.only.size();
    if (options_.conversations && begun_ >= *options_.conversations) return false;
    return now_ - begin_ < options_.time;
  }

  [[nodiscard]] bool within_rate() const {
    if (options_.rate <= 0) return true;
    const double seconds = std::chrono::duration<double>(now_ - begin_).count();
    return static_cast<double>(requests_) <= seconds * options_.rate;
  }

  void begin_conversations() {
    while (exchanges_.size() < options_.connections && may_begin() && within_rate()) {
      const std::uint64_t number = options_.only.empty() ? begun_ : options_.only[begun_];
      ++begun_;
      Conversation conversation = traffic_.conversation(number);
      requests_ += conversation.requests.size();
      exchanges_.emplace_back(broker_, std::move(conversation), served_, options_.deadline, now_);
    }
  }

  void begin_probe() {
    next_probe_ = now_ + probe_interval;
    probe_.emplace(broker_, traffic_.probe(), served_, options_.deadline, now_);
    ++report_.probes;
  }

  void probe_last() {
    probe_.reset();
    begin_probe();
    while (probe_) {
      wait();
      now_ = Clock::now();
      settle_probe();
    }
  }

  // A broker that only is slow under this traffic is not when it has ended.
  void repeat_hangs() {
    std::vector<std::pair<Finding*, const Exchange*>> repeated;
    now_ = Clock::now();
    for (Finding& finding : report_.findings)
      if (finding.verdict.fault == Fault::hang)
        repeated.emplace_back(
            &finding, &exchanges_.emplace_back(broker_, Conversation(finding.conversations.front()),
                                               served_, options_.deadline, now_));
    while (std::ranges::any_of(exchanges_, [](const Exchange& one) { return !one.over(); })) wait();
    for (const auto& [finding, exchange] : repeated)
      finding->again = exchange->verdict().has_value();
    exchanges_.clear();
  }

  void wait() {
    std::vector<pollfd> watched;
    const auto watch = [&](const Exchange& exchange) {
      if (!exchange.over()) watched.push_back({exchange.descriptor(), exchange.wanted_events(), 0});
    };
    for (const Exchange& exchange : exchanges_) watch(exchange);
    if (probe_) watch(*probe_);
    ::poll(watched.data(), watched.size(), static_cast<int>(poll_time_max.count()));
    now_ = Clock::now();
    std::size_t next = 0;
    const auto step = [&](Exchange& exchange) {
      if (!exchange.over()) exchange.step(watched[next++].revents, now_);
    };
    for (Exchange& exchange : exchanges_) step(exchange);
    if (probe_) step(*probe_);
  }

  void settle_conversations() {
    for (auto exchange = exchanges_.begin(); exchange != exchanges_.end();) {
      if (!exchange->over()) {
        ++exchange;
        continue;
      }
      report_.count(exchange->conversation(), exchange->outcomes());
      suspects_.push_back(exchange->conversation());
      if (suspects_.size() > suspects_max) suspects_.pop_front();
      if (const auto& verdict = exchange->verdict()) found_in(*exchange, *verdict);
      exchange = exchanges_.erase(exchange);
    }
  }

  void settle_probe() {
    if (!probe_ || !probe_->over()) return;
    const std::optional<Verdict> verdict = probe_->verdict();
    probe_.reset();
    if (verdict) return blame_suspects(*verdict);
    look_at_memory();
    suspects_.clear();
  }

  void look_at_memory() {
    if (!options_.process) return;
    if (const auto verdict = memory_.look(resident_bytes(*options_.process)))
      blame_suspects(*verdict);
  }

  void found_in(const Exchange& exchange, const Verdict& verdict) {
    if (verdict.fault == Fault::crash) return blame_suspects(verdict);
    const Request& request = exchange.conversation().requests[verdict.request];
    report_.add({.verdict = verdict,
                 .request = fmt::format("{}, {}", request.name, name_of(request.kind)),
                 .conversations = {exchange.conversation()}});
  }

  // What no single conversation shows: one of those since the broker was last seen well, or those
  // that are under way.
  void blame_suspects(const Verdict& verdict) {
    crashed_ = crashed_ || verdict.fault == Fault::crash;
    Finding finding{.verdict = verdict, .request = {}, .conversations = {}};
    finding.conversations.assign(suspects_.begin(), suspects_.end());
    for (const Exchange& exchange : exchanges_)
      if (!exchange.over()) finding.conversations.push_back(exchange.conversation());
    report_.add(std::move(finding));
  }

  const RunOptions& options_;
  Endpoint broker_;
  Served served_;
  const Traffic& traffic_;
  MemoryWatch memory_;
  Report report_;
  std::list<Exchange> exchanges_;
  std::optional<Exchange> probe_;
  std::deque<Conversation> suspects_;  // ended since the last good probe
  std::uint64_t begun_ = 0;
  std::uint64_t requests_ = 0;
  bool crashed_ = false;
  Clock::time_point begin_, now_, next_probe_;
};

Vocabulary vocabulary_of(const std::string& prefix, std::vector<model::Uuid> topic_ids) {
  Vocabulary vocabulary{.names = common_names(),
                        .topics = topic_names(prefix),
                        .groups = {prefix + "group", prefix + "another-group"},
                        .topic_ids = std::move(topic_ids)};
  // Of a group protocol.
  for (const char* const name : {"consumer", "range", "classic", "uniform"})
    vocabulary.names.emplace_back(name);
  return vocabulary;
}

// Of two topics, whatever the broker makes of them: a seed draws the same.
std::vector<model::Uuid> ids_of_topics(const RunOptions& options) {
  auto made = make_topics(options.client, options.limits.topic_prefix);
  if (!made) cli::complain("no topics could be made: " + made.error().detail);
  auto ids = made ? std::move(*made) : std::vector<model::Uuid>{};
  ids.resize(2);
  return ids;
}

void delete_topics_unless_crashed(const RunOptions& options, const Report& report) {
  const bool crashed = std::ranges::any_of(report.findings, [](const Finding& finding) {
    return finding.verdict.fault == Fault::crash;
  });
  if (crashed) return cli::complain("the topics are left: the broker does not answer");
  const auto deleted = delete_topics(options.client, options.limits.topic_prefix);
  if (!deleted) cli::complain("the topics are left: " + deleted.error().detail);
}

}  // namespace

model::Result<Report> run(const RunOptions& options) {
  const auto addresses = cli::parse_bootstrap(options.client.bootstrap);
  if (!addresses) return model::fail(addresses.error());
  const cli::Address& address = addresses->front();
  auto connection = cli::BrokerConnection::open(address, options.client.timeout, "gregor-fuzz");
  if (!connection) return model::fail(connection.error());
  const auto endpoint = look_up(address);
  if (!endpoint) return model::fail(endpoint.error());
  const Served served(connection->served());
  const Traffic traffic(options.seed, served, options.limits,
                        vocabulary_of(options.limits.topic_prefix, ids_of_topics(options)));
  Report report = Run(options, *endpoint, served, traffic).perform();
  report.broker = fmt::format("{}:{}", address.host, address.port);
  delete_topics_unless_crashed(options, report);
  return report;
}

}  // namespace gregor::fuzz::wire
