// The doctor's probes as a table: name, what must have worked before, what is asked, and who
// decides about the answer.
#pragma once

#include "base/random.hpp"
#include "connectors/microsoft_365/doctor_facts.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::microsoft_365 {

struct Probe {
  std::string_view name;
  /// Names of probes without whose success this one is meaningless.
  std::span<const std::string_view> needs;
  /// The request to be sent; nothing when the probe decides from what is known. A failure is the
  /// conclusion. `type` is the content type of probes that are asked for each.
  Result<std::optional<HttpRequest>> (*ask)(const Examination& at, std::string_view type,
                                            Random& random);
  /// `answer` is null when nothing was sent.
  runtime::ProbeResult (*decide)(Examination& at, std::string_view type, const Answer* answer);
  bool for_each_type = false;
  bool of_webhook = false;  ///< Asked only where one is configured.
};

/// In the order in which they are asked. A probe for each content type stands once; the type is
/// appended to its name.
std::span<const Probe> probe_table();

}  // namespace cistern::connectors::microsoft_365
