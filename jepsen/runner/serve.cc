// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/serve.h"

#include <signal.h>

#include <chrono>
#include <memory>
#include <utility>

#include "jepsen/runner/store_pages.h"
#include "server/asio.h"

// After Asio's settings.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace gregor::jepsen {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// For a request to arrive, and for an answer to leave: whoever is slower is cut off.
constexpr std::chrono::seconds patience{30};
constexpr int connections_max = 64;

template <class Body>
http::response<Body> response_to(const http::request<http::empty_body>& request, const Page& page) {
  http::response<Body> response(static_cast<http::status>(page.status), request.version());
  response.set(http::field::content_type, page.type);
  response.set(http::field::cache_control, "no-cache");
  response.keep_alive(request.keep_alive());
  return response;
}

template <class Body>
asio::awaitable<void> send(beast::tcp_stream& stream, http::response<Body>& response) {
  response.prepare_payload();
  http::response_serializer<Body> serializer(response);
  co_await http::async_write(stream, serializer, asio::use_awaitable);
}

asio::awaitable<void> answer(beast::tcp_stream& stream,
                             const http::request<http::empty_body>& request,
                             const std::filesystem::path& store) {
  const auto target = request.target();
  Page page = request.method() == http::verb::get
                  ? page_of(store, {target.data(), target.size()})
                  : Page{.status = 405, .type = "text/plain", .body = "Only GET is served.\n"};
  if (!page.file.empty()) {
    auto response = response_to<http::file_body>(request, page);
    beast::error_code failed;
    response.body().open(page.file.c_str(), beast::file_mode::scan, failed);
    if (!failed) co_return co_await send(stream, response);
    page = {.status = 404, .type = "text/plain", .body = failed.message() + "\n"};
  }
  auto response = response_to<http::string_body>(request, page);
  response.body() = std::move(page.body);
  co_await send(stream, response);
}

// One connection to its end; what goes wrong with it is its client's business.
asio::awaitable<void> converse(beast::tcp_stream stream, const std::filesystem::path& store,
                               [[maybe_unused]] std::shared_ptr<void> place) {
  try {
    beast::flat_buffer buffer;
    for (bool more = true; more;) {
      stream.expires_after(patience);
      http::request<http::empty_body> request;
      co_await http::async_read(stream, buffer, request, asio::use_awaitable);
      co_await answer(stream, request, store);
      more = request.keep_alive();
    }
  } catch (const std::exception&) {
    co_return;
  }
}

asio::awaitable<void> accept_all(asio::ip::tcp::acceptor& acceptor,
                                 const std::filesystem::path& store) {
  const auto open = std::make_shared<int>(0);
  for (;;) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    if (*open == connections_max) continue;  // closes it
    ++*open;
    std::shared_ptr<void> place(nullptr, [open](void*) { --*open; });
    asio::co_spawn(acceptor.get_executor(),
                   converse(beast::tcp_stream(std::move(socket)), store, std::move(place)),
                   asio::detached);
  }
}

}  // namespace

model::Result<> serve(const ServeOptions& options,
                      const std::function<void(std::uint16_t)>& on_ready) {
  try {
    asio::io_context context(1);
    const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options.host), options.port);
    asio::ip::tcp::acceptor acceptor(context, endpoint);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const auto&, int) { context.stop(); });
    asio::co_spawn(context, accept_all(acceptor, options.store), asio::detached);
    on_ready(acceptor.local_endpoint().port());
    context.run();
    return {};
  } catch (const std::exception& failed) {
    return model::fail(model::ErrorCode::network_exception, failed.what());
  }
}

}  // namespace gregor::jepsen
