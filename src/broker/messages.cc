// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "broker/messages.h"

#include <utility>

namespace gregor::broker {

template <class One>
  requires(!std::same_as<One, Message>)
Message::Message(One one) : content(std::move(one)) {}

Message::Message(Message&& other) noexcept = default;
Message& Message::operator=(Message&& other) noexcept = default;
Message::~Message() = default;

// One for each alternative: what is missing here does not link.
template Message::Message(OpenLogs);
template Message::Message(NewImage);
template Message::Message(NewLogLevel);
template Message::Message(ImageApplied);
template Message::Message(CheckpointAsked);
template Message::Message(LogFailed);
template Message::Message(CheckpointWanted);
template Message::Message(CheckpointTold);
template Message::Message(Drain);
template Message::Message(Drained);
template Message::Message(CloseLogs);
template Message::Message(LogsClosed);
template Message::Message(AlterIsr);
template Message::Message(IsrAltered);
template Message::Message(ForwardedRequest);
template Message::Message(ForwardedReply);
template Message::Message(ForwardedClose);
template Message::Message(RunTasks);
template Message::Message(TaskResults);
template Message::Message(WatchPartitions);
template Message::Message(CancelWatches);
template Message::Message(PlaceLogs);

}  // namespace gregor::broker
