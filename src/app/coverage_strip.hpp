// Coverage for people: a strip of 24 hours a day, and a line for each stretch that is not whole.
#pragma once

#include "app/output.hpp"
#include "runtime/status/coverage_hours.hpp"

#include <string>
#include <vector>

namespace cistern::app {

/// A line a day, newest last, with a mark an hour: `#` whole, `~` filling, `!` gap, `.` no data
/// expected. Days that are whole and follow each other are one line.
std::string coverage_strip(const runtime::StreamHours& stream, const Output& output);

/// "2026-03-02T09:00Z to 12:00Z  gap  reason; the vendor keeps it until ..." for what is neither
/// whole nor without data, with the names of what is missing.
std::vector<std::string> coverage_notes(const runtime::StreamHours& stream, TimePoint now,
                                        const Output& output);

/// "the vendor keeps it until ...", "the vendor kept it until ..."; empty when that is not known.
std::string expiry_words(TimePoint expires, TimePoint now);

}  // namespace cistern::app
