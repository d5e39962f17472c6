// What Duo's logs hold, account by account, and which part of it a request reads.
#pragma once

#include "lab/cisco_duo/duo_rows.hpp"
#include "lab/harness/arrivals.hpp"
#include "lab/harness/faults.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cistern::lab {

struct DuoContentOptions {
  std::uint64_t seed = 1;
  unsigned accounts = 1;
  TimePoint start{};
  Duration history{0};
  double history_per_hour = 0;  ///< Authentications; the other logs have fewer rows.
  double live_per_second = 0;
  unsigned crowded_seconds = 0;  ///< In each log: seconds with more rows than one answer takes.
  FaultProfile profile = FaultProfile::ordinary;
};

/// What can be seen at a moment.
struct DuoSight {
  TimePoint until{};     ///< Now, or when the content was frozen.
  Duration lateness{0};  ///< Rows newer than this are hidden.
  TimePoint oldest{};    ///< What is older has been deleted.

  [[nodiscard]] bool shows(const Arrival& arrival) const {
    return arrival.time + lateness + arrival.late <= until && arrival.time >= oldest;
  }
};

/// A place in a log that is read by milliseconds.
using DuoPlaceInLog = std::pair<std::int64_t, std::string>;

struct DuoRow {
  DuoPlaceInLog place;
  Arrival arrival;
};

/// Both bounds count.
struct DuoWindow {
  std::int64_t from = 0;  ///< Milliseconds.
  std::int64_t to = 0;
};

struct DuoPage {
  std::vector<DuoRow> rows;
  bool more = false;
};

/// Immutable after construction; safe to use from any thread.
class DuoContent {
 public:
  explicit DuoContent(const DuoContentOptions& options);

  [[nodiscard]] unsigned accounts() const { return options_.accounts; }
  [[nodiscard]] FaultProfile profile() const { return options_.profile; }
  [[nodiscard]] const Arrivals& arrivals(unsigned account, DuoStream stream) const;
  /// A page of the window behind `after`.
  [[nodiscard]] DuoPage page(unsigned account, DuoStream stream, const DuoWindow& window,
                             const std::optional<DuoPlaceInLog>& after, std::size_t limit,
                             bool descending, const DuoSight& sight) const;
  /// Rows of the window.
  [[nodiscard]] std::uint64_t count(unsigned account, DuoStream stream, const DuoWindow& window,
                                    const DuoSight& sight) const;
  /// The earliest rows from the second on.
  [[nodiscard]] std::vector<Arrival> earliest(unsigned account, DuoStream stream,
                                              std::int64_t second, std::size_t limit,
                                              const DuoSight& sight) const;

 private:
  void read_rows(unsigned account, DuoStream stream, std::int64_t bucket, const DuoWindow& window,
                 const DuoSight& sight, std::vector<DuoRow>& rows) const;

  const DuoContentOptions options_;
  std::vector<Arrivals> arrivals_;  // By account, then stream.
};

std::int64_t duo_milliseconds(TimePoint time);

}  // namespace cistern::lab
