// What a transport's header says of an event: how grave it is and where it happened, taken from the
// ECS document.
#pragma once

#include "destinations/format/ecs_documents.hpp"
#include "destinations/format/line_mapping.hpp"
#include "runtime/destination.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::destinations {

/// A severity of 0 to 10 on syslog's scale, from 6 (informational) to 1 (alert). 0 (the system is
/// unusable) and 7 (debug) are nothing that an event of security says.
std::uint8_t syslog_severity(int severity);

/// 0 to 10, whatever the text is; nothing in it: 3, as for an event of no weight.
int severity_in(std::string_view text);

/// Facility and severity for a syslog header, of the document that the mapping's fields read last;
/// `severity` (0 to 10) counts where the event names none of syslog's own.
void read_syslog_facts(const LineMapping& mapping, RuleReader& rules, int severity,
                       runtime::EventFacts& facts);

/// Reads the facts out of documents. One thread at a time.
class FactsReader {
 public:
  FactsReader();
  /// The views live until the next call.
  void read(std::string_view document, runtime::EventFacts& facts);

 private:
  LineMapping mapping_;
  RuleReader rules_;
  std::string host_;
};

/// The same for events, of which no document is at hand: the view runs for it.
class FactsOfEvents {
 public:
  explicit FactsOfEvents(std::shared_ptr<const runtime::Views> views);
  void read(const journal::Envelope& envelope, runtime::EventFacts& facts);

 private:
  EcsDocuments documents_;
  std::optional<FactsReader> reader_;  // Made when a destination first asks.
  std::string document_;
};

}  // namespace cistern::destinations
