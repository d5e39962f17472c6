#include "lab/syslog/line_generator.hpp"

#include "lab/syslog/line_formats.hpp"
#include "lab/syslog/marker.hpp"

namespace cistern::lab {

Line LineGenerator::line(std::uint64_t sequence, TimePoint time) const {
  Dice dice(key_of({seed_, sender_, sequence}));
  const LineSeed seed{std::chrono::floor<std::chrono::seconds>(time),
                      marker_text({sender_, sequence}), dice};
  const auto kind = dice.below(100);
  if (kind < 55) return sophos_standard_line(seed);
  if (kind < 70) return sophos_central_line(seed);
  return kind < 85 ? sophos_utm_line(seed) : generic_line(seed);
}

}  // namespace cistern::lab
