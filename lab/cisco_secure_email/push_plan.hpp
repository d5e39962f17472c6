// What goes wrong with pushes, and which file is next: decided without a connection.
#pragma once

#include "lab/cisco_secure_email/appliance.hpp"
#include "lab/harness/random.hpp"

#include <cstddef>
#include <vector>

namespace cistern::lab {

/// One push, and what follows it.
struct PlannedPush {
  PushOptions options;
  bool again = false;       ///< Pushed once more although it was acknowledged.
  bool other_name = false;  ///< That second time under another name.
};

PlannedPush plan_push(FaultProfile profile, std::size_t bytes, Dice& dice);

/// The order of a cycle: the files without acknowledgement, newest first.
std::vector<std::size_t> push_order(const std::vector<PushedFile>& files);

}  // namespace cistern::lab
