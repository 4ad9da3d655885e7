// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a story is told in: who does what to whom when. Steps follow each other: each begins when
// the one before is done, and has conditions of its own.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "log/simulated_disk.h"
#include "model/ids.h"

namespace gregor::simulation {

// One or several hosts, found out when it is their turn:
//
//   broker 2   all brokers   controller   leader of orders-0
//   followers of orders-0 (who is in sync with its leader)
//   zookeeper   clients   A (whom a step before has called so)
struct Whom {
  enum class Kind : std::uint8_t {
    broker,
    all_brokers,
    controller,
    leader,
    followers,
    zookeeper,
    clients,
    called
  };
  Kind kind = Kind::called;
  model::BrokerId id;
  model::TopicPartition partition;
  std::string name;
};
using Group = std::vector<Whom>;  // "A, broker 2": these and those; "nobody": empty

// What is, or is not:
//
//   leader of orders-0 is [not] A      controller is [not] broker 1     … is nobody
//   isr of orders-0 is [not] A, B      isr of orders-0 has B            isr of orders-0 lacks B
//   A is [not] down|starting|serving|stopping
struct Condition {
  enum class Subject : std::uint8_t { leader, controller, isr, state };
  enum class Relation : std::uint8_t { is, is_not, has, lacks };
  Subject subject = Subject::leader;
  model::TopicPartition partition;
  Group who;  // of `state`
  Relation relation = Relation::is;
  Group others;
  std::string state;
  std::string text;  // as it was written
};

enum class Deed : std::uint8_t {
  call,               // whom by which name, from now on
  kill,               // the process dies
  power_off,          // so does the machine
  restart,            // in good order
  pause,              // the process does nothing for a while
  cut,                // whom from others, both directions
  block,              // from whom to others
  slow,               // from whom to others, by so much
  expire_session,     // although the process lives
  lose_connection,    // to the coordination service: what was under way may have been done
  silence_zookeeper,  // it answers nobody
  fill_disk,
  fail_disk,     // the next operations of these kinds fail
  replace_disk,  // by an empty one; the process dies
  expect,        // that something holds, at once or within a time
};

std::string_view name_of(Deed deed);  // "power_off"

struct Step {
  int line = 0;  // of the file
  // Not before both of these are over and `when` holds.
  std::int64_t at_us = 0;       // since clients began to work
  std::int64_t after_us = 0;    // since the step before
  std::vector<Condition> when;  // none or one
  std::int64_t within_us = 0;   // how long a condition may need
  Deed deed = Deed::expect;
  Group whom;
  Group others;
  std::string name;                            // of call
  std::vector<Condition> expects;              // of expect
  std::int64_t for_us = 0;                     // 0: until everything heals
  std::int64_t by_us = 0;                      // of slow
  std::vector<log::DiskOperation> operations;  // of fail_disk: so many of each
  std::uint32_t times = 1;
  std::uint64_t left = 0;                            // bytes, of fill_disk
  log::Unsynced unsynced = log::Unsynced::all_lost;  // what power_off makes of it
};

// Errors say what is wrong with the words.
std::expected<Group, std::string> parse_group(std::string_view text);
std::expected<Condition, std::string> parse_condition(std::string_view text);

}  // namespace gregor::simulation
