// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The null broker: accept, read, check the checksum, write, reply. It answers ApiVersions,
// Metadata, InitProducerId and Produce for any topic, appends what is produced to one file, and
// keeps no log, no index, no state: the floor under any broker's cost per request and per byte.
//
// usage: null_broker PORT FOLDER
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "protocol/frame.h"
#include "protocol/messages/api_versions.h"
#include "protocol/messages/init_producer_id.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"
#include "record/batch.h"

namespace gregor::bench {
namespace {

constexpr std::size_t read_bytes = 1 << 20;

struct Topic {
  model::TopicId id;
  std::int64_t next_offset = 0;
};

struct Broker {
  std::int32_t port = 0;
  int file = -1;
  std::map<std::string, Topic> topics;
  std::map<model::TopicId, std::string> names;

  Topic& topic(const std::string& name) {
    Topic& found = topics[name];
    if (found.id.is_zero()) {
      found.id.bytes[0] = static_cast<std::uint8_t>(topics.size());
      found.id.bytes[1] = static_cast<std::uint8_t>(topics.size() >> 8);
      found.id.bytes[15] = 1;
      names[found.id] = name;
    }
    return found;
  }
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "null_broker: %s\n", why.c_str());
  std::_Exit(1);
}

protocol::ApiVersionsResponse api_versions() {
  protocol::ApiVersionsResponse response;
  // Fetch is listed, not served: without it librdkafka takes the broker for one that knows no
  // record batches.
  for (const char* name : {"ApiVersions", "Metadata", "InitProducerId", "Produce", "Fetch"}) {
    const protocol::Api* api = protocol::find_api(name);
    const protocol::Versions versions = protocol::kafka41_advertised(*api);
    auto& key = response.api_keys.emplace_back();
    key.api_key = api->key.value();
    key.min_version = versions.first;
    key.max_version = versions.last;
  }
  return response;
}

protocol::MetadataResponse metadata(Broker& broker, const protocol::MetadataRequest& request) {
  protocol::MetadataResponse response;
  auto& node = response.brokers.emplace_back();
  node.node_id = 1;
  node.host = "127.0.0.1";
  node.port = broker.port;
  response.controller_id = 1;
  response.cluster_id = "null";
  if (!request.topics) return response;
  for (const auto& asked : *request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = asked.name;
    if (asked.name) topic.topic_id = broker.topic(*asked.name).id;
    for (std::int32_t index = 0; index < 100; ++index) {
      auto& partition = topic.partitions.emplace_back();
      partition.partition_index = index;
      partition.leader_id = 1;
      partition.leader_epoch = 0;
      partition.replica_nodes = {1};
      partition.isr_nodes = {1};
    }
  }
  return response;
}

protocol::ProduceResponse produce(Broker& broker, const protocol::ProduceRequest& request) {
  protocol::ProduceResponse response;
  for (const auto& asked : request.topic_data) {
    auto& topic = response.responses.emplace_back();
    topic.name = asked.name;
    topic.topic_id = asked.topic_id;
    Topic& state = broker.topic(asked.name.empty() ? broker.names[asked.topic_id] : asked.name);
    for (const auto& partition : asked.partition_data) {
      auto& answer = topic.partition_responses.emplace_back();
      answer.index = partition.index;
      answer.log_start_offset = 0;
      const base::BytesView records =
          partition.records ? partition.records->bytes() : base::BytesView{};
      const auto batch = record::BatchView::parse(records);
      if (!batch || !record::ValidBatch::check(*batch)) {
        answer.error_code = model::ErrorCode::corrupt_message;
        continue;
      }
      if (::write(broker.file, records.data(), records.size()) !=
          static_cast<ssize_t>(records.size())) {
        give_up("cannot write");
      }
      answer.base_offset = state.next_offset;
      state.next_offset += batch->record_count();
    }
  }
  return response;
}

base::Bytes framed(const protocol::RequestHeader& header, protocol::MessageView response) {
  auto frame =
      protocol::encode_response_frame(model::CorrelationId{header.correlation_id}, response,
                                      model::ApiVersion{header.request_api_version});
  if (!frame) give_up(frame.error().detail);
  return std::move(frame->bytes);
}

template <class Request>
Request decoded(base::BytesView frame, const protocol::RequestHeader& header) {
  auto request = protocol::decode<Request>(frame, model::ApiVersion{header.request_api_version});
  if (!request) give_up(request.error().detail);
  return std::move(*request);
}

// The answer's bytes, none for produce with acks=0.
base::Bytes answer(Broker& broker, base::BytesView frame) {
  const auto header = protocol::decode_request_header(frame);
  if (!header) give_up(header.error().detail);
  const model::ApiKey key{header->request_api_key};
  if (key == protocol::ApiVersionsRequest::api_key) return framed(*header, api_versions());
  if (key == protocol::MetadataRequest::api_key) {
    return framed(*header, metadata(broker, decoded<protocol::MetadataRequest>(frame, *header)));
  }
  if (key == protocol::InitProducerIdRequest::api_key) {
    protocol::InitProducerIdResponse response;
    response.producer_id = 1;
    response.producer_epoch = 0;
    return framed(*header, response);
  }
  if (key != protocol::ProduceRequest::api_key) give_up("api " + to_string(key) + " is not served");
  const auto request = decoded<protocol::ProduceRequest>(frame, *header);
  const auto response = produce(broker, request);
  return request.acks == 0 ? base::Bytes{} : framed(*header, response);
}

struct Connection {
  base::Bytes received;
  std::size_t filled = 0;
};

// Reads what is there and answers every whole frame with one send; false when the peer is gone.
bool serve(Broker& broker, int socket, Connection& connection) {
  if (connection.received.size() - connection.filled < read_bytes)
    connection.received.resize(connection.filled + read_bytes);
  const ssize_t got = ::recv(socket, connection.received.data() + connection.filled, read_bytes, 0);
  if (got <= 0) return false;
  connection.filled += static_cast<std::size_t>(got);
  base::BytesView unread = base::BytesView(connection.received).first(connection.filled);
  base::Bytes out;
  while (unread.size() >= 4) {
    const auto length =
        static_cast<std::size_t>(base::load_big_endian<std::int32_t>(unread.data()));
    if (unread.size() < 4 + length) break;
    base::append(out, answer(broker, unread.subspan(4, length)));
    unread = unread.subspan(4 + length);
  }
  std::memmove(connection.received.data(), unread.data(), unread.size());
  connection.filled = unread.size();
  return out.empty() ||
         ::send(socket, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
}

int listen_on(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket, 512) != 0) {
    give_up("cannot listen");
  }
  return socket;
}

void watch(int poller, int socket) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
  epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event);
}

void run(Broker& broker) {
  const int listener = listen_on(broker.port);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  watch(poller, listener);
  std::map<int, Connection> connections;
  std::vector<epoll_event> events(64);
  for (;;) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket == listener) {
        const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int on = 1;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections[peer];
        watch(poller, peer);
      } else if (!serve(broker, socket, connections[socket])) {
        connections.erase(socket);
        ::close(socket);
      }
    }
  }
}

}  // namespace
}  // namespace gregor::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: null_broker PORT FOLDER\n", stderr);
    return 2;
  }
  gregor::bench::Broker broker;
  broker.port = std::atoi(argv[1]);
  broker.file = ::open((std::string(argv[2]) + "/log").c_str(),
                       O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (broker.file < 0) gregor::bench::give_up("cannot open a file in the folder");
  gregor::bench::run(broker);
}
