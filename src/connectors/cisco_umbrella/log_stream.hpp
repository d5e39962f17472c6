// One log folder of the export: its listings, its objects, what is done and through when.
//
// What is durable, in the connector's position:
//   through/<log>   everything uploaded before was listed and is stored, or in the ledger as lost
//   swept/<log>     when the last listing of the whole retention was worked off
//   done/<log>/...  the objects that are done with (ledger.hpp)
//   object/<key>    how far an object is stored that takes more than one commit (object_read.hpp)
// Objects that wait are not durable: `through`, and a sweep that is not marked as done, stay behind
// them, so they are listed again after a restart.
#pragma once

#include "base/backoff.hpp"
#include "codec/aws/error_table.hpp"
#include "codec/aws/s3_listing.hpp"
#include "connectors/cisco_umbrella/ledger.hpp"
#include "connectors/cisco_umbrella/listing_plan.hpp"
#include "connectors/cisco_umbrella/machine.hpp"
#include "connectors/cisco_umbrella/object_read.hpp"
#include "connectors/cisco_umbrella/pending_objects.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// What one call into a log may see and use.
struct Turn {
  TimePoint now;
  TimePoint vendor_now;
  Random& random;
  const codec::aws::BucketEndpoint& endpoint;
  std::uint64_t& next_id;  ///< Of requests and commits.
  const std::shared_ptr<CommitChain>& chain;
  Step& step;
  std::vector<std::string>& finished;  ///< Keys of objects that are done with.
};

/// What an object that a message names is to a log.
enum class Offer : std::uint8_t {
  done,     ///< Stored, lost or kept as bytes, in this version.
  pending,  ///< Known and not done; its key will be among the finished ones.
  full,     ///< Too many wait already.
};

class LogStream {
 public:
  LogStream(std::string log, const MachineOptions& options);

  [[nodiscard]] const std::string& log() const { return log_; }
  [[nodiscard]] const std::string& stream() const { return stream_; }
  void restore(const Position& position, TimePoint began);
  /// Whether anything says that this folder holds objects of the export.
  [[nodiscard]] bool proven() const { return proven_; }

  // ---- standing ----
  /// Asks for nothing until then.
  void pause(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn);

  // ---- listing (log_stream_listing.cpp) ----
  /// The next page, if one is due and nothing of this log is being listed.
  std::optional<HttpRequest> next_listing(Turn& turn);
  /// The page was not sent after all: the budget is used up until then.
  void listing_postponed(TimePoint until);
  void listing_answered(const HttpResponse& response, Turn& turn);
  void listing_failed(const Failure& failure, Turn& turn);
  /// The same page again; it was not its fault.
  void listing_again() { listing_ = nullptr; }
  /// The continuation token is refused: goes on behind the last key that was seen.
  void listing_restart(Turn& turn);
  /// A message of the queue names an object.
  Offer offer(const ObjectKey& key, const std::string& etag, std::optional<std::uint64_t> size,
              TimePoint available, Turn& turn);

  // ---- objects (log_stream_objects.cpp) ----
  /// The key of the next object that something is to be asked of, and the request.
  std::optional<std::pair<std::string, PollRequest>> next_object(Turn& turn);
  void object_answered(const std::string& key, const HttpResponse& response,
                       std::shared_ptr<const RecordBatch> records, Turn& turn);
  void object_failed(const std::string& key, const Failure& failure, Turn& turn);
  void object_refused(const std::string& key, codec::aws::Remedy remedy, const Failure& failure,
                      Turn& turn);
  /// The same request again; it was not the object's fault.
  void object_again(const std::string& key);

