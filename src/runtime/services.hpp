// What the runtime lends to connectors.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/sealed.hpp"
#include "journal/journal.hpp"
#include "net/http_client.hpp"
#include "runtime/memory_budget.hpp"
#include "runtime/rate_budget.hpp"
#include "runtime/status/status.hpp"

#include <string>

namespace cistern::runtime {

/// References outlive every connector.
struct Services {
  Loop& loop;      ///< The I/O loop: a connector's only thread.
  Executor& pool;  ///< Decoding, decompression, rendering.
  journal::Journal& journal;
  const Clock& clock;
  Random& random;  ///< Use on the loop only.
  Log& log;
  StatusBoard& status;
  RateBudgets& budgets;
  MemoryBudget& memory;
  /// The store's folder, for what a machine keeps beside the log, such as its SSH host keys.
  std::string store = {};
  /// Seals what a connector has to keep in its position and nobody may read there. Never null in
  /// the running program.
  const Sealer* sealer = nullptr;
};

}  // namespace cistern::runtime
