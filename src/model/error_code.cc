// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/error_code.h"

#include <algorithm>
#include <cctype>

namespace gregor::model {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

std::string name_of(ErrorCode code) {
  switch (code) {
#define ERROR_CODE(name, number, retriable) \
  case ErrorCode::name:                     \
    return upper(#name);
#include "model/error_code.inc"
#undef ERROR_CODE
  }
  return "ERROR_" + std::to_string(static_cast<int>(code));
}

bool is_retriable(ErrorCode code) {
#define ERROR_CODE(name, number, retriable) ((retriable) && code == ErrorCode::name) ||
  return
#include "model/error_code.inc"
#undef ERROR_CODE
      false;
}

}  // namespace gregor::model
