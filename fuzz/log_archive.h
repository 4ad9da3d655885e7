// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The input of log_folder_fuzz: the files of a partition, how it is opened, and what is done to it.
//
//   input   := options u8, recovery point u8, log start u8, acts u8, act*, file*
//   act     := kind u8, argument u8
//   file    := name length u8, name, size u24, content
//   options := bit 0 clean stop; bit 1 all batches get right checksums; bit 2 dump and verify
//              before opening; bit 3 settings that leave less room
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bytes.h"

namespace gregor::fuzz {

enum Option : std::uint8_t { clean_stop = 1, reseal = 2, dump_first = 4, strict = 8 };
constexpr std::uint8_t options_end = 16;

// What is done to the open log. An argument stands for an offset, a producer, an operation of the
// disk.
struct Act {
  enum Kind : std::uint8_t {
    append,
    append_idempotent,
    append_transactional,
    end_transaction,
    follow,
    begin_epoch,
    look_up,
    cut,
    delete_records,
    retain,
    compact,
    sync,
    restart_at,
    break_disk,
    reopen,
    retire,
  };
  static constexpr std::uint8_t kinds = retire + 1;
  std::uint8_t kind = append;  // modulo kinds
  std::uint8_t argument = 0;
};

struct Archive {
  std::uint8_t options = 0;
  std::uint8_t recovery_point = 0;
  std::uint8_t log_start = 0;
  std::vector<Act> acts;
  std::map<std::string, base::Bytes> files;  // by name
};

Archive unpack(Input input);
base::Bytes pack(const Archive& archive);

std::vector<Act> random_acts(base::Prng& prng);

}  // namespace gregor::fuzz
