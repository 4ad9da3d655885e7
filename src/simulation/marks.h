// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The rare branches that a batch of some hundred worlds must reach; one that does not says little.
#pragma once

#include <array>
#include <string_view>

namespace gregor::simulation {

inline constexpr std::array<std::string_view, 38> expected_marks = {
    "Fetch or ListOffsets answered OFFSET_OUT_OF_RANGE",
    "OffsetCommit answered ILLEGAL_GENERATION",
    "Produce answered KAFKA_STORAGE_ERROR",
    "a batch is sent again",
    "a batch sent again was acknowledged",
    "a batch waits for the one before it",
    "a member has its share of a generation",
    "a member leaves",
    "a member of the consumer protocol is heard",
    "a static member is started again",
    "a static member of the consumer protocol is started again",
    "broker gave up",
    "clean stop",
    "compaction removed a record",
    "compaction removed a tombstone",
    "death between two effects",
    "death while starting",
    "death while stopping",
    "fault: blocked path",
    "fault: bounces",
    "fault: broken connections",
    "fault: death at an effect",
    "fault: disk error",
    "fault: full disk",
    "fault: kill",
    "fault: other settings",
    "fault: pause",
    "fault: power cut",
    "fault: power cut at a change",
    "fault: restart",
    "fault: slow API",
    "fault: slow path",
    "fault: wrong clock",
    "power cut inside a step",
    "power cut soon after a start",
    "request of a client timed out",
    "sync failed",
    "the settings of a topic are changed",
};

}  // namespace gregor::simulation
