// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The names of what lies in a data folder, as Kafka gives them.
//   partition folder := topic '-' partition              partition: decimal
//   its files        := offset20 suffix                  offset20: the base offset, 20 digits
//                     | "leader-epoch-checkpoint" | "partition.metadata"
//   suffix           := ".log" | ".index" | ".timeindex" | ".txnindex" | ".snapshot"
//   while in work: any of these with ".deleted" (to be removed), ".cleaned" or ".swap" (compaction)
//   or ".tmp" (being replaced) after it
//   folder to remove := topic '-' partition '.' uuid32 "-delete"   uuid32: 32 hex digits; the topic
//                       is cut so that the name has at most 255 characters
//   also "-future" (being moved between disks) and "-stray" (found but not wanted), likewise
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/ids.h"
#include "model/uuid.h"

namespace gregor::log {

enum class FileKind : std::uint8_t { log, offset_index, time_index, transaction_index, snapshot };

std::string_view suffix_of(FileKind kind);

// No log gets that far; a file whose name says so is nobody's.
inline constexpr std::int64_t offset_max = std::int64_t{1} << 62;

// "00000000000000000042.log"
std::string file_name(model::Offset base_offset, FileKind kind);

struct FileName {
  model::Offset base_offset;
  FileKind kind;
  friend bool operator==(const FileName&, const FileName&) = default;
};
// nullopt for anything but a name that file_name() could have made. The offset may be above
// offset_max.
std::optional<FileName> parse_file_name(std::string_view name);

inline constexpr std::string_view deleted_suffix = ".deleted";
inline constexpr std::string_view cleaned_suffix = ".cleaned";
inline constexpr std::string_view swap_suffix = ".swap";
inline constexpr std::string_view temporary_suffix = ".tmp";

inline constexpr std::string_view leader_epoch_checkpoint_name = "leader-epoch-checkpoint";
inline constexpr std::string_view partition_metadata_name = "partition.metadata";

inline constexpr std::size_t folder_name_length_max = 255;

enum class FolderKind : std::uint8_t { partition, to_delete, future, stray };

struct FolderName {
  model::TopicPartition partition;
  FolderKind kind;
  friend bool operator==(const FolderName&, const FolderName&) = default;
};
// nullopt for a name that Kafka gives to no folder of a partition.
std::optional<FolderName> parse_folder_name(std::string_view name);

// "topic-0.0123456789abcdef0123456789abcdef-delete"
std::string deletion_folder_name(const model::TopicPartition& partition, const model::Uuid& unique);
// "topic-0.0123456789abcdef0123456789abcdef-future"
std::string future_folder_name(const model::TopicPartition& partition, const model::Uuid& unique);
// That of a longer topic would be cut, and then be another's.
std::size_t movable_topic_length_max(model::PartitionIndex partition);

}  // namespace gregor::log
