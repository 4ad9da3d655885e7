// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// A broker for tests of the fuzzer, on a free port of this machine: it answers every request that
// it can read with a message of defaults, refuses the others as Kafka does – and commits one sin.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "fuzz/wire/frame_splitter.h"
#include "fuzz/wire/served.h"
#include "protocol/api_table.h"
#include "protocol/message.h"
#include "server/descriptor.h"

namespace gregor::fuzz::wire {

enum class Sin {
  none,
  hangs,              // never answers, never closes
  hangs_at_first,     // until it has seen some requests
  dies,               // takes no connections any more
  ignores_probes,     // of connections that begin with ApiVersions, when it has seen some others
  grows,              // keeps 256 KiB for each request
  wrong_id,           // answers with another correlation id
  cuts_answers,       // short of their last byte
  pads_answers,       // one byte more than the message has
  answers_twice,      //
  reorders,           // the second answer first
  answers_acks_0,     //
  serves_unserved,    // answers versions that it does not list, with what it has
  says_other_error,   // answers an unserved ApiVersions without UNSUPPORTED_VERSION
  keeps_half_frames,  // and their connections, when the client is gone
};

// What Kafka 4.1 lists.
Served served_by_test_broker();

class TestBroker {
 public:
  explicit TestBroker(Sin sin);
  ~TestBroker();
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  // "127.0.0.1:12345"
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  struct Client {
    server::Descriptor socket;
    FrameSplitter stream;
    bool mute = false;  // is answered nothing any more
  };

  void serve();
  void accept_one();
  // False: the connection is to be closed.
  bool read(Client& client);
  bool answer_all(Client& client);
  // The answers of a frame; false as above.
  bool answer(Client& client, base::BytesView frame, std::vector<base::Bytes>& answers);
  [[nodiscard]] base::Bytes sinful(base::Bytes answer) const;
  [[nodiscard]] protocol::AnyMessage response(const protocol::Api& api) const;

  Sin sin_;
  server::Descriptor listener_;
  server::Descriptor stop_reading_, stop_writing_;
  std::uint16_t port_ = 0;
  std::list<Client> clients_;
  std::vector<base::Bytes> kept_;
  int sinned_ = 0;
  std::thread thread_;
};

}  // namespace gregor::fuzz::wire
