// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// The shell of a shard, with real sockets and threads, around a small step function of the test.
#include "server/shard_thread.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "broker/trace.h"
#include "server/clock.h"
#include "server/posix_disk.h"
#include "server/temporary_folder.h"
#include "server/test_client.h"

namespace gregor::server {
namespace {

using broker::ConnectionId;
using broker::Effects;
using broker::Event;
using testing::HasSubstr;

// What was reported so far, to be waited for.
class Diary {
 public:
  void write(std::string entry) {
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back(std::move(entry));
    }
    changed_.notify_all();
  }
  // The first entry that contains the text; empty when none came in time.
  std::string wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    std::string found;
    changed_.wait_for(lock, std::chrono::seconds(TestClient::deadline_seconds), [&] {
      for (const auto& entry : entries_)
        if (found.empty() && entry.find(text) != std::string::npos) found = entry;
      return !found.empty();
    });
    return found;
  }
  std::size_t count(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count_if(
        entries_, [&](const auto& entry) { return entry.find(text) != std::string::npos; }));
  }
  // How many entries are before the first one that contains the text.
  std::ptrdiff_t place_of(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return std::ranges::find_if(
               entries_, [&](const auto& entry) { return entry.find(text) != std::string::npos; }) -
           entries_.begin();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> entries_;
};

struct Host final : ShardHost {
  explicit Host(Diary& to) : diary(to) {}
  void send(broker::ShardId from, broker::Outgoing outgoing) override {
    diary.write("message from " + to_string(from) + " to " + to_string(outgoing.to));
  }
  void coordinate(std::vector<coordination::Request> requests) override {
    for (const auto& request : requests) diary.write("coordinate " + to_string(request.id));
  }
  void sync(broker::ShardId, broker::SyncJob job) override {
    diary.write("sync " + to_string(job.id));
  }
  void connection_closed(const std::string& address) override { diary.write("gone " + address); }
  void log(broker::Severity, std::string_view text) override { diary.write(std::string(text)); }
  void trace(std::string_view lines) override {
    if (on_trace) on_trace();
    broker::for_each_line(
        lines, [&](std::string_view line) { diary.write("trace " + std::string(line)); });
  }
  void reached(broker::ShardId, Milestone milestone) override {
    diary.write(milestone == Milestone::ready ? "ready" : "stopped");
  }
  void failed(const std::string& why) override { diary.write("failed " + why); }
  Diary& diary;
  std::function<void()> on_trace;
};

// Answers requests by what they say: "echo …", "file", "park", "wake" (answers the parked ones),
// "close", "silent", "effects".
struct TestShard {
  explicit TestShard(Diary& to) : diary(to) {}

  void operator()(model::Now now, Event event, Effects& out) {
    std::visit([&](auto& e) { on(now, e, out); }, event);
    out.wake_at = wake_at;
  }

  void on(model::Now, broker::ConnectionOpened& opened, Effects&) {
    diary.write("opened " + opened.peer + " on " + opened.listener);
  }
  void on(model::Now, broker::ConnectionClosed& closed, Effects&) {
    diary.write("closed " + to_string(closed.connection));
  }
  void on(model::Now now, broker::TimeReached&, Effects&) {
    diary.write(now.monotonic >= *wake_at ? "in time" : "too early");
    wake_at.reset();
  }
  void on(model::Now, broker::MessageArrived& arrived, Effects&) {
    diary.write("message of " + to_string(arrived.from));
  }
  void on(model::Now, broker::StopRequested&, Effects& out) { out.stopped = true; }
  void on(model::Now, broker::Started&, Effects& out) { out.ready = true; }
  template <class Other>
  void on(model::Now, Other&, Effects&) {}

