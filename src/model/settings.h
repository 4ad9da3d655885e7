// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The table of all settings: one row a key. Reading properties files, DescribeConfigs,
// AlterConfigs, the warnings at the start and the documentation all walk it, so that a key is added
// by adding one row (settings_rows_*.h, sorted by name), and, if the code reads it, one member with
// its line in broker_settings.cc or topic_settings.cc.
//
// Names, types, defaults, ranges and update modes are those of Apache Kafka 4.1; keys that only a
// broker with ZooKeeper has are those of 3.9. A test holds the table to what Kafka itself answers.
// Gregor's own keys, should there be any, begin with "gregor.".
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/result.h"

namespace gregor::model {

// With the numbers of DescribeConfigs.
enum class SettingType : std::int8_t {
  unknown = 0,
  boolean = 1,
  text = 2,
  int32 = 3,
  int16 = 4,
  int64 = 5,
  float64 = 6,
  list = 7,        // separated by commas
  class_name = 8,  // of a Java class: never loaded
  password = 9,
};

// Whether and for whom a broker's setting may be changed while it runs, in rising order of freedom.
// Topics' always may.
enum class UpdateMode { read_only, per_broker, cluster_wide };

// What setting a key does in Gregor.
enum class Effect {
  acts,      // what its documentation says
  not_yet,   // nothing so far: it belongs to a part that is missing
  not_here,  // nothing ever: KRaft, tiered storage, Java
};

enum class Standing {
  current,
  deprecated,
  hidden,  // internal, or only ever set at run time: described only where it is set
};

// What a value must satisfy beyond its type.
struct Constraint {
  enum class Kind {
    anything,
    range,
    one_of,
    one_of_in_any_case,
    each_one_of,  // every element of a list
    gzip_level,   // 1 to 9, or -1
    not_empty,
    throttled_replicas,  // "partition:broker" elements, or the one element "*"
  };
  Kind kind = Kind::anything;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::span<const std::string_view> words = {};
};

struct SettingDefinition {
  std::string_view name;
  SettingType type;
  std::optional<std::string_view> default_text;  // nullopt: no value
  Constraint allowed;
  UpdateMode update;
  Effect effect;
  std::string_view documentation;  // one sentence, with the unit
  Standing standing = Standing::current;
  std::string_view broker_key = {};  // of a topic's key: where its default comes from
};

// Sorted by name, no name twice.
std::span<const SettingDefinition> broker_settings();
std::span<const SettingDefinition> topic_settings();

// nullptr: no such key. A broker's key may carry the prefix of a listener
// ("listener.name.internal.ssl.keystore.location"), which yields the definition of the bare key.
const SettingDefinition* find_broker_setting(std::string_view name);
const SettingDefinition* find_topic_setting(std::string_view name);

// The bare key in "listener.name.<listener>.<key>" and
// "listener.name.<listener>.<mechanism>.<key>"; nullopt if the name has no such prefix.
std::optional<std::string_view> without_listener_prefix(std::string_view name);

// The names under which a broker's setting may be given, the one that counts most first:
// log.retention.ms, log.retention.minutes, log.retention.hours. Includes `name`, as one of several
// in its fixed place.
std::vector<std::string> broker_synonyms(std::string_view name);

// std::int64_t for all integers.
using SettingValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

// The value that `text` stands for, or invalid_config with what is wrong, in Kafka's words.
[[nodiscard]] Result<SettingValue> parse_value(const SettingDefinition& definition,
                                               std::string_view text);

// The value as DescribeConfigs shows it: 1.0, true, delete,compact.
std::string to_text(const SettingValue& value);

// The elements of a list: split at commas, white space around them dropped; empty text has none.
std::vector<std::string> split_list(std::string_view text);

// Text without white space and control characters at its ends, as all values are read.
std::string_view trimmed(std::string_view text);

}  // namespace gregor::model
