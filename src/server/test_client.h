// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A client for tests: blocking, with a deadline on everything, so that a test that waits for what
// never comes fails instead of hanging.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "server/descriptor.h"

namespace gregor::server {

// True as soon as the condition holds; false when it does not in time.
template <class Condition>
bool wait_until(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

inline std::string framed(std::string_view payload) {
  base::Bytes frame;
  base::append_big_endian(frame, static_cast<std::int32_t>(payload.size()));
  base::append(frame, base::as_bytes(payload));
  return std::string(base::as_text(frame));
}

class TestClient {
 public:
  static constexpr int deadline_seconds = 30;

  explicit TestClient(Descriptor socket) : socket_(std::move(socket)) {
    const timeval deadline{deadline_seconds, 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof(deadline));
  }

  // To a port of this machine; `open()` says whether it was let in.
  static TestClient connect(std::uint16_t port) {
    Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
      return TestClient(Descriptor());
    return TestClient(std::move(socket));
  }

  [[nodiscard]] bool open() const { return socket_.open(); }
  [[nodiscard]] int descriptor() const { return socket_.number(); }
  void close() { socket_ = Descriptor(); }

  // False when the other side closed or the deadline passed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // As much as fits without waiting.
  std::size_t send_what_fits(std::string_view bytes) {
    std::size_t all = 0;
    while (all < bytes.size()) {
      const ssize_t sent = ::send(socket_.number(), bytes.data() + all, bytes.size() - all,
                                  MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) break;
      all += static_cast<std::size_t>(sent);
    }
    return all;
  }

  // nullopt when the other side closed or the deadline passed before so many bytes came.
  std::optional<std::string> receive(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = ::recv(socket_.number(), bytes.data() + done, count - done, 0);
      if (got <= 0) return std::nullopt;
      done += static_cast<std::size_t>(got);
    }
    return bytes;
  }

  // The payload of the next frame.
  std::optional<std::string> receive_frame() {
    const auto prefix = receive(sizeof(std::int32_t));
    if (!prefix) return std::nullopt;
    const auto length = base::load_big_endian<std::int32_t>(base::as_bytes(*prefix).data());
    return receive(static_cast<std::size_t>(length));
  }

  // True when the other side closed; false when bytes came or the deadline passed.
  bool is_closed() {
    char byte;
    const ssize_t got = ::recv(socket_.number(), &byte, 1, 0);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

 private:
  Descriptor socket_;
};

}  // namespace gregor::server
