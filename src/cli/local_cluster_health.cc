// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/local_cluster_health.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "cli/broker_connection.h"
#include "server/descriptor.h"

namespace gregor::cli {
namespace {

using model::Result;
using server::Descriptor;
using server::uninterrupted;

constexpr int first_port = 10'000, port_count = 20'000;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Descriptor tcp_socket() { return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

// What the server says until it hangs up; nullopt when it cannot be reached or keeps silent.
std::optional<std::string> four_letter_word(int port, std::string_view word) {
  const Descriptor socket = tcp_socket();
  const timeval patience{.tv_sec = answer_timeout.count(), .tv_usec = 0};
  ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const sockaddr_in address = loopback(port);
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    return std::nullopt;
  if (::send(socket.number(), word.data(), word.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  constexpr std::size_t answer_bytes_max = 1 << 16;
  std::string answer;
  std::array<char, 4096> part{};
  while (answer.size() < answer_bytes_max) {
    const ssize_t count =
        uninterrupted([&] { return ::recv(socket.number(), part.data(), part.size(), 0); });
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    answer.append(part.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

bool lacks_a_quorum(const LocalCluster& cluster) {
  const auto servers = cluster.of(MemberKind::zookeeper);
  return std::ranges::count_if(servers, &Member::running) * 2 <= std::ssize(servers);
}

}  // namespace

bool is_free(int port) {
  const Descriptor socket = tcp_socket();
  const int yes = 1;  // as the one that will want it: ended connections do no harm
  ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const sockaddr_in address = loopback(port);
  return ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

FreePorts::FreePorts() {
  constexpr int stride = 61;  // a cluster wants a few dozen
  port_ = static_cast<int>(static_cast<std::int64_t>(::getpid()) * stride % port_count);
}

int FreePorts::next() {
  do {
    port_ = (port_ + 1) % port_count;
  } while (!is_free(first_port + port_));
  return first_port + port_;
}

std::optional<std::string> zookeeper_mode(int port) {
  const auto answer = four_letter_word(port, "srvr");
  if (!answer || answer->empty()) return std::nullopt;
  constexpr std::string_view label = "Mode: ";
  const std::size_t at = answer->find(label);
  if (at == std::string::npos) return "";
  return answer->substr(at + label.size(), answer->find('\n', at) - at - label.size());
}

Result<protocol::MetadataResponse> metadata_of(const Member& broker) {
  auto connection =
      BrokerConnection::open({"127.0.0.1", std::to_string(broker.port)}, answer_timeout, "gregor");
  if (!connection) return model::fail(connection.error());
  protocol::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  request.topics.reset();
  constexpr protocol::Versions creating_nothing{4, protocol::MetadataRequest::versions.last};
  const auto answer = connection->call(request, creating_nothing);
  if (!answer) return model::fail(answer.error());
  return answer->as<protocol::MetadataResponse>();
}

bool lists(const protocol::MetadataResponse& metadata, const Member& broker) {
  return std::ranges::any_of(metadata.brokers,
                             [&](const auto& listed) { return listed.node_id == broker.id; });
}

bool is_ready(const LocalCluster& cluster, const Member& member) {
  if (member.kind == MemberKind::zookeeper) {
    const auto mode = zookeeper_mode(member.port);
    return mode && (!mode->empty() || lacks_a_quorum(cluster));
  }
  const auto metadata = metadata_of(member);
  return metadata && metadata->controller_id >= 0 && lists(*metadata, member);
}

std::string last_words(const std::string& log) {
  constexpr std::streamoff words_max = 500;
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - words_max));
  std::string words{std::istreambuf_iterator<char>(file), {}};
  // A whole line, where there is one.
  if (const std::size_t line = words.find('\n'); size > words_max && line != std::string::npos)
    words.erase(0, line + 1);
  return words;
}

}  // namespace gregor::cli
