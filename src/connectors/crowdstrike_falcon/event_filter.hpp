// Which event types are kept.
#pragma once

#include "base/bytes.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// Names are compared without case, because the vendor itself writes one of them in two ways
/// (EppDetectionSummaryEvent, EPPDetectionSummaryEvent). A record without a type is always kept.
class EventFilter {
 public:
  EventFilter() = default;
  /// `only` empty: all types but those of `without`.
  EventFilter(const std::vector<std::string>& only, const std::vector<std::string>& without) {
    for (const std::string& name : only)
      only_.insert(lower_case(name));
    for (const std::string& name : without)
      without_.insert(lower_case(name));
  }

  [[nodiscard]] bool keeps_all() const { return only_.empty() && without_.empty(); }
  [[nodiscard]] bool keeps(std::string_view type) const {
    if (type.empty() || keeps_all()) return true;
    const std::string name = lower_case(type);
    return (only_.empty() || only_.contains(name)) && !without_.contains(name);
  }

 private:
  std::set<std::string, std::less<>> only_;
  std::set<std::string, std::less<>> without_;
};

}  // namespace cistern::connectors::crowdstrike_falcon
