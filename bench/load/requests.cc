// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// One-record produce requests over raw sockets, a fixed number in flight on each connection: what a
// broker pays for a request, with next to nothing spent by the client.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/bytes.h"
#include "load/client.h"
#include "record/builder.h"

namespace gregor::bench {
namespace {

void append_text(base::Bytes& to, const std::string& text) {
  base::append_big_endian(to, static_cast<std::int16_t>(text.size()));
  base::append(to, base::as_bytes(text));
}

// A produce request, version 7 (the last one before topic ids and compact lengths), length prefix
// included.
base::Bytes request_frame(const Options& options) {
  record::BatchBuilder batch({});
  const std::string value = payload(options.size);
  batch.add({.timestamp = model::Timestamp{1'700'000'000'000},
             .key = std::nullopt,
             .value = base::as_bytes(value)});
  const base::Bytes records = batch.finish();
  base::Bytes frame;
  base::append_big_endian(frame, std::int32_t{0});
  base::append_big_endian(frame, std::int16_t{0});  // api key
  base::append_big_endian(frame, std::int16_t{7});  // api version
  base::append_big_endian(frame, std::int32_t{1});  // correlation id
  append_text(frame, "load");
  base::append_big_endian(frame, std::int16_t{-1});  // no transactional id
  base::append_big_endian(frame, std::int16_t{1});   // acks
  base::append_big_endian(frame, std::int32_t{30'000});
  base::append_big_endian(frame, std::int32_t{1});  // topics
  append_text(frame, options.topic);
  base::append_big_endian(frame, std::int32_t{1});  // partitions
  base::append_big_endian(frame, std::int32_t{0});
  base::append_big_endian(frame, static_cast<std::int32_t>(records.size()));
  base::append(frame, records);
  base::store_big_endian(frame.data(), static_cast<std::int32_t>(frame.size() - 4));
  return frame;
}

// The place of the partition's error code in the answer: after length, correlation id, two array
// counts, the topic's name and the partition's index.
std::size_t error_code_at(const Options& options) {
  return 4 + 4 + 4 + 2 + options.topic.size() + 4 + 4;
}

struct Connection {
  int socket = -1;
  base::Bytes received;
  std::uint64_t answered = 0;
};

int connect_to(const std::string& bootstrap) {
  const auto colon = bootstrap.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(bootstrap.substr(colon + 1))));
  if (inet_pton(AF_INET, bootstrap.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    give_up("requests need an IPv4 address: " + bootstrap);
  }
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    give_up("cannot connect to " + bootstrap);
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

// Requests are far smaller than a socket's buffer and bounded by in_flight, so that a blocking send
// is short.
void send_all(int socket, base::BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) give_up("the broker closed the connection");
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

void send_requests(const Connection& connection, const base::Bytes& frame, std::uint64_t count) {
  base::Bytes all;
  all.reserve(frame.size() * count);
  for (std::uint64_t i = 0; i < count; ++i) base::append(all, frame);
  send_all(connection.socket, all);
}

// Reads what is there; returns how many whole answers that completed.
std::uint64_t take_answers(Connection& connection, std::size_t error_at) {
  std::array<std::byte, 65536> buffer;
  const ssize_t got = ::recv(connection.socket, buffer.data(), buffer.size(), 0);
  if (got <= 0) give_up("the broker closed the connection");
  base::append(connection.received, base::BytesView(buffer).first(static_cast<std::size_t>(got)));
  std::uint64_t answers = 0;
  std::size_t at = 0;
  while (connection.received.size() - at >= 4) {
    const auto length = static_cast<std::size_t>(
                            base::load_big_endian<std::int32_t>(connection.received.data() + at)) +
                        4;
    if (connection.received.size() - at < length) break;
    const auto error =
        base::load_big_endian<std::int16_t>(connection.received.data() + at + error_at);
    if (error != 0) give_up(fmt::format("the broker answered error {}", error));
    at += length;
    ++answers;
  }
  connection.received.erase(connection.received.begin(),
                            connection.received.begin() + static_cast<std::ptrdiff_t>(at));
  connection.answered += answers;
  return answers;
}

std::vector<Connection> open_connections(const Options& options, int poller) {
  std::vector<Connection> connections(static_cast<std::size_t>(options.connections));
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].socket = connect_to(options.bootstrap);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(poller, EPOLL_CTL_ADD, connections[i].socket, &event);
  }
  return connections;
}

}  // namespace

int requests(const Options& options) {
  const base::Bytes frame = request_frame(options);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> connections = open_connections(options, poller);
  const auto begun = Clock::now();
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  const auto top_up = [&](const Connection& connection, std::uint64_t room) {
    const std::uint64_t count = std::min(room, options.records - sent);
    if (count == 0) return;
    send_requests(connection, frame, count);
    sent += count;
  };
  for (const Connection& connection : connections)
    top_up(connection, static_cast<std::uint64_t>(options.in_flight));
  std::array<epoll_event, 64> events;
  while (answered < options.records) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      Connection& connection = connections[events[static_cast<std::size_t>(i)].data.u64];
      const std::uint64_t got = take_answers(connection, error_code_at(options));
      answered += got;
      top_up(connection, got);
    }
  }
  const double seconds = seconds_since(begun);
  fmt::print("{{\"requests\":{},\"seconds\":{:.6f},\"requests_per_second\":{:.1f}}}\n", answered,
             seconds, static_cast<double>(answered) / seconds);
  for (const Connection& connection : connections) ::close(connection.socket);
  ::close(poller);
  return 0;
}

}  // namespace gregor::bench
