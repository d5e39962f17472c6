// The rules for `startTime` and `endTime` of a listing.
#pragma once

#include "base/time.hpp"
#include "lab/harness/http.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace cistern::lab {

struct Window {
  TimePoint from{};
  TimePoint to{};
};

/// A refusal in the Management Activity API's terms.
struct ActivityRefusal {
  int status = 400;
  std::string code;
  std::string message;
};

/// `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM`, `YYYY-MM-DDTHH:MM:SS`, and, as clients have been seen to send
/// with success, a fraction and a `Z`. Nothing else, in particular no offset and no blank.
std::optional<TimePoint> parse_vendor_time(std::string_view text);

/// Both times or none (then the last 24 hours), at most 24 hours apart, in order, and starting at
/// most 7 days back, with the hour of tolerance that has been measured.
tl::expected<Window, ActivityRefusal> parse_window(const Request& request, TimePoint now);

}  // namespace cistern::lab
