// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Walks over the batches of a segment file, header by header, through a window that is read at
// once: a few KiB for a look-up, a MiB for recovery. Memory is bounded by the window whatever the
// lengths in the file claim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "log/disk.h"
#include "model/ids.h"
#include "record/batch.h"

namespace gregor::log {

inline constexpr std::size_t lookup_window_bytes = std::size_t{8} << 10;
inline constexpr std::size_t recovery_window_bytes = std::size_t{1} << 20;

// Where a batch lies in its segment file, and what the indexes need to know of it.
struct BatchPlace {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  model::Offset base_offset;
  model::Offset last_offset;
  model::Timestamp max_timestamp;
  model::LeaderEpoch leader_epoch;

  [[nodiscard]] std::uint64_t next_position() const { return position + bytes; }
  friend bool operator==(const BatchPlace&, const BatchPlace&) = default;
};

BatchPlace place_of(const record::HeaderView& header, std::uint64_t position);

class BatchScan {
 public:
  // Of the bytes [begin, end) of `file`, which must outlive the scan.
  BatchScan(const File& file, std::uint64_t begin, std::uint64_t end, std::size_t window_bytes);

  // The next batch: its header, valid until the next call of anything; nullopt at `end`. Besides
  // disk errors:
  //   corrupt_message                 no batch, or only a part of one, lies at position()
  //   unsupported_for_message_format  a whole batch of a format before v2, with a right checksum
  // After an error the scan stays where it is.
  Result<std::optional<record::HeaderView>> next();

  // Of the batch that next() returned last or failed at.
  [[nodiscard]] std::uint64_t position() const { return position_; }

  // Of the batch that next() returned, again.
  Result<record::HeaderView> header();
  // Of the batch that next() returned; reads it in pieces if it is larger than the window.
  Result<bool> crc_matches();
  // The batch that next() returned, whole; corrupt_message if it is larger than the window. (For
  // control batches, which are tiny.) Valid until the next call of anything.
  Result<record::BatchView> whole();

 private:
  Result<base::BytesView> window_at(std::uint64_t position, std::size_t wanted);
  Result<bool> is_older_format(std::uint64_t bytes);
  [[nodiscard]] std::unexpected<model::Error> bad(const std::string& why) const;

  const File& file_;
  std::uint64_t position_;
  std::uint64_t next_position_;
  std::uint64_t end_;
  std::size_t window_bytes_;
  std::unique_ptr<std::byte[]> window_;
  std::uint64_t window_begin_ = 0;
  std::size_t window_size_ = 0;
};

}  // namespace gregor::log