  void on(model::Now now, broker::RequestReceived& request, Effects& out) {
    const std::string text(base::as_text(request.frame));
    diary.write("request " + text.substr(0, 40));
    const ConnectionId from = request.connection;
    if (text == "park") {
      parked.push_back(from);
    } else if (text == "wake") {
      for (const ConnectionId waiting : std::exchange(parked, {})) answer(waiting, "woken", out);
      answer(from, "done", out);
    } else if (text == "close") {
      out.closes.push_back({from, "it asked for it"});
    } else if (text == "silent") {
      out.proceeds.push_back({from});
    } else if (text == "file") {
      out.replies.push_back(
          {from,
           {base::to_bytes(base::as_bytes("head")), file, base::to_bytes(base::as_bytes("tail"))}});
    } else if (text == "effects") {
      everything(now, out);
      answer(from, "done", out);
    } else {
      if (text.starts_with("traced")) out.trace += text + "\n";
      answer(from, text, out);
    }
  }

  void everything(model::Now now, Effects& out) {
    out.messages.push_back({broker::ShardId(0), nullptr});
    out.messages.push_back({broker::ShardId(7), nullptr});
    out.coordination.push_back({coordination::RequestId(5), coordination::GetData{"/", false}});
    out.syncs.push_back({broker::SyncId(9), {}});
    out.lines.push_back({broker::Severity::info, "a line"});
    out.trace += "of everything\n";
    out.fatal = "broken";
    wake_at = now.monotonic + 10;
  }

  void answer(ConnectionId to, std::string_view text, Effects& out) {
    out.replies.push_back({to, {base::to_bytes(base::as_bytes(framed(text)))}});
  }

  Diary& diary;
  broker::FileSlice file;
  std::vector<ConnectionId> parked;
  std::optional<model::Instant> wake_at;
};

struct ShardThreadTest : testing::Test {
  Diary diary;
  Host host{diary};
  model::BrokerSettings settings;
  std::uint64_t memory = 64 << 20;
  TestShard shard{diary};
  std::unique_ptr<MemoryBudget> budget;
  std::unique_ptr<ShardThread> thread;
  std::uint64_t connections = 0;

  void start() {
    budget = std::make_unique<MemoryBudget>(memory);
    thread = std::make_unique<ShardThread>(
        broker::ShardId(0),
        [this](model::Now now, Event event, Effects& out) { shard(now, std::move(event), out); },
        settings, *budget, host);
    thread->start();
  }

  TestClient connect() {
    if (!thread) start();
    auto [client, accepted] = make_connection();
    thread->adopt(std::move(accepted));
    return std::move(client);
  }

  // Both ends of a connection that the thread does not know of yet.
  std::pair<TestClient, Accepted> make_connection() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    EXPECT_EQ(::fcntl(ends[1], F_SETFL, 0), 0);  // the client's end blocks
    const std::string id = std::to_string(++connections);
    return std::make_pair(TestClient(Descriptor(ends[1])),
                          Accepted{ConnectionId(connections), Descriptor(ends[0]), "peer" + id,
                                   "address" + id, "PLAINTEXT"});
  }
};

TEST_F(ShardThreadTest, PipelinedRequestsAreAnsweredInOrderHoweverTheyAreCut) {
  TestClient client = connect();
  std::string stream;
  constexpr int requests = 500;
  for (int i = 0; i < requests; ++i)
    stream +=
        framed("echo " + std::to_string(i) + std::string(static_cast<std::size_t>(i * 7), 'x'));
  std::thread sender([&] {
    std::size_t size = 1;
    for (std::string_view rest = stream; !rest.empty(); size = size * 3 % 70'001) {
      const auto part = rest.substr(0, size);
      if (!client.send(part)) return;
      rest.remove_prefix(part.size());
    }
  });
  for (int i = 0; i < requests; ++i) {
    const auto reply = client.receive_frame();
    ASSERT_TRUE(reply.has_value()) << i;
    ASSERT_THAT(*reply, HasSubstr("echo " + std::to_string(i)));
    ASSERT_EQ(reply->size(), 5 + std::to_string(i).size() + static_cast<std::size_t>(i) * 7);
  }
  sender.join();
}

