// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the parts of the data path cost, one by one: checksum, codec of messages, validation of
// batches, append, read, look-up in the index. Whole brokers are compared by compare.py.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/crc32c.h"
#include "log/log.h"
#include "protocol/codec.h"
#include "protocol/messages/metadata.h"
#include "protocol/messages/produce.h"
#include "record/builder.h"
#include "record/validation.h"
#include "server/posix_disk.h"

namespace gregor::bench {
namespace {

constexpr model::Now now{model::Timestamp{1'700'000'000'000}, model::Instant{0}};

base::Bytes batch_of(std::size_t records, std::size_t record_size,
                     record::Codec codec = record::Codec::none) {
  record::BatchBuilder builder({.codec = codec});
  const std::string value(record_size, 'x');
  for (std::size_t i = 0; i < records; ++i) {
    builder.add({.timestamp = now.wall, .key = std::nullopt, .value = base::as_bytes(value)});
  }
  return builder.finish();
}

void set_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) *
                          static_cast<std::int64_t>(state.iterations()));
}

void crc32c(benchmark::State& state) {
  const base::Bytes bytes(static_cast<std::size_t>(state.range(0)), std::byte{42});
  while (state.KeepRunning()) benchmark::DoNotOptimize(base::crc32c(bytes));
  set_bytes(state, bytes.size());
}
BENCHMARK(crc32c)->Arg(100)->Arg(1024)->Arg(16384)->Arg(1 << 20);

protocol::ProduceRequest produce_request(base::BytesView records) {
  protocol::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "events";
  topic.partition_data.emplace_back().records = protocol::Records(records);
  return request;
}

void decode_produce(benchmark::State& state) {
  const base::Bytes records = batch_of(1, 1024);
  const base::Bytes bytes =
      protocol::encode(produce_request(records), model::ApiVersion{9}).value();
  while (state.KeepRunning()) {
    base::BytesView rest = bytes;
    benchmark::DoNotOptimize(
        protocol::decode<protocol::ProduceRequest>(rest, model::ApiVersion{9}));
  }
}
BENCHMARK(decode_produce);

void encode_metadata(benchmark::State& state) {
  protocol::MetadataResponse response;
  for (int t = 0; t < 100; ++t) {
    auto& topic = response.topics.emplace_back();
    topic.name = "topic-" + std::to_string(t);
    auto& partition = topic.partitions.emplace_back();
    partition.replica_nodes = {1, 2, 3};
    partition.isr_nodes = {1, 2, 3};
  }
  while (state.KeepRunning())
    benchmark::DoNotOptimize(protocol::encode(response, model::ApiVersion{12}));
}
BENCHMARK(encode_metadata);

void validate(benchmark::State& state, record::Codec codec) {
  const auto records = static_cast<std::size_t>(state.range(0));
  const base::Bytes batch = batch_of(records, 100, codec);
  record::Decompressor decompressor;
  const record::ProduceRules rules{.batch_bytes_max = 1 << 30};
  while (state.KeepRunning()) {
    const auto view = record::take_produced_batch(batch, model::ApiVersion{9});
    benchmark::DoNotOptimize(record::validate_produced(*view, rules, now.wall, decompressor));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(records) *
                          static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK_CAPTURE(validate, none, record::Codec::none)->Arg(1)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(validate, lz4, record::Codec::lz4)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(validate, zstd, record::Codec::zstd)->Arg(100)->Arg(1000);

// A log on the real disk, in a folder that goes with it.
class RealLog {
 public:
  RealLog() {
    char pattern[] = "/tmp/gregor-bench-XXXXXX";
    if (mkdtemp(pattern) == nullptr) std::abort();
    folder_ = pattern;
    log::LogHome home{&files_, folder_ + "/t-0", {"t", model::PartitionIndex{0}}};
    log_ =
        std::move(log::Log::open(std::move(home), std::make_shared<model::TopicSettings>(), {}, now)
                      .value()
                      .log);
  }
  ~RealLog() {
    log_.reset();
    std::filesystem::remove_all(folder_);
  }
  RealLog(const RealLog&) = delete;
  RealLog& operator=(const RealLog&) = delete;

  log::Log& operator*() { return *log_; }
  void append(const base::Bytes& batch) {
    const auto valid = record::ValidBatch::parse(batch);
    if (!log_->append_as_leader(*valid, {}, now)) std::abort();
    log_->advance_high_watermark(log_->log_end());
  }

 private:
  server::PosixDisk disk_;
  log::OpenFiles files_{disk_, 64};
  std::string folder_;
  std::unique_ptr<log::Log> log_;
};

void append(benchmark::State& state) {
  const base::Bytes batch = batch_of(1, static_cast<std::size_t>(state.range(0)));
  auto log = std::make_unique<RealLog>();
  std::size_t written = 0;
  while (state.KeepRunning()) {
    log->append(batch);
    written += batch.size();
    if (written < (std::size_t{2} << 30)) continue;
    state.PauseTiming();  // the disk is finite
    log = std::make_unique<RealLog>();
    written = 0;
    state.ResumeTiming();
  }
  set_bytes(state, batch.size());
}
BENCHMARK(append)->Arg(100)->Arg(1024)->Arg(16384)->Arg(1 << 20);

void read(benchmark::State& state) {
  RealLog log;
  for (int i = 0; i < 10'000; ++i) log.append(batch_of(1, 1024));
  base::Bytes buffer(static_cast<std::size_t>(state.range(0)) + 4096);
  std::int64_t from = 0;
  std::size_t bytes = 0;
  while (state.KeepRunning()) {
    const auto slice = (*log).read({.from = model::Offset{from},
                                    .limit = (*log).high_watermark(),
                                    .bytes_max = static_cast<std::size_t>(state.range(0)),
                                    .at_least_one_batch = true});
    bytes +=
        slice->file->read_at(slice->position, base::MutableBytesView(buffer).first(slice->bytes))
            .value();
    from = (from + 997) % 9000;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(read)->Arg(1024)->Arg(65536)->Arg(1 << 20);

void index_look_up(benchmark::State& state) {
  RealLog log;
  for (int i = 0; i < 100'000; ++i) log.append(batch_of(1, 1024));
  std::int64_t from = 0;
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize((*log).read(
        {.from = model::Offset{from}, .limit = (*log).high_watermark(), .bytes_max = 1}));
    from = (from + 49'999) % 100'000;
  }
}
BENCHMARK(index_look_up);

}  // namespace
}  // namespace gregor::bench

BENCHMARK_MAIN();
