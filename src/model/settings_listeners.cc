// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "model/settings_listeners.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/parse_number.h"
#include "base/ranges.h"
#include "model/settings.h"

namespace gregor::model {
namespace {

constexpr std::size_t listeners_max = 100;

using ProtocolMap = std::map<std::string, SecurityProtocol, std::less<>>;

std::unexpected<Error> invalid(std::string detail) {
  return fail(ErrorCode::invalid_config, std::move(detail));
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return out;
}

std::string text_of(const SettingMap& set, std::string_view name) {
  const auto value = value_of(set, name);
  return value ? to_text(*value) : std::string{};
}

// The elements of a list that are not empty.
std::vector<std::string> elements_of(std::string_view text) {
  std::vector<std::string> elements = split_list(text);
  std::erase(elements, std::string{});
  return elements;
}

std::optional<SecurityProtocol> protocol_named(std::string_view name) {
  if (name == "PLAINTEXT") return SecurityProtocol::plaintext;
  if (name == "SSL") return SecurityProtocol::ssl;
  if (name == "SASL_PLAINTEXT") return SecurityProtocol::sasl_plaintext;
  if (name == "SASL_SSL") return SecurityProtocol::sasl_ssl;
  return std::nullopt;
}

Result<ProtocolMap> parse_protocol_map(std::string_view text) {
  ProtocolMap map;
  for (const std::string& element : elements_of(text)) {
    const std::size_t colon = element.rfind(':');
    if (colon == std::string::npos)
      return invalid(fmt::format(
          "listener.security.protocol.map: '{}' is not of the form NAME:PROTOCOL", element));
    const std::string protocol(trimmed(std::string_view(element).substr(colon + 1)));
    const auto known = protocol_named(protocol);
    if (!known)
      return invalid(fmt::format(
          "Invalid security protocol `{}` defined in listener.security.protocol.map", protocol));
    map.insert_or_assign(upper(trimmed(std::string_view(element).substr(0, colon))), *known);
  }
  return map;
}

bool is_host(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return ('0' <= c && c <= '9') || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') ||
           std::string_view("-%._:").contains(c);
  });
}

// "NAME://host:port"; an IPv6 address may stand in brackets.
Result<Listener> parse_listener(const std::string& text, const ProtocolMap& protocols) {
  const auto unparsable = [&] {
    return invalid(fmt::format("Unable to parse {} to a broker endpoint", text));
  };
  const std::size_t scheme = text.find("://");
  const std::size_t colon = text.rfind(':');
  if (scheme == std::string::npos || colon < scheme + 3) return unparsable();
  std::string_view host = std::string_view(text).substr(scheme + 3, colon - scheme - 3);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!is_host(host)) return unparsable();
  const auto port = base::parse_number<int>(std::string_view(text).substr(colon + 1));
  if (!port) return unparsable();
  if (*port < 0 || *port > std::numeric_limits<std::uint16_t>::max())
    return invalid(fmt::format("{}: a port is from 0 to 65535", text));

  const std::string name = upper(std::string_view(text).substr(0, scheme));
  const auto protocol = protocols.find(name);
  if (protocol == protocols.end())
    return invalid(fmt::format("No security protocol defined for listener {}", name));
  return Listener{name, protocol->second, std::string(host), static_cast<std::uint16_t>(*port)};
}

