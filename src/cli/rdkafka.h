// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What the commands that move records share: a librdkafka client from the command line. Settings
// count in this order: a command's own, the file of --command-config, the command line.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <string>

#include "cli/client_options.h"

namespace gregor::cli {

template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

using Metadata =
    std::unique_ptr<const struct rd_kafka_metadata, Destroyer<rd_kafka_metadata_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroyer<rd_kafka_topic_partition_list_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;

struct RdkafkaSettings {
  ClientProperties own;           // the command's, which every other may change
  ClientProperties command_line;  // unknown ones are errors
};

// "key=value" of an option; invalid_request without '='.
model::Result<ClientProperties> parse_properties_given(const std::vector<std::string>& given);

class RdkafkaClient {
 public:
  using DeliveryReport = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void* opaque);

  // `opaque` is given to the delivery report (nullptr for consumers).
  static model::Result<std::unique_ptr<RdkafkaClient>> make(rd_kafka_type_t type,
                                                            const ClientOptions& options,
                                                            const RdkafkaSettings& settings,
                                                            DeliveryReport report, void* opaque);
  ~RdkafkaClient();
  RdkafkaClient(const RdkafkaClient&) = delete;
  RdkafkaClient& operator=(const RdkafkaClient&) = delete;

  [[nodiscard]] rd_kafka_t* get() const { return handle_; }
  // Of one topic, or of all for "". Fails at once when no broker can be reached.
  [[nodiscard]] model::Result<Metadata> metadata(const std::string& topic) const;

 private:
  explicit RdkafkaClient(std::chrono::milliseconds timeout) : timeout_(timeout) {}
  static void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque);

  std::chrono::milliseconds timeout_;
  rd_kafka_t* handle_ = nullptr;
};

model::Error error_of(rd_kafka_resp_err_t code, const std::string& what);

// True after SIGINT or SIGTERM, once this was called first.
bool interrupted();

}  // namespace gregor::cli
