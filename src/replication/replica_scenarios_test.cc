// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Replicas of one partition as text scenarios (testdata/scenarios). B, F are broker ids. Commands:
//   start [brokers=N] [min=N] [lag=MS] [flush] [unchecked]
//                        all follow 1, which leads; the properties of world_properties.h are
//                        checked after every command, unless the scenario is about losing records
//   produce B [one]      a record, with acks=all or acks=1
//   fetch F [request|response]   the newest fetch of F goes both ways, or one
//   repeat-fetch F       its request arrives, and will once more
//   late F               the oldest fetch on the network that F sent arrives
//   flow                 everything arrives until nothing moves any more
//   tell B [N]           the newest announcement of the controller, or the N-th before it
//   tell-all | announce   all hear the newest; the controller says its state once more
//   alter B | answer B | lose-answer B      an AlterPartition request, its answer
//   repeat-alter B       the request arrives, and will once more
//   expire B | enlist B [incomplete] | crash B [keep=N] [hw=lost] | disk B
//   move B | elect B [unclean]
//   time MS | flush B | delete B OFFSET
//   end B                what B answers to ListOffsets
//   low B                its low watermark
//   rack B OFFSET BROKER…   where consumers are sent that have these brokers in their rack
//   read B EPOCH         up to where a consumer that knows this leader epoch may read at B
//   state

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/ranges.h"
#include "replication/world_properties.h"
#include "scenarios/scenario.h"

namespace gregor::replication {
namespace {

using test::Alteration;
using test::Fetch;
using test::World;
using Words = std::vector<std::string>;

class ScenarioWorld {
 public:
  std::string run(const Words& words) {
    words_ = words;
    if (words[0] == "start")
      start();
    else
      act(words[0]);
    std::string out;
    for (const std::string& line : std::exchange(world_->story, {})) out += line + "\n";
    out += std::exchange(said_, {});
    if (checked_)
      if (const auto broken = test::broken_property(*world_)) out += "BROKEN " + *broken + "\n";
    return out;
  }

 private:
  [[nodiscard]] bool has(const std::string& word) const { return base::contains(words_, word); }
  [[nodiscard]] std::int64_t number(const std::string& key, std::int64_t otherwise) const {
    for (const std::string& word : words_)
      if (word.starts_with(key + "=")) return std::stoll(word.substr(key.size() + 1));
    return otherwise;
  }
  [[nodiscard]] BrokerId broker() const { return BrokerId(std::stoi(words_.at(1))); }
  [[nodiscard]] std::int64_t amount() const { return std::stoll(words_.at(2)); }

  void start() {
    world_.emplace(test::WorldOptions{.brokers = static_cast<int>(number("brokers", 3)),
                                      .min_in_sync = static_cast<std::size_t>(number("min", 2)),
                                      .flush_first = has("flush"),
                                      .lag_ms_max = number("lag", 1000)});
    checked_ = !has("unchecked");
    world_->tell_all();
    world_->story.clear();
  }

  void act(const std::string& what) {
    using Handler = void (ScenarioWorld::*)();
    static const std::map<std::string, Handler> handlers = {
        {"produce", &ScenarioWorld::produce},
        {"fetch", &ScenarioWorld::fetch},
        {"repeat-fetch", &ScenarioWorld::repeat_fetch},
        {"late", &ScenarioWorld::late},
        {"flow", &ScenarioWorld::flow},
        {"tell", &ScenarioWorld::tell},
        {"tell-all", &ScenarioWorld::tell_all},
        {"alter", &ScenarioWorld::alter},
        {"answer", &ScenarioWorld::answer},
        {"repeat-alter", &ScenarioWorld::repeat_alter},
        {"lose-answer", &ScenarioWorld::lose_answer},
        {"expire", &ScenarioWorld::expire},
        {"enlist", &ScenarioWorld::enlist},
        {"crash", &ScenarioWorld::crash},
        {"disk", &ScenarioWorld::disk},
        {"move", &ScenarioWorld::move},
        {"elect", &ScenarioWorld::elect},
        {"time", &ScenarioWorld::time},
        {"flush", &ScenarioWorld::flush},
        {"delete", &ScenarioWorld::remove},
        {"end", &ScenarioWorld::end},
        {"low", &ScenarioWorld::low},
        {"rack", &ScenarioWorld::rack},
        {"read", &ScenarioWorld::read},
        {"state", &ScenarioWorld::state},
        {"announce", &ScenarioWorld::announce},
    };
    (this->*handlers.at(what))();
  }

  void produce() {
    const auto error = world_->produce(broker(), !has("one"));
    said_ += error == model::ErrorCode::none ? fmt::format("record {}\n", world_->last_id)
                                             : fmt::format("refused: {}\n", name_of(error));
  }