Result<std::vector<Listener>> parse_listeners(std::string_view text, const ProtocolMap& protocols,
                                              const std::set<std::string>& left_out) {
  std::vector<Listener> listeners;
  for (const std::string& element : elements_of(text)) {
    if (listeners.size() == listeners_max)
      return invalid(fmt::format("There are more than {} listeners", listeners_max));
    if (left_out.contains(upper(element.substr(0, element.find("://"))))) continue;
    auto listener = parse_listener(element, protocols);
    if (!listener)
      return invalid(fmt::format("Error creating broker listeners from '{}': {}", text,
                                 listener.error().detail));
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

// An address of IPv4 and one of IPv6 may share a port; whether they are addresses shows in their
// letters.
bool is_one_of_each_family(const Listener& a, const Listener& b) {
  const auto is_ipv4 = [](const Listener& listener) {
    return !listener.host.empty() &&
           listener.host.find_first_not_of("0123456789.") == std::string::npos;
  };
  const auto is_ipv6 = [](const Listener& listener) { return listener.host.contains(':'); };
  return (is_ipv4(a) && is_ipv6(b)) || (is_ipv6(a) && is_ipv4(b));
}

Result<> check_distinct(const std::vector<Listener>& listeners, std::string_view text) {
  std::multimap<std::uint16_t, const Listener*> by_port;
  std::set<std::string> names;
  for (const Listener& listener : listeners) {
    if (!names.insert(listener.name).second)
      return invalid(fmt::format("Each listener must have a different name, listeners: {}", text));
    if (listener.port != 0) by_port.emplace(listener.port, &listener);
  }
  for (const Listener& listener : listeners) {
    const auto [first, last] = by_port.equal_range(listener.port);
    const auto sharing = std::distance(first, last);
    if (sharing <= 1) continue;
    if (sharing == 2 && is_one_of_each_family(*first->second, *std::next(first)->second)) continue;
    return invalid(fmt::format("Each listener must have a different port, listeners: {}", text));
  }
  return {};
}

bool has_name(const std::vector<Listener>& listeners, std::string_view name) {
  return base::contains(listeners, name, &Listener::name);
}

std::string names_of(const std::vector<Listener>& listeners) {
  return fmt::format("{}", fmt::join(base::mapped(listeners, &Listener::name), ","));
}

Result<> check_advertised(const ListenerSettings& settings) {
  if (settings.advertised.empty())
    return invalid("There must be at least one broker advertised listener");
  for (const Listener& listener : settings.advertised) {
    if (!has_name(settings.listeners, listener.name))
      return invalid(
          fmt::format("advertised.listeners listener names must be equal to or a subset of the "
                      "ones defined in listeners. Found {}. The valid options based on the "
                      "current configuration are {}",
                      names_of(settings.advertised), names_of(settings.listeners)));
    if (listener.host == "0.0.0.0")
      return invalid(
          "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable "
          "IP address");
  }
  if (!has_name(settings.advertised, settings.inter_broker_name))
    return invalid(
        fmt::format("inter.broker.listener.name must be a listener name defined in "
                    "advertised.listeners. The valid options based on currently configured "
                    "listeners are {}",
                    names_of(settings.advertised)));
  return {};
}

Result<> read_special_names(const SettingMap& set, const ProtocolMap& protocols,
                            ListenerSettings& settings) {
  const std::string inter_broker = upper(text_of(set, "inter.broker.listener.name"));
  if (!inter_broker.empty()) {
    if (set.contains("security.inter.broker.protocol"))
      return invalid(
          "Only one of inter.broker.listener.name and security.inter.broker.protocol should be "
          "set");
    if (!protocols.contains(inter_broker))
      return invalid(
          fmt::format("Listener with name {} defined in inter.broker.listener.name not found in "
                      "listener.security.protocol.map",
                      inter_broker));
  }
  settings.inter_broker_name =
      inter_broker.empty() ? text_of(set, "security.inter.broker.protocol") : inter_broker;

  const std::string control_plane = upper(text_of(set, "control.plane.listener.name"));
  if (control_plane.empty()) return {};
  if (!protocols.contains(control_plane))
    return invalid(
        fmt::format("Listener with {} defined in control.plane.listener.name not found in "
                    "listener.security.protocol.map",
                    control_plane));
  if (control_plane == settings.inter_broker_name)
    return invalid(
        "control.plane.listener.name, when defined, should have a different value from the inter "
        "broker listener name");
  settings.control_plane_name = control_plane;
  return {};
}

}  // namespace

Result<ListenerSettings> listener_settings_from(const SettingMap& set) {
  ListenerSettings settings;
  std::set<std::string> of_a_controller;
  for (const std::string& name : elements_of(text_of(set, "controller.listener.names")))
    of_a_controller.insert(upper(name));
  if (!of_a_controller.empty())
    settings.warnings.push_back(
        fmt::format("listeners {} are for KRaft controllers and are left out",
                    fmt::join(of_a_controller, ",")));

  auto protocols = parse_protocol_map(text_of(set, "listener.security.protocol.map"));
  if (!protocols) return fail(std::move(protocols).error());
  if (auto read = read_special_names(set, *protocols, settings); !read) return fail(read.error());

  const std::string text = text_of(set, "listeners");
  auto listeners = parse_listeners(text, *protocols, of_a_controller);
  if (!listeners) return fail(std::move(listeners).error());
  settings.listeners = *std::move(listeners);
  if (auto distinct = check_distinct(settings.listeners, text); !distinct)
    return fail(distinct.error());

  settings.advertised = settings.listeners;
  if (set.contains("advertised.listeners")) {
    auto advertised =
        parse_listeners(text_of(set, "advertised.listeners"), *protocols, of_a_controller);
    if (!advertised) return fail(std::move(advertised).error());
    settings.advertised = *std::move(advertised);
  }
  if (auto valid = check_advertised(settings); !valid) return fail(valid.error());
  if (settings.control_plane_name && !has_name(settings.listeners, *settings.control_plane_name))
    return invalid(fmt::format("control.plane.listener.name {} is not among listeners {}",
                               *settings.control_plane_name, names_of(settings.listeners)));
  return settings;
}

}  // namespace gregor::model
