// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/store_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "jepsen/runner/serve.h"
#include "server/asio.h"
#include "server/temporary_folder.h"

namespace gregor::jepsen {
namespace {

using testing::HasSubstr;
using testing::Not;

class StorePages : public testing::Test {
 protected:
  StorePages() {
    write("gregor-log/20261121T100000.000Z", "results.json",
          R"({"valid":true,"test":{"seed":17}})");
    write("gregor-log/20261121T100000.000Z", "report.html", "<b>fine</b>");
    write("gregor-queue/20261121T110000.000Z", "results.json",
          R"({"valid":false,"test":{"seed":18}})");
    write("gregor-queue/20261121T120000.000Z", "history.jsonl", "{}\n");
    std::filesystem::create_directory_symlink(store() / "gregor-log", store() / "latest");
    std::ofstream(folder_.path() + "/secret") << "secret";
    std::filesystem::create_symlink(folder_.path() + "/secret", store() / "gregor-log/link");
  }

  [[nodiscard]] std::filesystem::path store() const { return folder_.path() + "/store"; }
  void write(const std::string& run, const std::string& name, const std::string& text) {
    std::filesystem::create_directories(store() / run);
    std::ofstream(store() / run / name) << text;
  }
  Page page(std::string_view target) { return page_of(store(), target); }

  server::TemporaryFolder folder_;
};

TEST_F(StorePages, TheFirstListsAllRunsNewestFirst) {
  const Page list = page("/?a=b");
  EXPECT_EQ(list.status, 200);
  const auto place = [&](std::string_view what) { return list.body.find(what); };
  EXPECT_LT(place("20261121T120000.000Z<td>gregor-queue<td class=none>none"),
            place("20261121T110000.000Z<td>gregor-queue<td class=invalid>invalid<td>18"));
  EXPECT_LT(place("class=invalid"),
            place("20261121T100000.000Z<td>gregor-log<td class=valid>valid<td>17"));
  EXPECT_THAT(list.body, HasSubstr("href=\"/gregor-log/20261121T100000.000Z/report.html\""));
  EXPECT_THAT(list.body, Not(HasSubstr("latest")));
}

TEST_F(StorePages, FilesAndFoldersAreShown) {
  const Page report = page("/gregor-log/20261121T100000.000Z/report.html");
  EXPECT_EQ(report.file, store() / "gregor-log/20261121T100000.000Z/report.html");
  EXPECT_EQ(report.type, "text/html; charset=utf-8");
  EXPECT_EQ(page("/gregor-log/20261121T100000%2E000Z/results.json").type, "application/json");
  EXPECT_EQ(page("/latest/20261121T100000.000Z/report.html").file, report.file);
  EXPECT_THAT(page("/gregor-log/20261121T100000.000Z/").body,
              HasSubstr("<a href=\"report.html\">report.html</a>"));
}

TEST_F(StorePages, NothingElseIs) {
  for (const char* target : {"/../secret", "/%2e%2e/secret", "/gregor-log/link", "/..", "/nobody",
                             "/gregor-log", "//etc/passwd", "/gregor-log/../../secret"})
    EXPECT_EQ(page(target).status, 404) << target;
  for (const char* target : {"", "secret", "/%zz", "/%0", "/%00"})
    EXPECT_EQ(page(target).status, 400) << target;
}

// The whole answer to some bytes on a connection of their own.
std::string answer_to(std::uint16_t port, const std::string& request) {
  namespace asio = boost::asio;
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::make_address("127.0.0.1"), port});
  socket.send(asio::buffer(request));
  std::string answer;
  std::array<char, 4096> chunk{};
  boost::system::error_code end;
  while (!end)
    if (const std::size_t got = socket.read_some(asio::buffer(chunk), end); got > 0)
      answer.append(chunk.data(), got);
  return answer;
}

TEST_F(StorePages, AreServedOverHttp) {
  std::promise<std::uint16_t> ready;
  std::thread server([&] {
    const ServeOptions options{.store = store(), .port = 0};
    EXPECT_TRUE(serve(options, [&](std::uint16_t port) { ready.set_value(port); }));
  });
  const std::uint16_t port = ready.get_future().get();
  const std::string end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  EXPECT_THAT(answer_to(port, "GET /" + end), HasSubstr("gregor-queue"));
  const std::string report =
      answer_to(port, "GET /gregor-log/20261121T100000.000Z/report.html" + end);
  EXPECT_THAT(report, HasSubstr("200 OK"));
  EXPECT_THAT(report, HasSubstr("<b>fine</b>"));
  EXPECT_THAT(answer_to(port, "GET /nobody" + end), HasSubstr("404 Not Found"));
  EXPECT_THAT(answer_to(port, "POST /" + end), HasSubstr("405 Method Not Allowed"));
  EXPECT_EQ(answer_to(port, "no http at all\r\n\r\n"), "");
  ::kill(::getpid(), SIGTERM);
  server.join();
}

}  // namespace
}  // namespace gregor::jepsen
