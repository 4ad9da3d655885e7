// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// What every simulated client is built on: connections to brokers, requests and responses as real
// bytes, and the metadata that says who leads what. One client is one host.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/peer.h"
#include "model/uuid.h"
#include "protocol/frame.h"
#include "simulation/environment.h"
#include "simulation/network.h"

namespace gregor::simulation {

// Why there is no response.
enum class Unanswered : std::uint8_t {
  unsent,  // the cluster never saw the request
  lost,    // nobody knows what became of it
};

class ClusterClient final : Caller {
 public:
  template <class Response>
  using Answer = std::expected<const Response*, Unanswered>;
  template <class Response>
  using Then = std::move_only_function<void(Answer<Response>)>;

  ClusterClient(Environment& environment, Network& network, HostId host, std::string name,
                std::vector<broker::PeerAddress> bootstrap);

  // `then` is called exactly once, later. What the response's records point to is valid during it.
  template <protocol::Message Response, protocol::Message Request>
  void call(const broker::PeerAddress& to, const Request& request, std::int16_t version,
            Then<Response> then) {
    send(to, request, version, true,
         [this, version,
          then = std::move(then)](std::expected<base::BytesView, Unanswered> body) mutable {
           if (!body) return then(std::unexpected(body.error()));
           const auto response = protocol::decode<Response>(*body, model::ApiVersion(version));
           if (!response || !body->empty())
             return undecodable(Response::api_key, version,
                                response ? "surplus bytes" : response.error().detail);
           then(&*response);
         });
  }
  template <protocol::Message Response, protocol::Message Request>
  void call_any(const Request& request, std::int16_t version, Then<Response> then) {
    call<Response>(dice_.pick(bootstrap_), request, version, std::move(then));
  }
  // For requests without a response.
  template <protocol::Message Request>
  void tell(const broker::PeerAddress& to, const Request& request, std::int16_t version) {
    send(to, request, version, false, {});
  }

  // --- metadata ---
  struct Leader {
    broker::PeerAddress address;
    std::int32_t epoch = -1;
  };
  // Who leads, asked for if unknown; nothing if nobody does or nobody answers.
  void with_leader(const model::TopicPartition& partition,
                   std::move_only_function<void(std::optional<Leader>)> then);
  // As far as it is known.
  [[nodiscard]] bool is_led_by(const model::TopicPartition& partition,
                               const broker::PeerAddress& address) const {
    const auto found = leaders_.find(partition);
    return found != leaders_.end() && found->second.address == address;
  }
  // Of a broker that the metadata named.
  [[nodiscard]] std::optional<broker::PeerAddress> address_of(std::int32_t broker) const;
  void forget_leader(const model::TopicPartition& partition) { leaders_.erase(partition); }
  [[nodiscard]] model::Uuid topic_id(const std::string& topic) const;
  [[nodiscard]] std::string topic_name(const model::Uuid& id) const;

  // Closes what is open; unanswered requests are lost.
  void disconnect();
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] HostId host() const { return host_; }
  // A version that Kafka 4.1 serves, not below `least`.
  [[nodiscard]] std::int16_t some_version(model::ApiKey api, std::int16_t least);

 private:
  using Body = std::move_only_function<void(std::expected<base::BytesView, Unanswered>)>;
  struct Waiting {
    std::int32_t correlation = 0;
    const protocol::Api* api = nullptr;
    model::ApiVersion version;
    Body then;
  };
  struct Connection {
    LinkId link;
    bool open = false;
    std::vector<base::Bytes> unsent;
    std::deque<Waiting> waiting;
  };

  template <protocol::Message Request>
  void send(const broker::PeerAddress& to, const Request& request, std::int16_t version,
            bool answered, Body then) {
    send_any(to, *protocol::find_api(Request::api_key), request, version, answered,
             std::move(then));
  }
  void send_any(const broker::PeerAddress& to, const protocol::Api& api,
                protocol::MessageView request, std::int16_t version, bool answered, Body then);
  void time_out(const broker::PeerAddress& to, LinkId link, std::int32_t correlation);
  void close(const broker::PeerAddress& to, const std::string& reason);
  void undecodable(model::ApiKey api, std::int16_t version, const std::string& why);
  void refresh(const std::string& topic, std::move_only_function<void()> then);

  void link_opened(LinkId link) override;
  void caller_frame(LinkId link, base::BytesView frame) override;
  void caller_closed(LinkId link, const std::string& reason) override;
  [[nodiscard]] std::optional<broker::PeerAddress> address_of(LinkId link) const;

  Environment& env_;
  Network& network_;
  const HostId host_;
  const std::string name_;
  const std::vector<broker::PeerAddress> bootstrap_;
  Dice dice_;
  const std::int64_t timeout_us_;
  std::int32_t correlation_ = 0;
  std::map<broker::PeerAddress, Connection> connections_;
  std::map<std::int32_t, broker::PeerAddress> brokers_;
  std::map<model::TopicPartition, Leader> leaders_;
  std::map<model::TopicPartition, std::int32_t> epochs_;  // the latest that were heard of
  std::map<std::string, model::Uuid> topic_ids_;
};

}  // namespace gregor::simulation
