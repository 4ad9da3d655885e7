// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a browser is shown of a store of runs: a list of all of them, newest first, and their files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gregor::jepsen {

struct Page {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body{};            // of a page that is made
  std::filesystem::path file{};  // else the file that is the page
};

// `target` is what follows the host in a URL: "/" for the list, "/<test>/<time>/<file>" for a file,
// "/<test>/<time>/" for the list of a folder. Nothing outside of the store is shown, whatever it
// holds; 404 for what is not there, 400 for what is no path.
Page page_of(const std::filesystem::path& store, std::string_view target);

}  // namespace gregor::jepsen
