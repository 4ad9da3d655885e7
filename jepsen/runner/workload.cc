// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/workload.h"

#include "jepsen/runner/log_workload.h"
#include "jepsen/runner/offsets_workload.h"
#include "jepsen/runner/queue_workload.h"
#include "jepsen/runner/topics_workload.h"

namespace gregor::jepsen {

Attempt<> make_topic(const WorkloadOptions& options) {
  constexpr std::chrono::milliseconds deadline{60'000};
  return Client(options.client)
      .create_topic({options.topic, options.partitions, options.replicas, options.topic_configs},
                    deadline);
}

model::Result<std::unique_ptr<Workload>> make_workload(const WorkloadOptions& options) {
  if (options.name == "log")
    return std::make_unique<LogWorkload>(options,
                                         LogMix{.send = 50, .poll = 40, .end = 8, .go_back = 2});
  if (options.name == "list-offsets")
    return std::make_unique<LogWorkload>(options, LogMix{.send = 45, .poll = 5, .end = 50});
  if (options.name == "idempotent")
    return std::make_unique<LogWorkload>(
        options, LogMix{.send = 60, .poll = 38, .go_back = 2, .idempotent = true});
  if (options.name == "offsets") return std::make_unique<OffsetsWorkload>(options);
  if (options.name == "topics") return std::make_unique<TopicsWorkload>(options);
  if (options.name == "queue") return std::make_unique<QueueWorkload>(options);
  return model::fail(model::ErrorCode::invalid_request, "there is no workload " + options.name);
}

}  // namespace gregor::jepsen
