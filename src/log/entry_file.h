// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// An index of a segment: sorted entries of one size, which only grow at the end (or are cut there).
// A prefix lies in the file, the newest entries in memory until write_out(); look-ups read as
// little of the file as they need. So a partition costs little memory however large its segments
// are, and a full disk cannot lose an entry.
//
// `Format` says what an entry is:
//   using Entry; static constexpr std::size_t entry_bytes;
//   static void encode(const Entry&, std::byte*); static Entry decode(const std::byte*);
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "log/file_names.h"
#include "log/open_files.h"

namespace gregor::log {

// Names a file of a segment without holding its path: there are many segments.
struct FilePlace {
  OpenFiles& files;
  const std::string& folder;
  model::Offset base_offset;
  FileKind kind;
  std::string_view suffix = {};  // cleaned_suffix and its like

  [[nodiscard]] std::string path() const {
    return folder + "/" + file_name(base_offset, kind) + std::string(suffix);
  }
};

template <class Format>
class EntryFile {
 public:
  using Entry = typename Format::Entry;

  EntryFile() = default;
  // The file has `bytes` bytes; a torn entry at its end does not count.
  explicit EntryFile(std::uint64_t bytes) : written_(bytes / Format::entry_bytes) {}

  [[nodiscard]] std::uint64_t count() const { return written_ + tail_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return count() * Format::entry_bytes; }
  [[nodiscard]] std::size_t unwritten() const { return tail_.size(); }

  void append(const Entry& entry) { tail_.push_back(entry); }

  // kafka_storage_error also when the file is shorter than it was.
  Result<Entry> at(std::uint64_t index, const FilePlace& place) {
    ASSERT(index < count());
    if (index >= written_) return tail_[index - written_];
    std::array<Entry, 1> one;
    if (auto got = read(index, one, place); !got) return model::fail(got.error());
    return one[0];
  }

  Result<std::optional<Entry>> last(const FilePlace& place) {
    if (count() == 0) return std::nullopt;
    auto entry = at(count() - 1, place);
    if (!entry) return model::fail(entry.error());
    return *entry;
  }

  // The number of entries at the front for which `holds` is true, given that it is true for a
  // front part and false for the rest.
  template <class Predicate>
  Result<std::uint64_t> count_while(Predicate holds, const FilePlace& place) {
    if (written_ == 0 || (!tail_.empty() && holds(tail_.front()))) {
      const auto end = std::partition_point(tail_.begin(), tail_.end(), holds);
      return written_ + static_cast<std::uint64_t>(end - tail_.begin());
    }
    std::uint64_t low = 0;
    std::uint64_t high = written_;
    while (high - low > block_entries) {
      const std::uint64_t middle = low + (high - low) / 2;
      auto entry = at(middle, place);
      if (!entry) return model::fail(entry.error());
      if (holds(*entry)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    std::array<Entry, block_entries> block;
    const auto part = std::span(block).first(high - low);
    if (auto got = read(low, part, place); !got) return model::fail(got.error());
    const auto end = std::partition_point(part.begin(), part.end(), holds);
    return low + static_cast<std::uint64_t>(end - part.begin());
  }

  // Moves the entries in memory to the file, which then holds exactly the entries. On failure they
  // stay in memory.
  Result<> write_out(const FilePlace& place) {
    auto file = place.files.disk().open(place.path(), OpenMode::create);
    if (!file) return model::fail(file.error());
    if (!tail_.empty()) {
      base::Bytes encoded(tail_.size() * Format::entry_bytes);
      for (std::size_t i = 0; i < tail_.size(); ++i) {
        Format::encode(tail_[i], encoded.data() + i * Format::entry_bytes);
      }
      const base::BytesView pieces[] = {encoded};
      if (auto done = (*file)->write_at(written_ * Format::entry_bytes, pieces); !done) return done;
    }
    const auto size = (*file)->size();
    if (!size) return model::fail(size.error());
    if (*size > bytes()) {
      if (auto done = (*file)->truncate(bytes()); !done) return done;
    }
    written_ += tail_.size();
    tail_ = {};  // gives the memory back
    return {};
  }

  // Keeps the first `count` entries; the file is trimmed by the next write_out().
  void truncate(std::uint64_t count) {
    ASSERT(count <= this->count());
    if (count < written_) {
      written_ = count;
      tail_ = {};
    } else {
      tail_.resize(count - written_);
    }
  }

  void close(OpenFiles& files) { files.close(handle_); }

 private:
  static constexpr std::size_t block_entries = 256;

  Result<> read(std::uint64_t index, std::span<Entry> into, const FilePlace& place) {
    if (into.empty()) return {};
    auto file = handle_.lock();
    if (!file) {
      auto opened = place.files.open(handle_, place.path());
      if (!opened) return model::fail(opened.error());
      if (!*opened) {
        return model::fail(model::ErrorCode::kafka_storage_error, place.path() + " is missing");
      }
      file = *opened;
    }
    std::array<std::byte, block_entries * Format::entry_bytes> raw;
    const std::size_t wanted = into.size() * Format::entry_bytes;
    const auto got = file->read_at(index * Format::entry_bytes, std::span(raw).first(wanted));
    if (!got) return model::fail(got.error());
    if (*got < wanted) {
      return model::fail(model::ErrorCode::kafka_storage_error, place.path() + " became shorter");
    }
    for (std::size_t i = 0; i < into.size(); ++i) {
      into[i] = Format::decode(raw.data() + i * Format::entry_bytes);
    }
    return {};
  }

  std::uint64_t written_ = 0;
  std::vector<Entry> tail_;
  std::weak_ptr<File> handle_;
};

}  // namespace gregor::log
