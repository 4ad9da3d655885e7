// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/zookeeper_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "coordination/path.h"

namespace gregor::server {

using coordination::Multi;
using coordination::Status;
using std::chrono::steady_clock;

namespace {

using Content = decltype(coordination::Reply::content);

constexpr std::chrono::milliseconds resolve_again{1'000};
constexpr std::chrono::milliseconds farewell{5'000};

// A check that fails wherever it is made: "/" is there, and never was written so often.
const coordination::Check impossible_check{"/", std::numeric_limits<std::int32_t>::max()};

bool is_sequential(coordination::CreateMode mode) {
  return mode == coordination::CreateMode::persistent_sequential ||
         mode == coordination::CreateMode::ephemeral_sequential;
}

bool is_possible(const coordination::Change& change) {
  if (const auto* create = std::get_if<coordination::Create>(&change))
    return coordination::is_valid_path(is_sequential(create->mode) ? create->path + "1"
                                                                   : create->path);
  if (const auto* remove = std::get_if<coordination::Remove>(&change))
    return remove->path != "/" && coordination::is_valid_path(remove->path);
  return std::visit([](const auto& one) { return coordination::is_valid_path(one.path); }, change);
}

const std::string& path_of(const coordination::Operation& operation) {
  static const std::string none;
  if (const auto* get = std::get_if<coordination::GetData>(&operation)) return get->path;
  if (const auto* get = std::get_if<coordination::GetChildren>(&operation)) return get->path;
  return none;
}

// When and as what number a multi was committed, from the Stat of something that it wrote.
struct Commit {
  coordination::Zxid zxid;
  std::int64_t time = 0;
};

std::optional<Commit> commit_of(const Multi& multi, const coordination::MultiReply& reply) {
  for (std::size_t at = 0; at < multi.changes.size(); ++at)
    if (std::holds_alternative<coordination::SetData>(multi.changes[at]))
      return Commit{reply.results.at(at).stat.mzxid, reply.results.at(at).stat.mtime};
  return std::nullopt;
}

// Something that the multi created and did not remove again; "" when there is nothing.
std::string survivor_of(const Multi& multi, const coordination::MultiReply& reply) {
  std::string out;
  for (std::size_t at = 0; at < multi.changes.size(); ++at) {
    if (std::holds_alternative<coordination::Create>(multi.changes[at]))
      out = reply.results.at(at).path;
    const auto* remove = std::get_if<coordination::Remove>(&multi.changes[at]);
    if (remove != nullptr && remove->path == out) out.clear();
  }
  return out;
}

// Whatever was created looked so right afterwards.
void fill_stats(const Multi& multi, coordination::MultiReply& reply, const Commit& commit,
                coordination::SessionId session) {
  for (std::size_t at = 0; at < multi.changes.size(); ++at) {
    const auto* create = std::get_if<coordination::Create>(&multi.changes[at]);
    if (create == nullptr) continue;
    const bool ephemeral = create->mode == coordination::CreateMode::ephemeral ||
                           create->mode == coordination::CreateMode::ephemeral_sequential;
    reply.results.at(at).stat = {.czxid = commit.zxid,
                                 .mzxid = commit.zxid,
                                 .pzxid = commit.zxid,
                                 .ctime = commit.time,
                                 .mtime = commit.time,
                                 .version = 0,
                                 .cversion = 0,
                                 .ephemeral_owner = ephemeral ? session : coordination::SessionId{},
                                 .children = 0};
  }
}

bool creates(const Multi& multi) {
  return std::ranges::any_of(multi.changes, [](const auto& change) {
    return std::holds_alternative<coordination::Create>(change);
  });
}

}  // namespace

// --- from outside ---

model::Result<std::unique_ptr<ZooKeeperClient>> ZooKeeperClient::connect(ZooKeeperSettings settings,
                                                                         Deliver deliver, Log log) {
  std::unique_ptr<ZooKeeperClient> client(
      new ZooKeeperClient(std::move(settings), std::move(deliver), std::move(log)));
  const auto deadline =
      steady_clock::now() + std::chrono::milliseconds(client->settings_.connection_timeout_ms);
  client->open_handle();
  while (!client->connected_) {
    if (steady_clock::now() >= deadline || !client->handle_->good())
      return model::fail(
          model::ErrorCode::broker_not_available,
          fmt::format("ZooKeeper at {} could not be reached", client->settings_.address.hosts));
    for (Letter& letter : client->take(deadline))
      std::visit([&](auto& one) { client->on(std::move(one)); }, letter);
  }
  return client;
}

ZooKeeperClient::ZooKeeperClient(ZooKeeperSettings settings, Deliver deliver, Log log)
    : settings_(std::move(settings)), deliver_(std::move(deliver)), log_(std::move(log)) {}

ZooKeeperClient::~ZooKeeperClient() {
  if (thread_.joinable()) static_cast<void>(close());
  handle_.reset();
}

void ZooKeeperClient::start() {
  started_ = true;
  thread_ = std::thread([this] { serve(); });
}

void ZooKeeperClient::submit(std::vector<coordination::Request> requests) {
  post(Submitted{std::move(requests)});
}

model::Result<> ZooKeeperClient::close() {
  post(Close{});
  if (thread_.joinable()) thread_.join();
  return {};
}

// --- the thread ---

void ZooKeeperClient::post(Letter letter) {
  {
    const std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
  }
  changed_.notify_one();
}

std::vector<ZooKeeperClient::Letter> ZooKeeperClient::take(
    std::optional<steady_clock::time_point> until) {
  std::unique_lock lock(mutex_);
  const auto something = [this] { return !letters_.empty(); };
  if (until)
    changed_.wait_until(lock, *until, something);
  else
    changed_.wait(lock, something);
  return std::exchange(letters_, {});
}

void ZooKeeperClient::serve() {
  deliver_finished();
  std::optional<steady_clock::time_point> end;
  for (;;) {
    if (closing_ && !end) end = steady_clock::now() + farewell;
    const bool all_done = queued_.empty() && slots_.empty();
    if (closing_ && (all_done || !connected_ || steady_clock::now() >= *end)) break;
    const bool useless = !handle_->good();
    auto letters = take(useless ? steady_clock::now() + resolve_again : end);
    for (Letter& letter : letters) std::visit([this](auto& one) { on(std::move(one)); }, letter);
    if (expired_ || useless) open_handle();
    send_more();
    deliver_finished();
  }
  handle_.reset();
}

void ZooKeeperClient::on(Submitted letter) {
  queued_.insert(queued_.end(), std::make_move_iterator(letter.requests.begin()),
                 std::make_move_iterator(letter.requests.end()));
}

void ZooKeeperClient::on(Close) { closing_ = true; }

void ZooKeeperClient::on(FromHandle letter) {
  if (letter.generation != generation_) return;  // of a session that is over
  std::visit([this](auto& news) { on(news); }, letter.news);
}

// Not from inside of one of its callbacks: the library waits for them.
void ZooKeeperClient::open_handle() {
  handle_.reset();
  expired_ = connected_ = false;
  const std::uint64_t generation = ++generation_;
  handle_ = std::make_unique<ZooKeeperHandle>(
      settings_.address, settings_.session_timeout_ms,
      [this, generation](HandleNews news) { post(FromHandle{generation, std::move(news)}); });
}

void ZooKeeperClient::on(const ConnectionChanged& changed) {
  switch (changed.state) {
    case ConnectionState::connected:
      connected_ = true;
      restored_ = changed.session == told_session_;
      session_ = changed.session;
      handle_->make_chroot();
      log_(broker::Severity::info,
           fmt::format("connected to ZooKeeper, session 0x{:x}", session_.value()));
      return;
    case ConnectionState::connecting:
      if (connected_)
        log_(broker::Severity::warning, "the connection to ZooKeeper was lost; connecting again");
      connected_ = false;
      return;
    case ConnectionState::expired:
      log_(broker::Severity::warning,
           fmt::format("ZooKeeper has ended session 0x{:x}; opening another", session_.value()));
      expired_ = true;
      connected_ = false;
      first_slot_ += slots_.size();
      slots_.clear();
      queued_.clear();
      in_flight_ = 0;
  }
}

// Its place is before the first reply that is still to come.
void ZooKeeperClient::on(coordination::WatchFired& fired) {
  for (Slot& slot : slots_) {
    const auto* get = std::get_if<coordination::GetData>(&slot.request.operation);
    const bool between = slot.is_request && get != nullptr && get->watch &&
                         get->path == fired.path && slot.look && !slot.done;
    if (!between || fired.kind == coordination::WatchKind::children_changed) continue;
    slot.again = true;
    return;
  }
  auto place = std::ranges::find_if(slots_, [](const Slot& slot) { return !slot.done; });
  if (place == slots_.end()) {
    Slot slot;
    slot.done = true;
    slot.is_request = false;
    slots_.push_back(std::move(slot));
    place = slots_.end() - 1;
  }
  place->before.push_back(std::move(fired));
}

void ZooKeeperClient::on(CallDone& done) {
  if (done.call < first_slot_) return;
  Slot& slot = slots_.at(static_cast<std::size_t>(done.call - first_slot_));
  if (slot.done) return;
  --slot.outstanding;
  if (std::holds_alternative<Multi>(slot.request.operation))
    return finish_multi(done.call, slot, done);
  const auto* get = std::get_if<coordination::GetData>(&slot.request.operation);
  if (get != nullptr && get->watch && !slot.look) {
    slot.look = done.status;
    return;
  }
  if (slot.look == Status::connection_loss) return finish(slot, *slot.look, {});
  if (slot.again && done.status != Status::connection_loss) return begin(done.call, slot);
  finish(slot, done.status, std::move(done.content));
}

// --- requests ---

void ZooKeeperClient::send_more() {
  while (connected_ && !queued_.empty() && (closing_ || in_flight_ < settings_.in_flight_max)) {
    Slot slot;
    slot.request = std::move(queued_.front());
    queued_.pop_front();
    slot.reply.id = slot.request.id;
    slots_.push_back(std::move(slot));
    ++in_flight_;
    begin(first_slot_ + slots_.size() - 1, slots_.back());
  }
}

void ZooKeeperClient::begin(CallNumber number, Slot& slot) {
  slot.again = false;
  slot.look.reset();
  if (const auto* multi = std::get_if<Multi>(&slot.request.operation))
    return begin(number, slot, *multi);
  if (!coordination::is_valid_path(path_of(slot.request.operation)))
    return finish(slot, Status::bad_arguments, {});
  ++slot.outstanding;
  if (const auto* list = std::get_if<coordination::GetChildren>(&slot.request.operation))
    return handle_->children(number, list->path, list->watch);
  const auto& get = std::get<coordination::GetData>(slot.request.operation);
  if (get.watch) {
    ++slot.outstanding;
    handle_->exists(number, get.path, true);
  }
  handle_->get(number, get.path);
}

void ZooKeeperClient::begin(CallNumber number, Slot& slot, const Multi& multi) {
  const auto bad = std::ranges::find_if_not(multi.changes, is_possible);
  ++slot.outstanding;
  if (bad != multi.changes.end()) {
    slot.impossible = static_cast<std::size_t>(bad - multi.changes.begin());
    Multi sent{{multi.changes.begin(), bad}};
    sent.changes.emplace_back(impossible_check);
    return handle_->multi(number, sent);
  }
  const auto* create = multi.changes.size() == 1
                           ? std::get_if<coordination::Create>(&multi.changes.front())
                           : nullptr;
  if (create != nullptr) return handle_->create(number, *create);
  if (multi.changes.empty()) return finish(slot, Status::ok, coordination::MultiReply{});
  handle_->multi(number, multi);
}

void ZooKeeperClient::finish_multi(CallNumber number, Slot& slot, CallDone& done) {
  const Multi& multi = std::get<Multi>(slot.request.operation);
  if (slot.look) {  // at what was created
    const auto* found = std::get_if<coordination::DataReply>(&done.content);
    // Gone already, or the connection is: what it was cannot be told any more.
    if (found == nullptr) return finish(slot, Status::connection_loss, {});
    auto reply = std::get<coordination::MultiReply>(std::move(slot.reply.content));
    fill_stats(multi, reply, {found->stat.czxid, found->stat.ctime}, session_);
    return finish(slot, Status::ok, std::move(reply));
  }
  auto* reply = std::get_if<coordination::MultiReply>(&done.content);
  if (reply != nullptr && slot.impossible) {
    auto& results = reply->results;
    if (results.at(*slot.impossible).status == Status::bad_version)
      done.status = results.at(*slot.impossible).status = Status::bad_arguments;
    results.resize(multi.changes.size(),
                   {.status = Status::runtime_inconsistency, .path = {}, .stat = {}});
  }
  if (done.status != Status::ok || multi.changes.size() == 1 || !creates(multi))
    return finish(slot, done.status, std::move(done.content));
  ASSERT(reply != nullptr);
  if (const auto commit = commit_of(multi, *reply)) {
    fill_stats(multi, *reply, *commit, session_);
    return finish(slot, Status::ok, std::move(done.content));
  }
  const std::string made = survivor_of(multi, *reply);
  if (made.empty()) return finish(slot, Status::ok, std::move(done.content));
  slot.reply.content = std::move(done.content);
  slot.look = Status::ok;
  ++slot.outstanding;
  handle_->exists(number, made, false);
}

void ZooKeeperClient::finish(Slot& slot, Status status, Content content) {
  slot.reply.status = status;
  slot.reply.content = std::move(content);
  slot.done = true;
  --in_flight_;
}

// What was lost is told when there is a connection again.
void ZooKeeperClient::deliver_finished() {
  if (!started_) return;
  if (connected_ && session_ != told_session_) {
    told_session_ = session_;
    deliver_(SessionOpened{session_});
  }
  if (connected_ && std::exchange(restored_, false)) deliver_(coordination::ConnectionRestored{});
  while (!slots_.empty()) {
    Slot& slot = slots_.front();
    for (coordination::WatchFired& fired : std::exchange(slot.before, {}))
      deliver_(std::move(fired));
    const bool lost = slot.is_request && slot.reply.status == Status::connection_loss;
    if (!slot.done || (lost && !connected_)) return;
    if (slot.is_request) deliver_(std::move(slot.reply));
    slots_.pop_front();
    ++first_slot_;
  }
}

}  // namespace gregor::server
