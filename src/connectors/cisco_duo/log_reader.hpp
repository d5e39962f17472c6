// One log: what to ask next, what becomes of an answer, and where reading stands.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/cisco_duo/backfill_forecast.hpp"
#include "connectors/cisco_duo/error_table.hpp"
#include "connectors/cisco_duo/log_stream.hpp"
#include "connectors/cisco_duo/machine.hpp"
#include "connectors/cisco_duo/page_decoder.hpp"
#include "connectors/cisco_duo/page_walk.hpp"
#include "connectors/cisco_duo/request_pace.hpp"
#include "connectors/cisco_duo/vendor_clock.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_duo {

/// What a decision may use and where it puts its results.
struct Turn {
  const VendorClock& clock;
  Random& random;
  std::uint64_t& next_id;
  Step& step;
  [[nodiscard]] TimePoint now() const { return clock.now(); }
};

/// Reads forward from its watermark in windows that end 150 s before the vendor's present, one
/// request at a time, and commits each page with the place where reading goes on. While nothing new
/// is due it reads the last 24 hours again every 12 hours, for events that came later than the
/// overlap of each poll covers.
class LogReader {
 public:
  LogReader(const LogStream& stream, const MachineOptions& options, Duration stagger);

  [[nodiscard]] const LogStream& stream() const { return stream_; }

  // ---- position (log_reader.cpp) ----
  void restore(const Position& position, TimePoint now);
  void forget();

  // ---- asking (log_reader_asking.cpp) ----
  /// The next request, to be sent at its `not_before`; nothing while one is under way or none is
  /// due.
  std::optional<PollRequest> next_request(Turn& turn);
  /// When to ask next_request() again without an answer arriving.
  [[nodiscard]] std::optional<TimePoint> next_time(TimePoint now) const;
  /// The store has lost events: the last 7 days are asked for again.
  void mend(const StoreDamage& damage, Turn& turn);
  [[nodiscard]] bool mending() const { return !holes_.empty(); }

  // ---- answers (log_reader_answers.cpp) ----
  /// Whatever came, or did not come, the request counts; `at` is when it reached the vendor.
  void request_ended(TimePoint at);
  /// What the decoder found in the last 200.
  [[nodiscard]] const PageFacts& facts() const { return *facts_; }
  void page(std::shared_ptr<const RecordBatch> records, Turn& turn);
  /// `refusal`'s row concerns this log alone.
  void refused(const ErrorRow& row, const Refusal& refusal, Turn& turn);
  /// Asked for the second and further pages by a place that an answer named.
  [[nodiscard]] bool asked_with_token() const { return !asked_token_.empty(); }
  void throttled(const Failure& failure, std::optional<Duration> asked, Turn& turn);
  void try_again(const Failure& failure, Turn& turn);
  /// The same again without counting as a failure of this log.
  void ask_again() { asked_ = Aim::nothing; }
  /// The date of a request was refused: what was planned by the wrong clock is planned anew.
  void clock_refused(const VendorClock& clock);
  /// Returns false if the commit is not one of this log's.
  bool committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn);

  [[nodiscard]] const BackfillForecast& forecast() const { return forecast_; }

 private:
  enum class Aim : std::uint8_t { nothing, forward, again };
  /// A page whose records are being committed, part after part.
  struct Storing {
    Aim aim = Aim::nothing;
    std::shared_ptr<const RecordBatch> records;
    std::size_t next = 0;  ///< First record that no commit holds yet.
    PageWalk after;        ///< Where the walk stands once the page is stored.
    TimePoint through{};   ///< The watermark then.
    std::vector<Stretch> gaps;
  };

  void plan_forward(Turn& turn);
  void plan_again(Turn& turn);
  void begin_if_first(Turn& turn);
  void drop_expired(Turn& turn);
  [[nodiscard]] Duration step_of_time() const;
  [[nodiscard]] TimePoint horizon(const VendorClock& clock) const;

  void commit_part(Turn& turn);
  void add_last_part(Commit& commit, std::size_t rows);
  void add_forward_rows(Commit& commit, std::size_t rows) const;
  void page_stored(Turn& turn);
  void window_done(Turn& turn);
  void order(Commit commit, Turn& turn);
  [[nodiscard]] std::vector<Coverage> rows_of(TimePoint from, TimePoint to,
                                              const std::vector<Stretch>& gaps,
                                              const std::string& reason) const;
  void tell_gaps(const std::vector<Stretch>& gaps, Turn& turn);
  void pause(Report::Kind kind, const Failure& failure, Duration wait, Turn& turn);
  void tell_state(Turn& turn);
  void report(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn) const;
  [[nodiscard]] std::string key(std::string_view what) const;
  [[nodiscard]] Coverage window_row(TimePoint from, TimePoint to, CoverageState state) const;

  const LogStream& stream_;
  const MachineOptions& options_;
  const std::string account_;
  RequestPace pace_;

  std::optional<TimePoint> watermark_;  ///< Everything before it is stored, but for named gaps.
  TimePoint began_{};
  bool begun_ = false;  ///< Where reading began is stored.
  std::optional<PageWalk> forward_;
  std::optional<PageWalk> again_;
  bool overlap_ = true;     ///< The watermark was near the present when it was reached.
  Duration window_;         ///< Longest next window.
  TimePoint planned_at_{};  ///< When the window under way was planned.
  TimePoint window_end_{};  ///< Its end as planned, which a walk may shorten.
  bool reaches_present_ = false;
  TimePoint next_poll_{};
  TimePoint next_again_{};
  std::set<std::string> holes_;  ///< Names of lost sequences, until all was asked for again.
  std::set<std::string> asking_for_holes_;  ///< Those that the reading under way stands for.
  TimePoint again_from_{};
  std::vector<Stretch> again_gaps_;

  Aim asked_ = Aim::nothing;
  std::string asked_token_;
  std::shared_ptr<PageFacts> facts_ = std::make_shared<PageFacts>();
  std::optional<Storing> storing_;
  std::uint64_t commit_ = 0;  ///< Under way; 0: none.

  Duration stagger_;        ///< The logs of one account do not start together.
  TimePoint not_before_{};  ///< Nothing is asked before then.
  unsigned failures_ = 0;   ///< In a row.
  unsigned throttled_ = 0;  ///< In a row.
  bool without_limit_ = false;
  bool without_id_told_ = false;
  std::set<TimePoint> gaps_told_;
  BackfillForecast forecast_;
};

}  // namespace cistern::connectors::cisco_duo
