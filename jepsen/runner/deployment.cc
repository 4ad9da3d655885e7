// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/deployment.h"

#include <fmt/format.h>
#include <signal.h>

#include <fstream>
#include <thread>

#include "cli/broker_connection.h"
#include "protocol/messages/metadata.h"

namespace gregor::jepsen {

using model::ErrorCode;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds start_deadline{120'000};
constexpr milliseconds external_deadline{5'000};  // of a cluster that is there already
constexpr milliseconds preparation_deadline{60'000};
constexpr milliseconds answer_deadline{2'000};
constexpr milliseconds between_looks{100};

}  // namespace

Deployment::Deployment(Recipe recipe, std::unique_ptr<Network> network)
    : recipe_(std::move(recipe)),
      network_(std::move(network)),
      processes_(recipe_.nodes.size()),
      paused_(recipe_.nodes.size()),
      wanted_(recipe_.nodes.size()),
      started_once_(recipe_.nodes.size()),
      log_begins_(recipe_.nodes.size()) {
  for (std::size_t at = 0; at < recipe_.nodes.size(); ++at)
    if (recipe_.nodes[at].role == Role::broker) brokers_.push_back(at);
}

std::optional<std::size_t> Deployment::broker(std::int32_t id) const {
  for (const std::size_t at : brokers_)
    if (recipe_.nodes[at].id == id) return at;
  return std::nullopt;
}

model::Result<> Deployment::make_faults() {
  for (const NodeSpec& node : recipe_.nodes) {
    if (node.faults.empty()) continue;
    auto made = NodeFaults::make(node.faults);
    if (!made) return model::fail(made.error());
    faults_.push_back(std::move(*made));
  }
  return {};
}

model::Result<> Deployment::start_all() {
  if (auto made = make_faults(); !made) return made;
  for (const Command& command : recipe_.preparations)
    if (auto done = run_to_end(command, preparation_deadline); !done) return done;
  for (std::size_t at = 0; at < processes_.size(); ++at)
    if (auto started = start(at); !started) return started;
  return wait_until_whole(processes_.empty() ? external_deadline : start_deadline);
}

model::Result<> Deployment::start(std::size_t at) {
  if (running(at)) return {};
  std::error_code is_new;
  const auto said = std::filesystem::file_size(node(at).command.log, is_new);
  log_begins_[at] = is_new ? 0 : said;
  auto process = Process::start(recipe_.nodes[at].command);
  if (!process) return model::fail(process.error());
  processes_[at] = std::move(*process);
  paused_[at] = false;
  wanted_[at] = true;
  if (started_once_[at]) ++restarts_;
  started_once_[at] = true;
  return {};
}

void Deployment::kill(std::size_t at) {
  wanted_[at] = false;
  processes_[at].kill();
}

bool Deployment::terminate(std::size_t at, milliseconds deadline) {
  resume(at);
  wanted_[at] = false;
  processes_[at].signal(SIGTERM);
  if (processes_[at].wait(deadline)) return true;
  kill(at);
  return false;
}

void Deployment::pause(std::size_t at) {
  processes_[at].signal(SIGSTOP);
  paused_[at] = true;
}

void Deployment::resume(std::size_t at) {
  if (paused_[at]) processes_[at].signal(SIGCONT);
  paused_[at] = false;
}

bool Deployment::refused(std::size_t at) {
  const NodeSpec& spec = node(at);
  if (!wanted_[at] || spec.refusal.empty() || running(at)) return false;
  std::ifstream log(spec.command.log);
  log.seekg(static_cast<std::streamoff>(log_begins_[at]));
  const std::string said{std::istreambuf_iterator<char>(log), {}};
  return said.contains(spec.refusal);
}

std::vector<std::string> Deployment::start_refused_again() {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < processes_.size(); ++at) {
    if (!refused(at)) continue;
    ++refused_starts_;
    if (start(at)) names.push_back(node(at).name());
  }
  return names;
}

std::vector<std::string> Deployment::unexpected_ends() {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < processes_.size(); ++at) {
    if (!wanted_[at] || running(at)) continue;
    wanted_[at] = false;
    result.push_back(fmt::format("{} ended with {}", node(at).name(), processes_[at].exit_code()));
  }
  return result;
}

model::Result<> Deployment::heal() {
  if (network_)
    if (auto healed = network_->heal(); !healed) return healed;
  for (std::size_t at = 0; at < processes_.size(); ++at) {
    if (const NodeFaults* faulty = faults(at)) faulty->heal();
    resume(at);
    if (auto started = start(at); !started) return started;
  }
  return {};
}

// Every broker answers, lists them all, and knows a controller.
bool Deployment::whole() const {
  for (const cli::Address& address : recipe_.bootstrap) {
    auto connection = cli::BrokerConnection::open(address, answer_deadline, "gregor-jepsen");
    if (!connection) return false;
    protocol::MetadataRequest request;
    request.allow_auto_topic_creation = false;
    const auto answer = connection->call(request, {4, 12});
    if (!answer) return false;
    const auto& metadata = answer->as<protocol::MetadataResponse>();
    const std::size_t expected = brokers_.empty() ? 1 : brokers_.size();
    if (metadata.brokers.size() < expected || metadata.controller_id < 0) return false;
  }
  return true;
}

model::Result<> Deployment::wait_until_whole(milliseconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!whole()) {
    start_refused_again();
    for (std::size_t at = 0; at < processes_.size(); ++at)
      if (!running(at))
        return model::fail(
            ErrorCode::broker_not_available,
            fmt::format("{} has ended with {}; its last words are in {}", node(at).name(),
                        processes_[at].exit_code(), node(at).command.log.string()));
    if (std::chrono::steady_clock::now() > until)
      return model::fail(ErrorCode::request_timed_out, "the cluster does not get whole in time");
    std::this_thread::sleep_for(between_looks);
  }
  return {};
}

}  // namespace gregor::jepsen