TEST_F(ShardThreadTest, ARequestMayBeAsLargeAsTheLimit) {
  settings.socket_request_max_bytes = 5'000'000;
  TestClient client = connect();
  const std::string request(5'000'000, 'x');
  std::thread sender([&] { client.send(framed(request)); });
  EXPECT_EQ(client.receive_frame(), request);
  sender.join();
}

TEST_F(ShardThreadTest, ABusyConnectionWaitsAndTheOthersGoOn) {
  TestClient waiting = connect();
  TestClient other = connect();
  ASSERT_TRUE(waiting.send(framed("park") + framed("echo after")));
  ASSERT_NE(diary.wait_for("request park"), "");
  ASSERT_TRUE(other.send(framed("echo other")));
  EXPECT_EQ(other.receive_frame(), "echo other");
  EXPECT_EQ(diary.count("echo after"), 0U) << "one request at a time";
  ASSERT_TRUE(other.send(framed("wake")));
  EXPECT_EQ(waiting.receive_frame(), "woken");
  EXPECT_EQ(waiting.receive_frame(), "echo after");
  EXPECT_EQ(other.receive_frame(), "done");
}

TEST_F(ShardThreadTest, ARequestWithoutAnswerLetsTheNextOneThrough) {
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("silent") + framed("silent") + framed("echo")));
  EXPECT_EQ(client.receive_frame(), "echo");
}

TEST_F(ShardThreadTest, BytesThatAreNoRequestCloseTheConnectionWithALineAfterTheGoodOnes) {
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("echo") + "GET / HTTP/1.1\r\n\r\n"));
  EXPECT_EQ(client.receive_frame(), "echo");
  EXPECT_TRUE(client.is_closed());
  EXPECT_THAT(diary.wait_for("closed the connection of peer1"), HasSubstr("HTTP"));
  EXPECT_NE(diary.wait_for("closed 1"), "") << "the shard hears of it";
  EXPECT_NE(diary.wait_for("gone address1"), "");
}

TEST_F(ShardThreadTest, ACloseIsDoneAtOnceWithTheShardsReason) {
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("close") + framed("echo")));
  EXPECT_TRUE(client.is_closed());
  EXPECT_THAT(diary.wait_for("closed the connection of peer1"), HasSubstr("it asked for it"));
  EXPECT_EQ(diary.count("request echo"), 0U);
}

TEST_F(ShardThreadTest, APeerThatLeavesIsNoticedAlsoWhileItsRequestIsParked) {
  TestClient parked = connect();
  ASSERT_TRUE(parked.send(framed("park")));
  ASSERT_NE(diary.wait_for("request park"), "");
  parked.close();
  EXPECT_NE(diary.wait_for("closed 1"), "");
  TestClient idle = connect();
  idle.close();
  EXPECT_NE(diary.wait_for("closed 2"), "");
}

TEST_F(ShardThreadTest, EffectsReachWhomTheyAreFor) {
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("effects")));
  EXPECT_EQ(client.receive_frame(), "done");
  for (const char* expected : {"ready", "message of 0", "message from 0 to 7", "coordinate 5",
                               "sync 9", "a line", "failed broken", "in time"})
    EXPECT_NE(diary.wait_for(expected), "") << expected;
  EXPECT_EQ(diary.count("too early"), 0U);
  thread->deliver(broker::StopRequested{});
  EXPECT_NE(diary.wait_for("stopped"), "");
}

