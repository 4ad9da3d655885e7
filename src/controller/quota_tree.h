// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Where quotas, and credentials of users beside them, lie in the tree, changed step by step by one
// command. As in Kafka a client's znode is there as long as it has any; those of a user's clients
// lie in a folder below the user, and the folder, and the user, are there as long as there is
// something in them.
//
//   /config/clients/C   /config/ips/I   /config/users/U   /config/users/U/clients/C
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/image.h"
#include "coordination/port.h"

namespace gregor::controller {

class QuotaTree {
 public:
  explicit QuotaTree(const Image& image);

  struct Step {
    std::vector<coordination::Change> writes;
    std::vector<Change> changes;  // of the image
  };
  // The entity shall have these configs and no others; with none, it goes. No writes: it is so.
  Step put(const QuotaEntity& entity, const ConfigsRef& configs, const std::string& payload);
  [[nodiscard]] const Configs& configs_of(const QuotaEntity& entity) const;
  [[nodiscard]] bool knows(const QuotaEntity& entity) const { return known_.contains(entity); }
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  void write(const QuotaEntity& entity, const ConfigsRef& configs, const std::string& payload,
             Step& out);
  void remove(const QuotaEntity& entity, Step& out);
  [[nodiscard]] bool has_clients(const std::string& user) const;

  std::map<QuotaEntity, ConfigsRef> known_;
};

}  // namespace gregor::controller
