// What a support ticket with the vendor needs to name an answer.
#pragma once

#include "base/http.hpp"

#include <string>

namespace cistern::connectors::microsoft_365 {

/// Both printable and bounded; empty where the answer held none.
struct Evidence {
  std::string correlation_id;
  std::string time;  ///< In the vendor's own words.
};

/// Entra writes both into its error bodies; the Management Activity API writes "CorrId=" into some
/// and otherwise leaves the front end's headers.
Evidence evidence_of(const HttpResponse& response);

/// " [correlation id ...] [time]", or nothing.
std::string to_text(const Evidence& evidence);

}  // namespace cistern::connectors::microsoft_365