TEST_F(ShardThreadTest, TheTraceIsWrittenBeforeAnythingThatItTellsOfLeaves) {
  TestClient client = connect();
  int early = 0;
  host.on_trace = [&] {
    pollfd answer{client.descriptor(), POLLIN, 0};
    early += ::poll(&answer, 1, 0);
  };
  ASSERT_TRUE(client.send(framed("traced 1") + framed("traced 2")));
  EXPECT_EQ(client.receive_frame(), "traced 1");
  EXPECT_EQ(diary.count("trace traced 1"), 1U);
  EXPECT_EQ(client.receive_frame(), "traced 2");
  EXPECT_EQ(diary.count("trace traced 2"), 1U);
  EXPECT_EQ(early, 0) << "an answer was there already";
  ASSERT_TRUE(client.send(framed("effects")));
  EXPECT_EQ(client.receive_frame(), "done");
  EXPECT_LT(diary.place_of("trace of everything"), diary.place_of("message from 0 to 7"));
}

struct FileReplies : ShardThreadTest {
  TemporaryFolder folder;
  PosixDisk disk;
  std::string content;

  void put_file(std::size_t bytes) {
    for (std::size_t i = 0; content.size() < bytes; ++i) content += std::to_string(i) + " ";
    content.resize(bytes);
    const auto file = *disk.open(folder.path() + "/f", log::OpenMode::create);
    const base::BytesView piece = base::as_bytes(content);
    ASSERT_TRUE(file->write_at(0, {&piece, 1}));
    shard.file = {file, 1000, bytes - 1000};
  }
};

TEST_F(FileReplies, SlicesOfFilesArriveWholeAtSlowReadersToo) {
  put_file(10 << 20);
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("file") + framed("file") + framed("echo")));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.receive(4), "head");
    std::string received;
    while (received.size() < content.size() - 1000) {  // in small sips
      const auto sip =
          client.receive(std::min<std::size_t>(30'000, content.size() - 1000 - received.size()));
      ASSERT_TRUE(sip.has_value());
      received += *sip;
    }
    const auto wrong = std::ranges::mismatch(received, std::string_view(content).substr(1000));
    EXPECT_EQ(wrong.in1 - received.begin(), std::ssize(received)) << "the first byte that differs";
    EXPECT_EQ(client.receive(4), "tail");
  }
  EXPECT_EQ(client.receive_frame(), "echo");
  EXPECT_EQ(budget->used(), 0U) << "what lies in files takes no memory";
}

TEST_F(FileReplies, AFileThatEndsTooEarlyClosesTheConnectionWithALine) {
  put_file(1 << 20);
  ASSERT_TRUE(shard.file.file->truncate(500'000));
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("file")));
  while (client.receive(1)) {
  }
  EXPECT_THAT(diary.wait_for("closed the connection of peer1"), HasSubstr("a file that ends at"));
}

