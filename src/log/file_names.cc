// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "log/file_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "base/parse_number.h"

namespace gregor::log {

namespace {

constexpr std::size_t offset_digits = 20;

constexpr std::array kinds{FileKind::log, FileKind::offset_index, FileKind::time_index,
                           FileKind::transaction_index, FileKind::snapshot};

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
  return all_digits(text) ? base::parse_number<Number>(text) : std::nullopt;
}

bool is_unique_part(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<model::TopicPartition> parse_partition(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  const auto partition = parse_digits<std::int32_t>(digits);
  // "t-01" is nobody's folder: it would be a second one for t-1.
  if (!partition || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  return model::TopicPartition{std::string(name.substr(0, dash)),
                               model::PartitionIndex{*partition}};
}

}  // namespace

std::string_view suffix_of(FileKind kind) {
  switch (kind) {
    case FileKind::log:
      return ".log";
    case FileKind::offset_index:
      return ".index";
    case FileKind::time_index:
      return ".timeindex";
    case FileKind::transaction_index:
      return ".txnindex";
    case FileKind::snapshot:
      return ".snapshot";
  }
  return {};
}

std::string file_name(model::Offset base_offset, FileKind kind) {
  ASSERT(base_offset >= model::Offset{0});
  return fmt::format("{:020}{}", base_offset.value(), suffix_of(kind));
}

std::optional<FileName> parse_file_name(std::string_view name) {
  if (name.size() <= offset_digits) return std::nullopt;
  const auto offset = parse_digits<std::int64_t>(name.substr(0, offset_digits));
  if (!offset) return std::nullopt;
  const std::string_view suffix = name.substr(offset_digits);
  for (const FileKind kind : kinds) {
    if (suffix == suffix_of(kind)) return FileName{model::Offset{*offset}, kind};
  }
  return std::nullopt;
}

std::optional<FolderName> parse_folder_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, FolderKind>, 3> endings{
      {{"-delete", FolderKind::to_delete},
       {"-future", FolderKind::future},
       {"-stray", FolderKind::stray}}};
  for (const auto& [ending, kind] : endings) {
    if (!name.ends_with(ending)) continue;
    const std::string_view stem = name.substr(0, name.size() - ending.size());
    const std::size_t dot = stem.rfind('.');
    if (dot == std::string_view::npos || !is_unique_part(stem.substr(dot + 1))) continue;
    auto partition = parse_partition(stem.substr(0, dot));
    if (partition) return FolderName{std::move(*partition), kind};
  }
  auto partition = parse_partition(name);
  if (!partition) return std::nullopt;
  return FolderName{std::move(*partition), FolderKind::partition};
}

namespace {

std::string ending_with(std::string_view suffix, model::PartitionIndex partition,
                        const model::Uuid& unique) {
  std::string out = "-" + to_string(partition) + ".";
  for (const std::uint8_t byte : unique.bytes) out += fmt::format("{:02x}", byte);
  return out.append(suffix);
}

std::string folder_name_with(std::string_view suffix, const model::TopicPartition& partition,
                             const model::Uuid& unique) {
  const std::string ending = ending_with(suffix, partition.partition, unique);
  return partition.topic.substr(0, folder_name_length_max - ending.size()) + ending;
}

}  // namespace

std::string deletion_folder_name(const model::TopicPartition& partition,
                                 const model::Uuid& unique) {
  return folder_name_with("-delete", partition, unique);
}

std::string future_folder_name(const model::TopicPartition& partition, const model::Uuid& unique) {
  return folder_name_with("-future", partition, unique);
}

std::size_t movable_topic_length_max(model::PartitionIndex partition) {
  return folder_name_length_max - ending_with("-future", partition, {}).size();
}

}  // namespace gregor::log