  // The newest or the oldest message of that kind from the broker.
  template <class Kind, class Fits>
  [[nodiscard]] std::size_t find(bool newest, const Fits& fits) const {
    std::optional<std::size_t> found;
    for (std::size_t at = 0; at < world_->network.size(); ++at) {
      const auto* const message = std::get_if<Kind>(&world_->network[at].message);
      if (message == nullptr || message->from != broker() || !fits(*message)) continue;
      if (!found || newest) found = at;
    }
    EXPECT_TRUE(found) << "nothing of that kind is under way: " << words_[0] << " " << words_[1];
    return found.value();
  }
  void fetch() {
    const auto sent = [](const Fetch& one) { return !one.response; };
    const auto answered = [](const Fetch& one) { return one.response.has_value(); };
    if (!has("response")) world_->deliver(find<Fetch>(true, sent));
    if (!has("request")) world_->deliver(find<Fetch>(true, answered));
  }
  void repeat_fetch() {
    const auto at = find<Fetch>(true, [](const Fetch& one) { return !one.response; });
    world_->deliver_copy(at);
    world_->deliver(at);
  }
  void late() {
    world_->deliver(find<Fetch>(false, [](const Fetch&) { return true; }));
  }
  void flow() {
    std::string before;
    for (int unchanged = 0; unchanged < 4;) {
      for (std::size_t left = world_->network.size(); left > 0; --left) world_->deliver(0);
      const std::string now = world_->text();
      unchanged = now == before ? unchanged + 1 : 0;
      before = now;
    }
    std::erase_if(world_->story, [](const std::string& line) {
      return line.find("HandleFetch") != line.npos || line.find("FollowerAppend") != line.npos;
    });
  }

  void tell() {
    auto before = words_.size() > 2 ? amount() : 0;
    const auto& announced = world_->controller.announced();
    for (auto one = announced.rbegin(); one != announced.rend(); ++one)
      if (one->to == broker() && before-- == 0) return world_->tell(*one);
    ADD_FAILURE() << "nothing was announced";
  }
  void announce() { world_->controller.repeat(); }
  void tell_all() { world_->tell_all(); }
  void alter() {
    world_->deliver(find<Alteration>(false, [](const Alteration& one) { return !one.answer; }));
    tell_controller();
  }
  void repeat_alter() {
    const auto at = find<Alteration>(false, [](const Alteration& one) { return !one.answer; });
    world_->deliver_copy(at);
    tell_controller();
  }
  void tell_controller() {
    const auto& last = std::get<Alteration>(world_->network.back().message);
    said_ += last.answer->error == model::ErrorCode::none
                 ? "controller: isr=" + test::text_of(world_->controller.isr()) + "\n"
                 : fmt::format("controller: {}\n", name_of(last.answer->error));
  }
  std::size_t find_answer() {
    return find<Alteration>(false, [](const Alteration& one) { return one.answer.has_value(); });
  }
  void answer() { world_->deliver(find_answer()); }
  void lose_answer() { world_->lose(find_answer()); }

  void expire() { world_->controller.expire(broker()); }
  void enlist() {
    world_->enlist(broker(), has("incomplete"));
    world_->controller.elect_if_possible();
  }
  void crash() {
    const auto end = world_->brokers.at(broker()).log.end();
    world_->crash(broker(), Offset(number("keep", end.value())), !has("hw=lost"));
  }
  void disk() { world_->replace_disk(broker()); }
  void move() { EXPECT_TRUE(world_->controller.move(broker())); }
  void elect() { world_->controller.elect(broker(), has("unclean")); }
  void time() { world_->pass(std::stoll(words_.at(1))); }
  void flush() { world_->flush(broker()); }
  void remove() { world_->delete_before(broker(), Offset(amount())); }
  void end() {
    const Replica& replica = *world_->brokers.at(broker()).replica;
    const auto error = replica.check_end_known();
    said_ += error == model::ErrorCode::none ? to_string(replica.state().high_watermark) + "\n"
                                             : fmt::format("refused: {}\n", name_of(error));
  }
  void low() {
    const test::Broker& one = world_->brokers.at(broker());
    said_ += to_string(one.replica->low_watermark(one.log)) + "\n";
  }
  void rack() {
    BrokerSet nearby;
    for (std::size_t at = 3; at < words_.size(); ++at)
      nearby.insert(BrokerId(std::stoi(words_[at])));
    const Replica& replica = *world_->brokers.at(broker()).replica;
    const BrokerId chosen = replica.preferred_read_replica(nearby, Offset(amount()));
    said_ += chosen == model::no_broker ? "here\n" : to_string(chosen) + "\n";
  }
  void read() {
    const Replica& replica = *world_->brokers.at(broker()).replica;
    const auto error = replica.check_reader(LeaderEpoch(static_cast<std::int32_t>(amount())));
    said_ += error == model::ErrorCode::none
                 ? "up to " + to_string(replica.state().high_watermark) + "\n"
                 : fmt::format("refused: {}\n", name_of(error));
  }
  void state() { said_ += world_->text(); }

  std::optional<World> world_;
  Words words_;
  std::string said_;
  bool checked_ = true;
};

TEST(Replica, Scenarios) {
  scenarios::for_each_scenario("testdata/scenarios", [] {
    auto world = std::make_shared<ScenarioWorld>();
    return [world](const Words& words) { return world->run(words); };
  });
}

}  // namespace
}  // namespace gregor::replication
