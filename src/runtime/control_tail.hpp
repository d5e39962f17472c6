// Sends events to a peer as they arrive.
#pragma once

#include "runtime/control_commands.hpp"

#include <memory>
#include <string>

namespace cistern::runtime {

struct TailFilter {
  std::string connector;  ///< Empty: all.
  std::string stream;     ///< Empty: all.
  Sequence from = 1;
};

/// Follows the store until the peer closes. A peer that reads slowly slows only its own tail.
void start_tail(const ControlContext& context, const std::shared_ptr<ControlPeer>& peer,
                TailFilter filter);

/// The line of the store that holds `sequence`, without its line break; empty when the group does
/// not hold it.
std::string_view line_of(const journal::Group& group, Sequence sequence);

}  // namespace cistern::runtime
