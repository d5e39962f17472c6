#include "runtime/delivery/delivery_start.hpp"

#include "config/options.hpp"

namespace cistern::runtime {

bool is_start(std::string_view start) {
  return start == "now" || start == "oldest" || config::parse_duration(start).has_value();
}

Result<Sequence> first_sequence(std::string_view start, journal::Journal& journal,
                                const Clock& clock) {
  if (start == "now") return journal.health().last + 1;
  if (start == "oldest") return journal.health().oldest;
  const auto back = config::parse_duration(start);
  if (!back) {
    return fail_stop("config/start",
                     "'" + std::string{start} + "' is not a place where a destination can begin",
                     "set `start` to now, oldest, or a duration such as 24h, then restart");
  }
  return journal.sequence_at(clock.now() - *back);
}

}  // namespace cistern::runtime