TEST_F(FileReplies, APeerThatLeavesInTheMiddleOfAFileIsForgottenAndTheRestIsServed) {
  put_file(10 << 20);
  TestClient leaving = connect();
  TestClient other = connect();
  ASSERT_TRUE(leaving.send(framed("file") + framed("file")));
  ASSERT_EQ(leaving.receive(4), "head");
  ASSERT_TRUE(leaving.receive(100'000).has_value());
  leaving.close();
  EXPECT_NE(diary.wait_for("closed 1"), "");
  EXPECT_NE(diary.wait_for("gone address1"), "");
  ASSERT_TRUE(other.send(framed("echo")));
  EXPECT_EQ(other.receive_frame(), "echo");
}

// As many bytes as are read at once, so that the end is seen in the same turn.
TEST_F(ShardThreadTest, WhoSaysNoMoreStillGetsTheAnswersToWhatHeAsked) {
  start();
  auto [client, accepted] = make_connection();
  const int buffer = 1 << 20;
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
  constexpr int requests = 256;
  std::string stream;
  for (int i = 0; i < requests; ++i) stream += framed("echo" + std::string(1016, 'x'));
  ASSERT_EQ(stream.size(), 256U << 10);
  ASSERT_EQ(client.send_what_fits(stream), stream.size());
  ASSERT_EQ(::shutdown(client.descriptor(), SHUT_WR), 0);
  thread->adopt(std::move(accepted));
  for (int i = 0; i < requests; ++i) ASSERT_TRUE(client.receive_frame().has_value()) << i;
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ShardThreadTest, WhoDoesNotReadIsNotServedFurtherAndHoldsUpNobody) {
  TestClient lazy = connect();
  TestClient other = connect();
  const std::string request = framed("echo lazy" + std::string(100'000, 'x'));
  std::size_t sent = 0;
  std::size_t requests = 0;
  // Sends until the kernel takes no more although the shard had time to read.
  for (std::size_t quiet = 0; quiet < 50; ++quiet) {
    const std::size_t part = lazy.send_what_fits(std::string_view(request).substr(sent));
    if (part > 0) quiet = 0;
    sent += part;
    if (sent == request.size()) {
      sent = 0;
      ++requests;
    }
    ASSERT_LT(requests, 1000U) << "it reads for ever";
    ASSERT_TRUE(other.send(framed("echo")));
    ASSERT_EQ(other.receive_frame(), "echo");
  }
  EXPECT_LT(budget->used(), 2U << 20);
}

TEST_F(ShardThreadTest, IdleConnectionsAreClosedAndOthersAreNot) {
  settings.connections_max_idle_ms = 300;
  TestClient idle = connect();
  TestClient active = connect();
  EXPECT_TRUE(wait_until([&] {
    EXPECT_TRUE(active.send(framed("echo")));
    EXPECT_EQ(active.receive_frame(), "echo");
    return diary.count("closed the connection of peer1: idle") > 0;
  }));
  EXPECT_TRUE(idle.is_closed());
  EXPECT_NE(diary.wait_for("closed the connection of peer2: idle"), "");
}

TEST_F(ShardThreadTest, WithoutMemoryTheFrameThatStalledLongestGoesAndTheRestIsServed) {
  memory = 200'000;  // two unfinished frames have up to 120,000 each
  settings.socket_request_max_bytes = 1'000'000;
  TestClient first = connect();
  ASSERT_TRUE(first.send(framed(std::string(200'000, 'x')).substr(0, 60'000)));
  ASSERT_TRUE(wait_until([&] { return budget->used() >= 60'000; }));
  TestClient second = connect();
  ASSERT_TRUE(second.send(framed(std::string(200'000, 'x')).substr(0, 60'000)));
  ASSERT_TRUE(wait_until([&] { return budget->exhausted(); }));
  TestClient third = connect();
  ASSERT_TRUE(third.send(framed("echo")));
  EXPECT_EQ(third.receive_frame(), "echo") << "served once there is memory again";
  EXPECT_TRUE(first.is_closed());
  EXPECT_THAT(diary.wait_for("closed the connection of peer1"),
              HasSubstr("queued.max.request.bytes"));
  EXPECT_EQ(diary.count("closed the connection of peer2"), 0U);
}

TEST_F(ShardThreadTest, WithoutMemoryADripOfBytesIsNoProgress) {
  memory = 100'000;
  settings.socket_request_max_bytes = 1'000'000;
  TestClient dripping = connect();
  ASSERT_TRUE(dripping.send(framed(std::string(200'000, 'x')).substr(0, 60'000)));
  ASSERT_TRUE(wait_until([&] { return budget->exhausted(); }));
  TestClient other = connect();
  ASSERT_TRUE(other.send(framed("echo")));
  EXPECT_TRUE(wait_until([&] {
    dripping.send("x");
    return diary.count("request echo") > 0;
  }));
  EXPECT_NE(diary.wait_for("closed the connection of peer1: no progress"), "");
}

TEST_F(ShardThreadTest, GoesAtOnceWithConnectionsOpenAndRequestsParked) {
  TestClient client = connect();
  ASSERT_TRUE(client.send(framed("park") + framed("echo")));
  ASSERT_NE(diary.wait_for("request park"), "");
  thread.reset();
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace gregor::server
