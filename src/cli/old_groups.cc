// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/old_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>

#include "server/zookeeper_client.h"

namespace gregor::cli {
namespace {

using model::ErrorCode;
using model::Result;

using Names = std::vector<std::string>;

// A session that is asked one thing at a time.
class ZooKeeperReader {
 public:
  static Result<std::unique_ptr<ZooKeeperReader>> open(const std::string& connect,
                                                       std::chrono::milliseconds timeout) {
    auto address = server::parse_zookeeper_address(connect);
    if (!address) return model::fail(std::move(address.error()));
    std::unique_ptr<ZooKeeperReader> reader(new ZooKeeperReader(timeout));
    auto client = server::ZooKeeperClient::connect(
        {.address = std::move(*address),
         .connection_timeout_ms = static_cast<int>(timeout.count())},
        [self = reader.get()](server::CoordinationEvent event) { self->hear(std::move(event)); },
        [](broker::Severity, std::string_view) {});
    if (!client) return model::fail(std::move(client.error()));
    reader->client_ = std::move(*client);
    reader->client_->start();
    return reader;
  }

  Result<std::optional<Names>> children(const std::string& path) {
    const coordination::RequestId id(++last_);
    client_->submit({{id, coordination::GetChildren{path}}});
    std::unique_lock lock(mutex_);
    const bool told = heard_.wait_for(lock, timeout_, [&] { return reply_ && reply_->id == id; });
    if (!told) return model::fail(ErrorCode::request_timed_out, "ZooKeeper does not answer");
    if (reply_->status == coordination::Status::no_node) return std::nullopt;
    if (reply_->status != coordination::Status::ok)
      return model::fail(ErrorCode::network_exception, "ZooKeeper cannot tell of " + path);
    return std::get<coordination::ChildrenReply>(reply_->content).names;
  }

 private:
  explicit ZooKeeperReader(std::chrono::milliseconds timeout) : timeout_(timeout) {}

  void hear(server::CoordinationEvent event) {
    auto* const reply = std::get_if<coordination::Reply>(&event);
    if (reply == nullptr) return;
    const std::scoped_lock lock(mutex_);
    reply_ = std::move(*reply);
    heard_.notify_one();
  }

  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable heard_;
  std::optional<coordination::Reply> reply_;
  std::uint64_t last_ = 0;
  std::unique_ptr<server::ZooKeeperClient> client_;  // ends first
};

}  // namespace

Result<std::vector<OldGroup>> old_groups(const ListChildren& children) {
  const auto names = children("/consumers");
  if (!names) return model::fail(names.error());
  std::vector<OldGroup> groups;
  for (const std::string& name : names->value_or(Names{})) {
    const std::string root = "/consumers/" + name;
    auto ids = children(root + "/ids");
    auto owners = children(root + "/owners");
    auto offsets = children(root + "/offsets");
    for (const auto* part : {&ids, &owners, &offsets})
      if (!*part) return model::fail(part->error());
    if (!*ids && !*owners && !*offsets) continue;
    OldGroup group{.name = name, .members = ids->value_or(Names{}), .topics = {}};
    std::set<std::string> topics;
    for (const auto* part : {&owners, &offsets})
      for (const std::string& topic : (*part)->value_or(Names{})) topics.insert(topic);
    for (const std::string& topic : (*owners).value_or(Names{})) {
      const auto partitions = children(fmt::format("{}/owners/{}", root, topic));
      if (!partitions) return model::fail(partitions.error());
      group.owned_partitions += partitions->value_or(Names{}).size();
    }
    group.topics.assign(topics.begin(), topics.end());
    groups.push_back(std::move(group));
  }
  std::ranges::sort(groups, {}, &OldGroup::name);
  return groups;
}

Result<std::vector<OldGroup>> old_groups_in(const std::string& connect,
                                            std::chrono::milliseconds timeout) {
  auto reader = ZooKeeperReader::open(connect, timeout);
  if (!reader) return model::fail(std::move(reader.error()));
  auto groups = old_groups([&](const std::string& path) { return (*reader)->children(path); });
  return groups;
}

}  // namespace gregor::cli
