// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/node.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>
#include <utility>

#include "base/units.h"
#include "broker/shard.h"
#include "log/sync_job.h"
#include "server/clock.h"
#include "server/embedded_coordination.h"
#include "server/zookeeper_client.h"

namespace gregor::server {
namespace {

using namespace base;
using broker::Severity;
using broker::ShardId;
using model::Result;

constexpr std::size_t sync_threads_max = 4;
constexpr std::int64_t stop_deadline_ms = 30'000;

// queued.max.request.bytes, or what stands for its default (no limit).
constexpr std::uint64_t budget_default = 256_MiB;

// Never less than the largest request takes, or that could never arrive.
std::uint64_t budget_of(const model::BrokerSettings& settings) {
  const auto largest = static_cast<std::uint64_t>(settings.socket_request_max_bytes);
  const std::uint64_t wanted = settings.queued_max_request_bytes > 0
                                   ? static_cast<std::uint64_t>(settings.queued_max_request_bytes)
                                   : std::max<std::uint64_t>(budget_default, 2 * largest);
  return std::max(wanted, largest);
}

std::uint32_t shards_of(const model::BrokerSettings& settings) {
  if (settings.gregor_shards > 0) return static_cast<std::uint32_t>(settings.gregor_shards);
  // On few processors a second shard would only take them from the clients.
  const unsigned processors = std::thread::hardware_concurrency();
  return processors <= 4 ? 1 : processors / 2;
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  // Never fails or falls short for so few bytes once the system is up.
  static_cast<void>(::getrandom(&seed, sizeof(seed), 0));
  return seed;
}

std::string to_text(const model::Listener& listener) {
  return fmt::format("{}://{}:{}", listener.name, listener.host, listener.port);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == 0) return "localhost";
  return name.data();
}

}  // namespace

Result<std::unique_ptr<Node>> Node::open(model::BrokerSettings settings, LogSink log,
                                         std::unique_ptr<TraceFile> trace) {
  std::unique_ptr<Node> node(new Node(std::move(settings), std::move(log), std::move(trace)));
  if (auto done = node->bind_listeners(); !done) return model::fail(done.error());
  if (auto done = node->open_folders(); !done) return model::fail(done.error());
  if (auto done = node->open_coordination(); !done) return model::fail(done.error());
  node->make_shards();
  return node;
}

Node::Node(model::BrokerSettings settings, LogSink log, std::unique_ptr<TraceFile> trace)
    : settings_(std::move(settings)),
      log_(std::move(log)),
      trace_(std::move(trace)),
      stop_deadline_(loop_,
                     [this] {
                       end(model::fail(model::ErrorCode::request_timed_out,
                                       "the shards did not stop in time"));
                     }),
      budget_(budget_of(settings_)),
      quota_(settings_),
      workers_(sync_threads_max) {}

Node::~Node() {
  acceptors_.clear();
  for (const auto& shard : shards_) shard->stop();
  coordination_.reset();
}

// --- putting it together ---

Result<> Node::bind_listeners() {
  for (model::Listener& listener : settings_.listeners) {
    if (listener.protocol != model::SecurityProtocol::plaintext)
      return model::fail(model::ErrorCode::invalid_config,
                         fmt::format("listener {}: only PLAINTEXT is there yet", listener.name));
    auto bound = bind_listener(listener, settings_);
    if (!bound) return model::fail(bound.error());
    listener.port = bound->listener.port;
    bound_.push_back(std::move(*bound));
  }
  for (model::Listener& advertised : settings_.advertised_listeners) {
    const auto own =
        std::ranges::find(settings_.listeners, advertised.name, &model::Listener::name);
    if (advertised.port == 0 && own != settings_.listeners.end()) advertised.port = own->port;
    if (advertised.host.empty()) advertised.host = host_name();
  }
  return {};
}

Result<> Node::open_folders() {
  for (const std::string& folder : settings_.log_dirs) {
    if (auto made = create_folders(disk_, folder); !made) return made;
    auto lock = FolderLock::acquire(folder);
    if (!lock) return model::fail(lock.error());
    locks_.push_back(std::move(*lock));
  }
  return {};
}

Result<> Node::open_coordination() {
  if (settings_.zookeeper_connect) return open_zookeeper(*settings_.zookeeper_connect);
  auto store = broker::CoordinationStore::open(disk_, settings_.log_dirs.front(), now().wall);
  if (!store) return model::fail(store.error());
  coordination_ = std::make_unique<EmbeddedCoordination>(
      std::move(*store), [this](CoordinationEvent event) { deliver(std::move(event)); },
      [this](const std::string& why) { failed(why); });
  return {};
}

Result<> Node::open_zookeeper(const std::string& connect) {
  auto address = parse_zookeeper_address(connect);
  if (!address) return model::fail(address.error());
  auto client = ZooKeeperClient::connect(
      {.address = std::move(*address),
       .session_timeout_ms = settings_.zookeeper_session_timeout_ms,
       .connection_timeout_ms = settings_.zookeeper_connection_timeout_ms,
       .in_flight_max = static_cast<std::size_t>(settings_.zookeeper_max_in_flight_requests)},
      [this](CoordinationEvent event) { deliver(std::move(event)); },
      [this](Severity severity, std::string_view text) { log_(severity, text); });
  if (!client) return model::fail(client.error());
  coordination_ = std::move(*client);
  return {};
}

