// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What is true of the controller after every step (C1 to C14 of the spec, as far as one controller
// can see them; spec/ControllerElection.tla). Those of a step are checked in every build, for
// what the step has changed; those of an image by tests, for all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/controller.h"
#include "controller/image.h"
#include "model/ids.h"

namespace gregor::controller {

struct Step {
  const Image& image;  // after the step
  const Effects& effects;
  Role role;
  model::BrokerId self;
  model::ControllerEpoch epoch_before;
  model::ControllerEpoch epoch;  // that this controller was elected in, or stands for
};

struct StepInvariant {
  std::string_view name;
  bool (*holds)(const Step& step);
};
std::span<const StepInvariant> step_invariants();

struct TopicInvariant {
  std::string_view name;
  bool (*holds)(const Image& image, const Topic& topic);
};
std::span<const TopicInvariant> topic_invariants();

// The first that does not hold: "LeaderInIsr: orders". Of a step also those of the topics that it
// changed.
std::optional<std::string> broken_invariant(const Step& step);
std::optional<std::string> broken_invariant(const Image& image);

}  // namespace gregor::controller
