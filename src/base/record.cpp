#include "base/record.hpp"

namespace cistern {

std::string_view to_string(CoverageState state) {
  switch (state) {
    case CoverageState::partial:
      return "partial";
    case CoverageState::whole:
      return "whole";
    case CoverageState::lost:
      return "lost";
    case CoverageState::damaged:
      return "damaged";
  }
  return "unknown";
}

std::optional<CoverageState> coverage_state_from(std::string_view text) {
  if (text == "partial") return CoverageState::partial;
  if (text == "whole") return CoverageState::whole;
  if (text == "lost") return CoverageState::lost;
  if (text == "damaged") return CoverageState::damaged;
  return std::nullopt;
}

}  // namespace cistern
