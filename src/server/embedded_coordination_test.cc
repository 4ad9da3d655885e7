// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/embedded_coordination.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "log/simulated_disk.h"
#include "server/mailbox.h"
#include "server/service_driver.h"
#include "server/test_client.h"

namespace gregor::server {
namespace {

using namespace coordination;

struct EmbeddedCoordinationTest : ::testing::Test {
  log::SimulatedDisk disk;
  Mailbox<CoordinationEvent> deliveries;
  Mailbox<std::string> failures;

  std::unique_ptr<EmbeddedCoordination> open() {
    EXPECT_TRUE(disk.create_folder("/d"));
    auto store = broker::CoordinationStore::open(disk, "/d", model::Timestamp(1));
    EXPECT_TRUE(store.has_value());
    auto service = std::make_unique<EmbeddedCoordination>(
        std::move(*store),
        [this](CoordinationEvent event) { static_cast<void>(deliveries.put(std::move(event))); },
        [this](std::string why) { static_cast<void>(failures.put(std::move(why))); });
    service->start();
    EXPECT_TRUE(wait_until([&] { return !deliveries.take().empty(); }));  // the session
    return service;
  }
};

TEST_F(EmbeddedCoordinationTest, AnswersInTheOrderOfSubmissionAndBeforeItCloses) {
  constexpr std::uint64_t requests = 300;
  auto service = open();
  for (std::uint64_t id = 1; id <= requests; ++id)
    service->submit({{RequestId(id), Multi{{Create{"/n" + std::to_string(id), ""}}}}});
  ASSERT_TRUE(service->close());
  const auto answers = deliveries.take();
  ASSERT_EQ(answers.size(), requests);
  for (std::uint64_t id = 1; id <= requests; ++id) {
    const auto& reply = std::get<Reply>(answers[id - 1]);
    EXPECT_EQ(reply.id, RequestId(id));
    EXPECT_EQ(reply.status, Status::ok);
  }
}

TEST_F(EmbeddedCoordinationTest, AFailingDiskIsReportedAndNothingIsAnswered) {
  auto service = open();
  disk.fail_next(log::DiskOperation::sync);
  service->submit({{RequestId(1), Multi{{Create{"/n", ""}}}}});
  EXPECT_TRUE(wait_until([&] { return !failures.take().empty(); }));
  EXPECT_TRUE(deliveries.take().empty());
}

// There is only ever one session.
RC_GTEST_PROP(EmbeddedCoordination, BehavesAsTheTree, ()) {
  auto script = *test::any_script();
  for (auto& step : script) step.kind = test::PortStep::Kind::ask;
  log::SimulatedDisk disk;
  RC_ASSERT(disk.create_folder("/d").has_value());
  test::ServiceDriver driver([&](CoordinationService::Deliver deliver) {
    auto store = broker::CoordinationStore::open(disk, "/d", model::Timestamp(1));
    return std::make_unique<EmbeddedCoordination>(std::move(*store), std::move(deliver),
                                                  [](const std::string& why) { FAIL() << why; });
  });
  test::expect_alike(driver, script);
}

}  // namespace
}  // namespace gregor::server
