// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Random users, faults and messages against the replicas of one partition: messages are lost,
// repeated and overtake each other, brokers crash and keep what was flushed, disks are replaced,
// sessions expire under living brokers, leaders are moved, old announcements arrive late. After
// every step the properties of world_properties.h hold; when the faults end everybody is in sync
// again, with one log, and every producer has its answer.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <iterator>
#include <ostream>

#include "replication/world_properties.h"

namespace gregor::replication {
namespace {

using test::Broker;
using test::World;

// clang-format off
enum class What {
  produce_all, produce_one, deliver, deliver_copy, lose, tell_newest, tell_old, pass, flush, remove,
  crash, replace_disk, expire, enlist, move
};
// clang-format on

struct Happening {
  What what = What::deliver;
  int broker = 1;
  std::size_t index = 0;
  std::int64_t amount = 0;
};
std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << "{" << static_cast<int>(h.what) << " broker " << h.broker << " index " << h.index
             << " amount " << h.amount << "}";
}

rc::Gen<Happening> a_happening(int brokers) {
  using rc::gen::inRange;
  return rc::gen::build<Happening>(
      rc::gen::set(&Happening::what, rc::gen::weightedElement<What>({{10, What::produce_all},
                                                                     {3, What::produce_one},
                                                                     {60, What::deliver},
                                                                     {3, What::deliver_copy},
                                                                     {4, What::lose},
                                                                     {10, What::tell_newest},
                                                                     {3, What::tell_old},
                                                                     {6, What::pass},
                                                                     {8, What::flush},
                                                                     {1, What::remove},
                                                                     {2, What::crash},
                                                                     {1, What::replace_disk},
                                                                     {2, What::expire},
                                                                     {6, What::enlist},
                                                                     {3, What::move}})),
      rc::gen::set(&Happening::broker, inRange(1, brokers + 1)),
      rc::gen::set(&Happening::index, inRange<std::size_t>(0, 1000)),
      rc::gen::set(&Happening::amount, inRange<std::int64_t>(0, 1000)));
}

class Run {
 public:
  explicit Run(const test::WorldOptions& options) : world_(options) { world_.tell_all(); }

  void step(const Happening& h) {
    happen(h);
    world_.controller.elect_if_possible();
    check();
  }

  // No more faults. Whoever is lost is back, everybody hears everything.
  void finish() {
    for (auto& [id, broker] : world_.brokers) {
      if (!broker.replica) world_.controller.expire(id);
      if (!world_.controller.is_registered(id)) world_.enlist(id);
      world_.controller.elect_if_possible();
    }
    for (int round = 0; round < 6; ++round) {
      settle();
      for (const auto& [id, broker] : world_.brokers) world_.produce(id, true);
    }
    settle();
    check();
    const bool nobody_may_lead = world_.controller.leader() == model::no_broker;
    if (nobody_may_lead) return;  // all were lost
    RC_ASSERT(world_.controller.isr().size() == world_.brokers.size());
    const Broker& leader = world_.brokers.at(world_.controller.leader());
    for (const auto& [id, broker] : world_.brokers) {
      RC_ASSERT(broker.log.end() == leader.log.end());
      RC_ASSERT(broker.replica->state().high_watermark == leader.log.end());
      RC_ASSERT(broker.waiting.empty());
    }
    RC_ASSERT(world_.acknowledged.contains(world_.last_id));
  }

 private:
  void happen(const Happening& h) {
    const BrokerId id(h.broker);
    Broker& broker = world_.brokers.at(id);
    switch (h.what) {
      case What::produce_all:
      case What::produce_one:
        if (broker.replica) world_.produce(id, h.what == What::produce_all);
        break;
      case What::deliver:
        if (!world_.network.empty()) world_.deliver(h.index % world_.network.size());
        break;
      case What::deliver_copy:
        if (!world_.network.empty()) deliver_copy(h.index % world_.network.size());
        break;
      case What::lose:
        if (!world_.network.empty()) world_.lose(h.index % world_.network.size());
        break;
      case What::tell_newest:
        tell(id, 0);
        break;
      case What::tell_old:
        tell(id, h.index % 4);
        break;
      case What::pass:
        world_.pass(h.amount);
        break;
      case What::flush:
        if (broker.replica) world_.flush(id);
        break;
      case What::remove:
        if (broker.replica) world_.delete_before(id, Offset(h.amount % 8));
        break;
      default:
        fail(h, id, broker);
    }
  }

  void fail(const Happening& h, BrokerId id, Broker& broker) {
    const bool registered = world_.controller.is_registered(id);
    switch (h.what) {
      case What::crash:
        if (broker.replica) crash(id, broker, h);
        break;
      case What::replace_disk:
        if (broker.replica && h.amount < 300) world_.replace_disk(id);
        break;
      case What::expire:
        if (registered) world_.controller.expire(id);
        break;
      case What::enlist:
        if (!broker.replica && registered) world_.controller.expire(id);
        if (!world_.controller.is_registered(id)) world_.enlist(id);
        break;
      case What::move:
        world_.controller.move(id);
        break;
      default:
        break;
    }
  }

  void crash(BrokerId id, const Broker& broker, const Happening& h) {
    const std::int64_t unflushed = broker.log.end() - broker.log.durable();
    world_.crash(id, broker.log.durable() + h.amount % (unflushed + 1), h.index % 2 == 0);
  }
  // A request that arrives twice; what was answered is answered once.
  void deliver_copy(std::size_t index) {
    const auto* const fetch = std::get_if<test::Fetch>(&world_.network[index].message);
    if (fetch == nullptr || !fetch->response) world_.deliver_copy(index);
  }
  void tell(BrokerId id, std::size_t age) {
    const auto& announced = world_.controller.announced();
    for (auto one = announced.rbegin(); one != announced.rend(); ++one) {
      if (one->to != id || age-- > 0) continue;
      world_.tell(*one);
      return;
    }
  }

  // Everything arrives, in order, for a while; nothing of it is older than a second.
  void settle() {
    for (int round = 0; round < 30; ++round) {
      world_.tell_all();
      for (const auto& [id, broker] : world_.brokers) world_.flush(id);
      for (std::size_t left = world_.network.size(); left > 0; --left) world_.deliver(0);
      world_.pass(100);
    }
  }
  void check() {
    const auto broken = test::broken_property(world_);
    if (!broken) return;
    std::string story = *broken + "\n";
    for (const std::string& line : world_.story) story += line + "\n";
    RC_FAIL(story + world_.text());
  }

  World world_;
};

void run(const test::WorldOptions& options) {
  const auto happenings =
      *rc::gen::scale(4, rc::gen::container<std::vector<Happening>>(a_happening(options.brokers)));
  Run one(options);
  for (const Happening& happening : happenings) one.step(happening);
  one.finish();
}

RC_GTEST_PROP(ReplicationModel, ThreeReplicasKeepTheirPromisesUnderFaults, ()) {
  run({.brokers = 3, .min_in_sync = 2});
}
RC_GTEST_PROP(ReplicationModel, TwoReplicasThatFlushKeepTheirPromisesUnderFaults, ()) {
  run({.brokers = 2, .min_in_sync = 2, .flush_first = true});
}
RC_GTEST_PROP(ReplicationModel, FiveReplicasKeepTheirPromisesUnderFaults, ()) {
  run({.brokers = 5, .min_in_sync = 3});
}
RC_GTEST_PROP(ReplicationModel, ThreeReplicasWithoutMinimumKeepTheirPromisesUnderFaults, ()) {
  run({.brokers = 3, .min_in_sync = 1});
}

}  // namespace
}  // namespace gregor::replication