namespace {

// The kernel's, where it tells.
std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string out;
  std::getline(file, out);
  return out;
}

}  // namespace

void Node::make_shards() {
  const std::uint32_t count = shards_of(settings_);
  std::optional<std::uint64_t> traced_as;
  if (trace_) traced_as = static_cast<std::uint64_t>(now().wall.value());
  for (std::uint32_t i = 0; i < count; ++i) {
    const ShardId id(i);
    auto shard = std::make_shared<broker::Shard>(broker::ShardContext{
        id, count, &settings_, &disk_, boot_id(), random_seed(), log_.least(), traced_as});
    auto step = [shard, this](model::Now at, broker::Event event, broker::Effects& out) {
      shard->step(at, std::move(event), out);
      if (const auto least = std::exchange(out.log_at_least, std::nullopt)) log_.set_least(*least);
    };
    shards_.push_back(std::make_unique<ShardThread>(id, step, settings_, budget_,
                                                    static_cast<ShardHost&>(*this)));
  }
}

// A trace with a gap proves nothing, and a broker without one serves on.
void Node::trace(std::string_view lines) {
  if (trace_failed_) return;
  if (const auto written = trace_->write(lines); !written && !trace_failed_.exchange(true))
    log_(Severity::error, "the trace ends here: " + written.error().detail);
}

// --- starting and stopping, on the thread that runs ---

Result<> Node::run(const std::function<void(const Node&)>& ready) {
  on_ready_ = ready;
  for (const auto& shard : shards_) shard->start();
  coordination_->start();
  loop_.run();
  acceptors_.clear();
  for (const auto& shard : shards_) shard->stop();
  const bool in_good_order = ended_ && *ended_ && stopping_;
  if (!in_good_order) return ended_.value_or(Result<>{});
  if (auto closed = coordination_->close(); !closed) return closed;
  log_(Severity::info, "stopped in good order");
  return {};
}

void Node::let_clients_in() {
  const int descriptors_max = descriptors_for_clients();
  for (BoundListener& bound : bound_) {
    auto acceptor = Acceptor::listen(loop_, std::move(bound), settings_.socket_listen_backlog_size,
                                     descriptors_max, quota_, *this);
    if (!acceptor) return end(model::fail(acceptor.error()));
    acceptors_.push_back(std::move(*acceptor));
  }
  bound_.clear();
  for (const model::Listener& listener : settings_.listeners)
    log_(Severity::info, fmt::format("serving on {}", to_text(listener)));
  log_(Severity::info,
       fmt::format("{} shards; data in {}", shards_.size(), fmt::join(settings_.log_dirs, ", ")));
  on_ready_(*this);
}

void Node::stop() {
  loop_.post([this] { begin_stop(); });
}

void Node::abandon() { loop_.stop(); }

void Node::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  acceptors_.clear();
  bound_.clear();
  for (const auto& shard : shards_) shard->deliver(broker::StopRequested{});
  stop_deadline_.set(monotonic_now() + stop_deadline_ms);
}

void Node::end(Result<> result) {
  if (ended_) return;
  ended_ = std::move(result);
  loop_.stop();
}

// --- what shards, the coordination service and acceptors ask for, on their threads ---

void Node::deliver(CoordinationEvent event) {
  ShardThread& shard = *shards_.at(broker::controller_shard.value());
  if (const auto* opened = std::get_if<SessionOpened>(&event))
    shard.deliver(broker::CoordinationConnected{opened->session});
  else if (std::holds_alternative<coordination::ConnectionRestored>(event))
    shard.deliver(broker::CoordinationRestored{});
  else if (auto* reply = std::get_if<coordination::Reply>(&event))
    shard.deliver(broker::CoordinationReplied{std::move(*reply)});
  else
    shard.deliver(
        broker::CoordinationWatchFired{std::move(std::get<coordination::WatchFired>(event))});
}

void Node::send(ShardId from, broker::Outgoing outgoing) {
  shards_.at(outgoing.to.value())
      ->deliver(broker::MessageArrived{from, std::move(outgoing.message)});
}

void Node::coordinate(std::vector<coordination::Request> requests) {
  coordination_->submit(std::move(requests));
}

void Node::sync(ShardId from, broker::SyncJob job) {
  workers_.submit([this, from, job = std::move(job)] {
    shards_.at(from.value())->deliver(broker::Synced{job.id, log::run(disk_, job.job)});
  });
}

void Node::connection_closed(const std::string& address) { quota_.release(address); }

void Node::log(Severity severity, std::string_view text) { log_(severity, text); }

void Node::reached(ShardId, Milestone milestone) {
  loop_.post([this, milestone] {
    if (milestone == Milestone::ready && ++shards_ready_ == shards_.size() && !stopping_)
      let_clients_in();
    if (milestone == Milestone::stopped && ++shards_stopped_ == shards_.size()) end({});
  });
}

void Node::failed(const std::string& why) {
  loop_.post([this, why] { end(model::fail(model::ErrorCode::unknown_server_error, why)); });
}

broker::ConnectionId Node::next_connection_id() { return broker::ConnectionId(++connections_); }

void Node::accepted(Accepted connection) {
  shards_[connection.id.value() % shards_.size()]->adopt(std::move(connection));
}

}  // namespace gregor::server
