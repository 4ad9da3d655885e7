// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is left of a run for programs (results.json) and for people (report.html: one file that
// needs no other, of bounded size).
#pragma once

#include <string>

#include "jepsen/runner/run.h"

namespace gregor::jepsen {

std::string results_json(const TestOptions& options, const TestResult& result,
                         const History& history);
std::string report_html(const TestOptions& options, const TestResult& result,
                        const History& history);
// Some lines for a terminal, the verdict first.
std::string summary(const TestResult& result);

}  // namespace gregor::jepsen
