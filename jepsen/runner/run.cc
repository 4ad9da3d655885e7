// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "jepsen/runner/run.h"

#include <fmt/format.h>

#include <fstream>

#include "jepsen/runner/report.h"
#include "jepsen/runner/store.h"

namespace gregor::jepsen {

using model::ErrorCode;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds recovery_deadline{120'000};
constexpr milliseconds final_reads_deadline{120'000};

History history_of(const std::vector<Entry>& entries) {
  HistoryBuilder builder;
  for (const Entry& entry : entries)
    if (const auto wrong = builder.add(entry)) ASSERT(false, *wrong);
  return std::move(builder).finish();
}

// Clients, nemesis and observer together, then the quiet end.
Circumstances play(const TestOptions& options, Deployment& deployment, Workload& workload,
                   Recorder& recorder, TestResult& result) {
  NemesisOptions nemesis = options.nemesis;
  nemesis.topics = workload.topics();
  nemesis.duration = options.clients.duration;
  {
    const bool has_zookeeper =
        options.cluster.target == "gregor" || options.cluster.target == "kafka-3.9";
    Observer observer(options.workload.client, nemesis.topics, has_zookeeper);
    Clients clients(options.clients, workload, recorder);
    result.nemesis = Nemesis(nemesis, deployment, Client(options.workload.client), recorder).run();
    clients.wait();
    Circumstances circumstances{.faults_wanted = !nemesis.faults.empty()};
    const auto whole = deployment.wait_until_whole(recovery_deadline);
    circumstances.whole_again = whole.has_value();
    if (!whole) result.reasons.push_back(whole.error().detail);
    circumstances.all_read =
        whole && read_everything(workload, recorder, options.clients, final_reads_deadline);
    result.changes = observer.stop();
    for (std::string& end : deployment.unexpected_ends())
      result.nemesis.unexpected_ends.push_back(std::move(end));
    result.restarts = deployment.restarts();
    result.refused_starts = deployment.refused_starts();
    circumstances.unexpected_ends = result.nemesis.unexpected_ends;
    const bool alone = deployment.brokers().size() == 1;
    // Replicas fall out of the ISR on a slow machine, too.
    circumstances.faults_hit = result.restarts + result.changes.leaders +
                                   result.changes.controllers +
                                   (result.nemesis.partitions > 0 ? result.changes.isrs : 0) +
                                   (alone ? result.nemesis.pauses : 0) + result.nemesis.hits.sum() >
                               0;
    return circumstances;
  }
}

model::Result<> write_results(const TestOptions& options, const TestResult& result,
                              const History& history) {
  std::ofstream(result.folder / "results.json") << results_json(options, result, history);
  std::ofstream html(result.folder / "report.html");
  html << report_html(options, result, history);
  html.flush();
  if (!html.good())
    return model::fail(ErrorCode::kafka_storage_error, "the report cannot be written");
  return {};
}

// Without leases, a leader that was paused or cut off may answer before it learns of its successor.
bool leaders_may_be_deposed(const TestOptions& options) {
  return options.cluster.brokers > 1 &&
         std::ranges::any_of(options.nemesis.faults, [](FaultKind kind) {
           return kind == FaultKind::pause || is_partition(kind) || is_bad_link(kind);
         });
}

void remove_data(const Deployment& deployment) {
  std::error_code ignored;
  for (const NodeSpec& node : deployment.recipe().nodes)
    for (const auto& folder : {node.data, node.faults})
      if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
}

// What enters the nodes; beside this program.
model::Result<std::filesystem::path> find_fault_library(const TestOptions& options) {
  if (std::ranges::none_of(options.nemesis.faults, needs_library)) return std::filesystem::path();
  auto library = std::filesystem::read_symlink("/proc/self/exe").replace_filename(fault_library);
  if (std::filesystem::exists(library)) return library;
  return model::fail(ErrorCode::invalid_request,
                     library.string() + ", which faults of disks and clocks need, is not there");
}

// The network of the nodes; nothing where they share the loopback interface, and a note why.
model::Result<std::unique_ptr<Network>> make_network(const TestOptions& options,
                                                     const std::filesystem::path& folder,
                                                     std::vector<std::string>& notes) {
  const std::size_t nodes = options.cluster.nodes();
  std::string why = "as was asked for";
  const bool wanted = options.network == NetworkChoice::namespaces ||
                      (options.network == NetworkChoice::automatic && nodes > 1);
  if (wanted && nodes > 0) {
    const bool relayed = std::ranges::any_of(options.nemesis.faults, is_bad_link);
    auto network = Network::make(nodes, folder / "network.log", relayed, options.nemesis.seed);
    if (network) {
      notes.emplace_back("Each node is in a network namespace of its own, with its own address.");
      if (relayed)
        notes.emplace_back(
            "Every frame passes through a relay in this program (tap devices), which delays, "
            "loses, doubles, reorders and throttles.");
      return network;
    }
    if (options.network == NetworkChoice::namespaces) return model::fail(network.error());
    why = network.error().detail;
  } else if (nodes == 1) {
    why = "there is one node only";
  }
  if (nodes > 0)
    notes.push_back("All processes share the loopback interface (" + why +
                    "): no partitions of the network.");
  return nullptr;
}

}  // namespace

Verdict judge(Verdict history, const Circumstances& circumstances,
              std::vector<std::string>& reasons) {
  Verdict verdict = history;
  const auto doubt = [&](const char* why) {
    reasons.emplace_back(why);
    if (verdict == Verdict::valid) verdict = Verdict::unknown;
  };
  if (circumstances.faults_wanted && !circumstances.faults_hit)
    doubt(
        "no fault hit: no restart, no change of a leader, of an ISR or of the controller, nothing "
        "of a disk or a clock");
  if (!circumstances.whole_again) doubt("the cluster did not get whole again after the faults");
  if (circumstances.whole_again && !circumstances.all_read)
    doubt("not everything could be read in the end");
  for (const std::string& end : circumstances.unexpected_ends) {
    reasons.push_back(end + ", by itself");
    verdict = Verdict::invalid;
  }
  return verdict;
}

model::Result<TestResult> run_test(const TestOptions& given) {
  TestOptions options = given;
  TestResult result;
  result.test =
      fmt::format("{}-{}-{}", options.cluster.target, options.workload.name, options.nemesis_text);
  std::ranges::replace(result.test, ',', '+');
  auto folder = make_run_folder(options.store, result.test, time_for_names());
  if (!folder) return model::fail(folder.error());
  result.folder = *folder;
  options.cluster.folder = *folder / "nodes";
  auto network = make_network(options, *folder, result.notes);
  if (!network) return model::fail(network.error());
  options.cluster.network = network->get();
  auto library = find_fault_library(options);
  if (!library) return model::fail(library.error());
  options.cluster.fault_library = *library;
  auto recipe = make_recipe(options.cluster);
  if (!recipe) return model::fail(recipe.error());
  result.notes.insert(result.notes.end(), recipe->notes.begin(), recipe->notes.end());
  options.workload.client.bootstrap = recipe->bootstrap;
  // Where others have been before and come after, nobody else must have a topic of this name.
  const bool is_external = options.cluster.target == "external";
  options.workload.topic =
      is_external ? "gregor-jepsen-" + result.folder.filename().string() : options.workload.name;
  if (is_external)
    result.notes.push_back("The topic " + options.workload.topic + " is left in the cluster.");
  const auto workload = make_workload(options.workload);
  if (!workload) return model::fail(workload.error());
  Deployment deployment(std::move(*recipe), std::move(*network));
  if (auto started = deployment.start_all(); !started) return model::fail(started.error());
  if (const auto made = (*workload)->set_up(); !made)
    return model::fail(made.error().code, made.error().what);

  Recorder recorder(*folder);
  const Circumstances circumstances = play(options, deployment, **workload, recorder, result);
  if (!recorder.finish())
    return model::fail(ErrorCode::kafka_storage_error, "the history cannot be written");
  CheckOptions check_options = (*workload)->check_options();
  check_options.level = options.level;
  check_options.fresh_ends = !leaders_may_be_deposed(options);
  check_options.acks_all = options.workload.client.acks == -1;
  check_options.final_polls = check_options.final_polls && circumstances.all_read;
  const History history = history_of(recorder.entries());
  result.report = check(history, check_options);
  result.statistics = count(recorder.entries());
  result.verdict = judge(result.report.verdict, circumstances, result.reasons);
  if (auto written = write_results(options, result, history); !written)
    return model::fail(written.error());
  for (std::size_t at = 0; at < deployment.recipe().nodes.size(); ++at) deployment.kill(at);
  if (result.verdict == Verdict::valid && !options.keep_data) remove_data(deployment);
  return result;
}

}  // namespace gregor::jepsen
