// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What a group coordinator is asked and what it answers: the protocol's own messages, cut down to
// what concerns one group (or, for lists, one partition of the offsets topic).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/typed_number.h"
#include "model/error_code.h"
#include "model/ids.h"
#include "model/uuid.h"
#include "protocol/messages/consumer_group_describe.h"
#include "protocol/messages/consumer_group_heartbeat.h"
#include "protocol/messages/delete_groups.h"
#include "protocol/messages/describe_groups.h"
#include "protocol/messages/heartbeat.h"
#include "protocol/messages/join_group.h"
#include "protocol/messages/leave_group.h"
#include "protocol/messages/list_groups.h"
#include "protocol/messages/offset_commit.h"
#include "protocol/messages/offset_delete.h"
#include "protocol/messages/offset_fetch.h"
#include "protocol/messages/sync_group.h"

namespace gregor::group {

// Names a request until it is answered; the host's own numbers, none twice.
using Token = base::TypedId<struct TokenTag, std::uint64_t>;

// One group of an OffsetFetch request.
struct FetchOffsets {
  protocol::OffsetFetchRequest::OffsetFetchRequestGroup group;
  bool require_stable = false;
};
struct DescribeGroup {
  std::string group_id;
};
struct DescribeConsumerGroup {
  std::string group_id;
};
struct DeleteGroup {
  std::string group_id;
};

// Partitions in OffsetCommit and OffsetDelete are known to exist.
using RequestBody =
    std::variant<protocol::JoinGroupRequest, protocol::SyncGroupRequest, protocol::HeartbeatRequest,
                 protocol::LeaveGroupRequest, protocol::OffsetCommitRequest, FetchOffsets,
                 protocol::OffsetDeleteRequest, protocol::ListGroupsRequest, DescribeGroup,
                 DeleteGroup, protocol::ConsumerGroupHeartbeatRequest, DescribeConsumerGroup>;

struct Request {
  Token token;
  model::ApiVersion version;
  std::string client_id;
  std::string client_host;  // "/127.0.0.1", as groups are described
  model::Uuid fresh;        // newly drawn: becomes part of a new member's id
  RequestBody body;
};

using Response = std::variant<
    protocol::JoinGroupResponse, protocol::SyncGroupResponse, protocol::HeartbeatResponse,
    protocol::LeaveGroupResponse, protocol::OffsetCommitResponse,
    protocol::OffsetFetchResponse::OffsetFetchResponseGroup, protocol::OffsetDeleteResponse,
    protocol::ListGroupsResponse, protocol::DescribeGroupsResponse::DescribedGroup,
    protocol::DeleteGroupsResponse::DeletableGroupResult, protocol::ConsumerGroupHeartbeatResponse,
    protocol::ConsumerGroupDescribeResponse::DescribedGroup>;

struct Answer {
  Token token;
  Response response;
};

// Which group it concerns; empty for a list.
std::string_view group_of(const RequestBody& body);

// The answer to a request that no coordinator could look at. A heartbeat while groups are being
// loaded is answered as if all were well, so that members do not give up.
Response refused(const RequestBody& body, model::ErrorCode error);

// Turns an answer whose record could not be written into one with this error.
void turn_into_error(Response& response, model::ErrorCode error);

// What a client is told when its group's record could not be written for this reason.
model::ErrorCode error_of_append(model::ErrorCode append);

}  // namespace gregor::group
