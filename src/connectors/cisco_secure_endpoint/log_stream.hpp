// One stream that is read by walks: the events, or the audit log. When to walk, how far back, what
// becomes of each page, and what is committed.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/cisco_secure_endpoint/error_table.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"
#include "connectors/cisco_secure_endpoint/page_decoder.hpp"
#include "connectors/cisco_secure_endpoint/page_walk.hpp"
#include "connectors/cisco_secure_endpoint/rate_gate.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// What a stream needs of the machine in one call.
struct Turn {
  TimePoint now{};         ///< For scheduling.
  TimePoint vendor_now{};  ///< For positions and windows.
  Random& random;
  RateGate& gate;
  std::uint64_t& next_id;
  Step& step;
};

/// Durable, below its own name ("events/", "audit/"):
///   began    where reading began on the first start; nothing older is asked for
///   through  everything before it has been read once: the watermark
///   swept    when the last whole re-reading began
///
/// A walk goes from the newest record back to the watermark less the overlap. Each page is one
/// commit; the watermark moves with the last one. A walk that is cut off by a kill begins anew from
/// the same watermark: the pages that are stored are recognised by identity, and none is passed
/// over. No offset outlives the process, as it means nothing an hour later.
class LogStream {
 public:
  LogStream(std::string_view name, const MachineOptions& options);

  [[nodiscard]] std::string_view name() const { return name_; }
  /// For messages: "events", "the audit log".
  [[nodiscard]] std::string_view words() const;

  // log_stream.cpp: when and how far
  /// A failure: the position cannot be read.
  Status restore(const Position& position);
  void forget_position();
  /// The next request, when one is due and may go out.
  std::optional<PollRequest> next_request(Turn& turn);
  /// When there may be something to ask; nothing while an answer or a commit is waited for.
  [[nodiscard]] std::optional<TimePoint> next_time() const;
  void pause(Report::Kind kind, const Failure& failure, Duration wait, Turn& turn);
  void stream_state(const StreamState& state, Turn& turn);
  void mend(const StoreDamage& damage, Turn& turn);

  // log_stream_pages.cpp: what an answer means
  /// `server`: the vendor's time as the answer names it.
  void page_answered(std::shared_ptr<const RecordBatch> records, std::optional<TimePoint> server,
                     Turn& turn);
  void types_answered(const HttpResponse& response, Turn& turn);
  /// The request is to be sent again as it is.
  void again() { in_flight_ = false; }
  /// A refusal of this stream's request. False: it is a matter of the whole connector.
  bool refused(const ApiError& error, const Failure& failure, Fate fate, Turn& turn);
  void not_answered(const Failure& failure, Turn& turn);
  /// False: the commit is none of this stream's.
  bool committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn);
  [[nodiscard]] bool asks_types() const { return plan_ && plan_->asks_types; }

 private:
  /// What one walk is to read. It ends when every part of it has been read.
  struct Plan {
    TimePoint from{};
    TimePoint to{};  ///< The watermark afterwards.
    bool sweep = false;
    bool compare = false;         ///< With what the event stream brought.
    std::set<std::string> holes;  ///< Of the store, mended once it is over.
    bool dated = false;           ///< `to` is a time of the vendor's.
    bool told = false;
    // The vendor pages only so deep: then the rest is asked for in parts.
    bool asks_types = false;
    std::vector<std::string> types;  ///< Events: still to be walked; the last one is under way.
    TimePoint end{};                 ///< Audit: of the part under way.
    std::optional<Coverage> lost;    ///< What could not be reached.
    std::shared_ptr<CommitChain> chain = std::make_shared<CommitChain>();
  };
  struct Pending {
    std::set<std::uint64_t> commits;
    bool last = false;
  };

  [[nodiscard]] std::string key(std::string_view name) const;
  bool begin(Turn& turn);
  void make_plan(Turn& turn);
  [[nodiscard]] TimePoint start_of(const Plan& plan) const;
  [[nodiscard]] bool compares() const;
  [[nodiscard]] HttpRequest page_request() const;
  void report(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn) const;

  void date_plan(std::optional<TimePoint> server);
  void commit_page(const std::shared_ptr<const PageBatch>& page, const PageWalk::Taken& taken,
                   bool last, Turn& turn);
  /// The watermark, and the ledger's rows of a walk that is over.
  void add_end(Commit& commit) const;
  [[nodiscard]] std::optional<Coverage> window(CoverageState state) const;
  void order(Commit commit, Turn& turn);
  /// A part has been read. Whether it was the last one; begins the next otherwise.
  bool part_over();
  bool beyond_reach(const ApiError& error, Turn& turn);
  void give_up_part(Turn& turn);
  void walk_anew(Turn& turn);
  void retry(const Failure& failure, Turn& turn);
  void walk_over(Turn& turn);
  void works(Turn& turn);

  const std::string_view name_;
  const MachineOptions& options_;
  const std::string cloud_;

  std::optional<TimePoint> began_;
  TimePoint through_{};
  TimePoint swept_{};
  bool unreadable_ = false;

  std::optional<Plan> plan_;
  std::optional<PageWalk> walk_;
  std::uint64_t requests_ = 0;  ///< Of the plan.
  unsigned torn_in_a_row_ = 0;
  bool loose_told_ = false;
  bool in_flight_ = false;
  Pending pending_;
  std::uint64_t note_ = 0;  ///< The commit that began the stream; 0: none is waited for.

  TimePoint next_poll_{};
  TimePoint next_compare_{};
  bool make_up_ = false;  ///< The event stream has just ended.
  TimePoint not_before_{};
  unsigned attempts_ = 0;
  bool troubled_ = false;
  StreamState stream_;
  std::set<std::string> holes_;
  std::set<std::string> mended_;
};

}  // namespace cistern::connectors::cisco_secure_endpoint