  // ---- durable progress (log_stream.cpp) ----
  /// Moves `through` if it can move, forgets old objects, tells what is worth telling.
  void settle(Turn& turn);
  /// Returns false if the commit is not one of this log's.
  bool committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn);
  [[nodiscard]] std::optional<TimePoint> next_time(TimePoint now) const;
  /// Objects that the store has lost whole are asked for again.
  void mend(const StoreDamage& damage, Turn& turn);

 private:
  /// An object that is being read, or kept as bytes.
  struct Open {
    std::unique_ptr<ObjectRead> read;  ///< Null while its bytes are kept as they came.
    bool in_flight = false;
    bool committing = false;
  };
  struct Pending {
    enum class Kind : std::uint8_t { through, part, end, note } kind = Kind::note;
    std::string key = {};
    TimePoint through = {};
    std::optional<TimePoint> swept = {};
    Progress done = {};
    std::optional<ObjectEnd> before = {};  ///< Of an end: what the ledger said until then.
    std::optional<Failure> failure = {};   ///< What the reading met behind this part.
  };

  // listing
  void take_page(Chain& chain, const codec::aws::Listing& page, Turn& turn);
  void take_object(const codec::aws::ListedObject& object, const Chain& chain, Turn& turn);
  void end_chain(Chain& chain, Turn& turn);
  void note_foreign(const std::string& key);
  bool add(PendingObject object, Turn& turn);

  // objects
  std::optional<PollRequest> begin(const std::string& key, Turn& turn);
  PollRequest continue_with(const std::string& key, Open& open, Turn& turn);
  [[nodiscard]] ObjectSettings settings_of(const std::string& key,
                                           const PendingObject& object) const;
  void raw_answered(const std::string& key, const HttpResponse& response,
                    std::shared_ptr<const RecordBatch> records, Turn& turn);
  void take_part(const std::string& key, ObjectRead::Part part,
                 std::shared_ptr<const RecordBatch> batch, Turn& turn);
  void unreadable(const std::string& key, const Failure& failure, Turn& turn);
  void read_anew(const std::string& key, bool changed, Turn& turn);
  void hold_oversize(const std::string& key, Turn& turn);
  void give_up(const std::string& key, const Failure& failure, Turn& turn);
  void finish(const std::string& key, Turn& turn);
  void close(const std::string& key);
  void note_columns(const ObjectFacts& facts, Turn& turn);

  // progress
  void order(Pending what, Commit commit, Turn& turn);
  void part_committed(Pending what, const Result<CommitResult>& result, Turn& turn);
  void commit_through(TimePoint to, std::optional<TimePoint> swept, Turn& turn);
  [[nodiscard]] std::optional<TimePoint> sweep_done() const;
  [[nodiscard]] Coverage row_of(const std::string& key, const PendingObject& object,
                                CoverageState state) const;
  void clean(Turn& turn);
  void tell_state(Turn& turn);
  void tell_lost(const std::string& key, const Failure& failure, Turn& turn);
  void judge_freshness(Turn& turn);
  void report(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn) const;

  std::string log_;
  std::string stream_;
  std::string prefix_;
  const MachineOptions& options_;
  Ledger ledger_;
  ListingPlan plan_;
  PendingObjects objects_;
  std::map<std::string, Open, std::less<>> open_;
  std::deque<std::string> continuing_;
  std::map<std::uint64_t, Pending> commits_;

  std::optional<TimePoint> through_;
  TimePoint began_{};
  bool proven_ = false;
  bool listed_once_ = false;

  Chain* listing_ = nullptr;      ///< Whose page is under way.
  std::uint64_t sweep_mark_ = 0;  ///< Objects found by the sweep that ended have no higher number.
  std::optional<TimePoint> sweep_ended_;  ///< Its time, until it is marked as worked off.
  TimePoint sweep_at_{};

  TimePoint paused_until_{};
  bool through_in_commit_ = false;
  TimePoint next_through_{};
  TimePoint next_clean_{};
  bool told_ = false;  ///< The state after the last poll.
  bool stale_told_ = false;
  TimePoint newest_slot_{};  ///< Of all objects that were ever listed or named.
  std::set<std::string> columns_told_;
  std::uint64_t foreign_ = 0;  ///< Keys that are no objects of the export, in this listing.
  std::string foreign_example_;
  std::uint64_t foreign_told_ = 0;
  std::size_t lost_untold_ = 0;
  TimePoint lost_told_{};
};

}  // namespace cistern::connectors::cisco_umbrella
