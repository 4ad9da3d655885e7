// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/partition_folder.h"

#include <fmt/format.h>

#include "log/data_files.h"
#include "log/file_names.h"

namespace gregor::broker {

model::Result<std::optional<model::TopicId>> topic_of_folder(log::Disk& disk,
                                                             const std::string& path) {
  const auto bytes =
      log::read_whole_file(disk, fmt::format("{}/{}", path, log::partition_metadata_name));
  if (!bytes) return model::fail(bytes.error());
  if (!*bytes) return std::nullopt;
  const auto topic = log::decode_partition_metadata(**bytes);
  if (!topic) return std::nullopt;
  return *topic;
}

model::Result<> claim_folder(log::Disk& disk, const std::string& path, const model::TopicId& topic,
                             log::Durability durability) {
  return log::replace_file(disk, path, std::string(log::partition_metadata_name),
                           log::encode_partition_metadata(topic), durability);
}

model::Result<> claim_for_certain(log::Disk& disk, const std::string& data_folder,
                                  const std::string& path, const model::TopicId& topic) {
  if (auto claimed = claim_folder(disk, path, topic, log::Durability::now); !claimed)
    return claimed;
  return disk.sync_folder(data_folder);
}

namespace {

constexpr std::string_view incomplete_name = "gregor.incomplete";

}  // namespace

model::Result<> mark_incomplete(log::Disk& disk, const std::string& data_folder,
                                const std::string& path) {
  if (auto made = disk.create_folder(path); !made) return made;
  if (auto marked =
          log::replace_file(disk, path, std::string(incomplete_name), {}, log::Durability::now);
      !marked)
    return marked;
  return disk.sync_folder(data_folder);
}

model::Result<> mark_complete(log::Disk& disk, const std::string& path) {
  if (auto removed = disk.remove(fmt::format("{}/{}", path, incomplete_name)); !removed)
    return removed;
  return disk.sync_folder(path);
}

model::Result<bool> is_incomplete(log::Disk& disk, const std::string& path) {
  const auto mark = disk.open(fmt::format("{}/{}", path, incomplete_name), log::OpenMode::read);
  if (!mark) return model::fail(mark.error());
  return *mark != nullptr;
}

namespace {

constexpr std::string_view moved_from_name = "gregor.moved.from";

}  // namespace

model::Result<> mark_moved_from(log::Disk& disk, const std::string& path,
                                const std::string& data_folder) {
  return log::replace_file(disk, path, std::string(moved_from_name), base::as_bytes(data_folder),
                           log::Durability::now);
}

model::Result<std::optional<std::string>> moved_from(log::Disk& disk, const std::string& path) {
  const auto bytes = log::read_whole_file(disk, fmt::format("{}/{}", path, moved_from_name));
  if (!bytes) return model::fail(bytes.error());
  if (!*bytes) return std::nullopt;
  return std::string(base::as_text(**bytes));
}

model::Result<> forget_moved_from(log::Disk& disk, const std::string& path) {
  if (auto removed = disk.remove(fmt::format("{}/{}", path, moved_from_name)); !removed)
    return removed;
  return disk.sync_folder(path);
}

namespace {

model::Result<std::string> rename_folder(log::Disk& disk, const std::string& data_folder,
                                         const model::TopicPartition& partition,
                                         const std::string& to) {
  const std::string from = fmt::format("{}/{}", data_folder, to_string(partition));
  std::string path = fmt::format("{}/{}", data_folder, to);
  if (auto renamed = disk.rename(from, path); !renamed) return model::fail(renamed.error());
  if (auto synced = disk.sync_folder(data_folder); !synced) return model::fail(synced.error());
  return path;
}

}  // namespace

model::Result<std::string> retire_folder(log::Disk& disk, const std::string& data_folder,
                                         const model::TopicPartition& partition,
                                         const model::Uuid& unique) {
  return rename_folder(disk, data_folder, partition, log::deletion_folder_name(partition, unique));
}

model::Result<std::string> set_folder_aside(log::Disk& disk, const std::string& data_folder,
                                            const model::TopicPartition& partition,
                                            const model::Uuid& unique) {
  // The name is that of a folder to be deleted but for its end.
  constexpr std::string_view delete_suffix = "-delete";
  std::string name = log::deletion_folder_name(partition, unique);
  name.replace(name.size() - delete_suffix.size(), delete_suffix.size(), "-stray");
  return rename_folder(disk, data_folder, partition, name);
}

}  // namespace gregor::broker
