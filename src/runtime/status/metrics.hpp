// The numbers that Prometheus reads.
#pragma once

#include "journal/journal.hpp"
#include "runtime/services.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cistern::runtime {

struct MetricType {
  std::string_view name;    ///< "cistern_connector_events_total"
  std::string_view type;    ///< "counter" or "gauge"
  std::string_view text;    ///< One sentence, with the unit.
  std::string_view labels;  ///< "connector, stream"
};

/// Every metric there is; the reference page is made from it.
std::span<const MetricType> metric_types();

/// Prometheus text format 0.0.4 of everything; passes `promtool check metrics`.
std::string render_metrics(const StatusBoard& status, const journal::Journal& journal,
                           const MemoryBudget& memory, TimePoint now);

/// The body of /healthz: one JSON object; `healthy` is false when a connector is refused or
/// stopped, a destination is stopped, or the store is not writing.
std::string render_health(const StatusBoard& status, const journal::Journal& journal,
                          bool& healthy);

}  // namespace cistern::runtime
