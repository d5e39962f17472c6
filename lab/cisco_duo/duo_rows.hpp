// The rows of Duo's logs, each from one arrival.
#pragma once

#include "lab/harness/arrivals.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cistern::lab {

enum class DuoStream : std::uint8_t {
  authentication,
  activity,
  telephony,
  administrator,
  offline_enrollment,
  trust_monitor,
};
inline constexpr auto kDuoStreams = std::to_array<DuoStream>(
    {DuoStream::authentication, DuoStream::activity, DuoStream::telephony, DuoStream::administrator,
     DuoStream::offline_enrollment, DuoStream::trust_monitor});
std::string_view to_string(DuoStream stream);
/// Whether its rows have whole seconds and no id.
bool is_by_second(DuoStream stream);

/// `2026-01-05T09:08:21.123456+00:00`
std::string duo_time(TimePoint time);
/// The row's id in paging order and in the truth; empty for rows that have none.
std::string duo_row_id(DuoStream stream, const Arrival& arrival);
/// When the state of a trust monitor event changes; epoch: never.
TimePoint duo_state_change(const Arrival& arrival);

/// Appends the row's JSON, as the newer endpoint of the log writes it. `changed`: with the later
/// state of a trust monitor event.
void append_duo_row(std::string& out, DuoStream stream, const Arrival& arrival,
                    bool changed = false);
/// A telephony row as the older endpoint writes it: without ids, by the second.
void append_old_telephony_row(std::string& out, const Arrival& arrival);

}  // namespace cistern::lab
