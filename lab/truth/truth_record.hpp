// One line of truth of the vendors whose records are found by their bytes, written and read.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct TruthRecord {
  std::string_view vendor;
  std::string_view stream;
  std::string id;
  std::string event_id;     ///< What a document calls event.id; empty: none of its own.
  TimePoint time{};         ///< @timestamp of its document.
  TimePoint from{};         ///< From then on a collector that asks as often as allowed has it.
  bool owed = true;         ///< Whether it can be owed at all.
  std::uint64_t count = 1;  ///< Equal rows that are owed.
  std::uint64_t most = 1;   ///< Equal rows that there are.
  std::string text;         ///< As the vendor says it first.
  std::vector<std::string> later;  ///< As the vendor says it afterwards.
  bool versions = false;  ///< Each of its forms is a record of its own; otherwise one is stored.
};

/// One line with its line break.
void append_truth_record(std::string& out, const TruthRecord& record);
/// The vendor's last line, without which its part was cut.
void append_truth_end(std::string& out, std::string_view vendor, std::uint64_t records);

}  // namespace cistern::lab
