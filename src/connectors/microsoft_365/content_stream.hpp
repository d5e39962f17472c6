// One content type of one tenant: its subscription, its windows, its blobs, its watermark.
//
// What is durable, in the connector's position:
//   watermark/<type>      everything listed before it is stored, or in the ledger as lost
//   began/<type>          the watermark of the first start
//   swept/<type>          when the last listing of all 7 days was worked off
//   seen/<type>/<hash>    a blob that is done: created/expiration
// A blob that the store has lost again is `damaged` in the ledger, and done in the position all the
// same; it stops being done in memory when the journal tells of it.
// Blobs that wait are not durable: the watermark, and the sweep that is not marked as done, stay
// behind them, so they are listed again after a restart.
#pragma once

#include "base/poll.hpp"
#include "base/random.hpp"
#include "connectors/microsoft_365/blob_queue.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/machine.hpp"
#include "connectors/microsoft_365/seen_blobs.hpp"
#include "connectors/microsoft_365/subscription.hpp"
#include "connectors/microsoft_365/webhook_keeper.hpp"
#include "connectors/microsoft_365/window_plan.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::microsoft_365 {

/// What one call into a stream may see and use.
struct Turn {
  TimePoint now;         ///< For scheduling; never runs backwards.
  TimePoint vendor_now;  ///< For windows.
  bool clock_sure;       ///< The vendor confirmed `vendor_now` within the last minutes.
  Random& random;
  const Api& api;
  std::uint64_t& next_id;  ///< Of requests and commits.
  Step& step;
};

class ContentStream {
 public:
  ContentStream(const ContentType& type, const MachineOptions& options);

  [[nodiscard]] const ContentType& type() const { return type_; }
  void restore(const Position& position);
  /// The position belongs to another tenant: begin like a first start.
  void forget_position();

  [[nodiscard]] bool begun() const { return watermark_.has_value(); }
  /// Everything up to now was listed, and nothing in it became available since that time.
  [[nodiscard]] bool nothing_since(TimePoint time) const;
  [[nodiscard]] bool has_content_since(TimePoint time) const { return newest_content_ >= time; }

  // ---- standing ----
  SubscriptionKeeper subscription;
  WebhookKeeper webhook;
  /// Asks for nothing until then; the re-check comes with a new token if `renew`.
  void pause(Report::Kind kind, const Failure& failure, Duration wait, bool renew, Turn& turn);
  [[nodiscard]] bool paused(TimePoint now) const { return now < paused_until_; }
  /// The pause for a missing permission is over: its re-check needs a new token. Once a pause.
  bool take_renewal(TimePoint now);
  /// When it was paused for a permission that the new token may hold.
  void resume_with_new_grant();
  void start_answered(const HttpResponse& response, Turn& turn);
  void start_failed(const ApiError& error, const Failure& failure, Turn& turn);
  void start_not_heard(const Failure& failure, Turn& turn);
  /// To be sent again as it was: it was not the start's fault.
  void start_again(Turn& turn);
  /// The list of subscriptions has been read; null: there is none of this type. Unless `decides`,
  /// it tells of the webhook only.
  void subscription_listed(const Subscription* listed, bool decides, Turn& turn);

  /// The vendor says that this content has become available: lists soon, unless it is known.
  void notified(std::string_view content_id, Turn& turn);
  /// Whether a listing found something new since the last call that no notification had named.
  bool take_unannounced() { return std::exchange(unannounced_, false); }

  // ---- listing (content_stream_listing.cpp) ----
  /// The next listing request, if one is due.
  std::optional<HttpRequest> next_listing(Turn& turn);
  /// The plan waits until the vendor's clock is known.
  [[nodiscard]] bool wants_clock() const { return wants_clock_; }
  void listing_answered(const HttpResponse& response, Turn& turn);
  void listing_failed(const Failure& failure, Fate fate, Turn& turn);
  /// The same request again at once; it was not the listing's fault.
  void listing_again(bool renewed);
  [[nodiscard]] bool listing_renewed() const { return listing_.renewed; }

  // ---- blobs (content_stream_blobs.cpp) ----
  [[nodiscard]] bool blob_ready(TimePoint now) const;
  /// The next blob's request; call only if blob_ready().
  std::pair<Identity, PollRequest> next_blob(Turn& turn);
  void blob_answered(const Identity& key, std::shared_ptr<const RecordBatch> records, Turn& turn);
  void blob_failed(const Identity& key, const Failure& failure, Turn& turn);
  void blob_refused(const Identity& key, const ApiError& error, const Failure& failure, Turn& turn);
  void blob_again(const Identity& key, bool renewed);
  [[nodiscard]] bool blob_renewed(const Identity& key) const { return queue_.at(key).renewed; }

  // ---- what the store has lost (content_stream_mending.cpp) ----
  /// Lists all 7 days again, and fetches what was stored and is gone although it counts as done.
  void mend(const StoreDamage& damage, Turn& turn);

  /// Something that the store has lost is still to be asked for.
  [[nodiscard]] bool mending() const { return !mending_.rows.empty() || !mending_.holes.empty(); }

  // ---- durable progress (content_stream.cpp) ----
  /// Moves the watermark if it can move, forgets old blobs, tells what is worth telling.
  void settle(Turn& turn);
  /// Returns false if the commit is not one of this stream's.
  bool committed(std::uint64_t id, const Result<CommitResult>& result, Turn& turn);
  /// When it wants to be called again without an answer arriving.
  [[nodiscard]] std::optional<TimePoint> next_time(TimePoint now) const;

 private:
  struct Listing {
    std::string page;  ///< The next page's link; empty for the first page.
    std::size_t pages = 0;
    std::set<Identity> links;           ///< Followed in this chain.
    TimePoint listed_at{};              ///< The vendor's time at the first page.
    std::optional<Failure> incomplete;  ///< Why the slice must be listed again in the end.
    unsigned attempts = 0;              ///< Failures of this page in a row.
    TimePoint not_before{};
    bool in_flight = false;
    bool renewed = false;
  };
  /// A blob whose records are being committed, part after part.
  struct Storing {
    std::shared_ptr<const RecordBatch> batch;
    std::size_t next = 0;  ///< First record that no commit holds yet.
  };
  struct Pending {
    enum class Kind : std::uint8_t { watermark, part, gone, note, cleaning } kind;
    Identity blob{};
    TimePoint time{};  ///< The new watermark.
    std::optional<TimePoint> swept = {};
    std::set<std::string> mended = {};  ///< Lost sequences that the sweep asked again for.
  };
  /// Damage of the store on its way to be made good.
  struct Mending {
    std::map<Identity, Coverage> rows;  ///< Contents that are gone, until stored again or given up.
    std::set<std::string> holes;        ///< Names of lost sequences, until all was asked for again.
    std::set<std::string> swept;        ///< Those of them that the sweep under way stands for.
    bool sweep_wanted = false;
    TimePoint from{};  ///< From when on that sweep lists.
    TimePoint next_check{};
  };

  void registration_failed(const ApiError& error, const Failure& failure, Turn& turn);
  [[nodiscard]] WindowPlan::Kind kind_of_poll(const Turn& turn) const;
  void plan_if_due(Turn& turn);
  void begin_if_first(Turn& turn);
  [[nodiscard]] Coverage being_read(TimePoint from, TimePoint to) const;
  Duration listing_failed_again(const Failure& failure, Turn& turn);
  void take_page(const ContentPage& page, Turn& turn);
  void follow(const std::string& next, Turn& turn);
  void end_slice(Turn& turn);
  void slice_failed(const Failure& failure, bool narrower, Turn& turn);
  void add_blobs(const ContentPage& page, const Slice& slice, Turn& turn);

  void commit_part(const Identity& key, Turn& turn);
  void give_up_blob(const Identity& key, const Failure& failure, Turn& turn);
  void hold_oversize(const Identity& key, Turn& turn);
  void blob_done(const Identity& key);
  void tell_lost(const BlobRef& blob, std::string_view reason, Turn& turn);
  void flush_lost(Turn& turn);

  [[nodiscard]] Coverage unfinished_row(const Identity& key, std::string_view reason) const;
  void begin_mending_sweep(Turn& turn);
  void add_mended_rows(TimePoint swept, TimePoint to, Commit& commit) const;
  void give_up_unlisted(Turn& turn);

  [[nodiscard]] std::optional<TimePoint> sweep_done() const;
  void commit_watermark(TimePoint to, std::optional<TimePoint> swept, Turn& turn);
  [[nodiscard]] std::vector<Coverage> window_rows(TimePoint from, TimePoint to) const;
  void clean(Turn& turn);
  void tell_state(Turn& turn);
  void report(Report::Kind kind, const Failure& failure, TimePoint until, Turn& turn) const;
  void order(Pending what, Commit commit, Turn& turn);
  [[nodiscard]] Coverage blob_row(const BlobRef& blob, CoverageState state) const;
  [[nodiscard]] std::string key(std::string_view what) const;

  const ContentType& type_;
  const MachineOptions& options_;
  SeenBlobs seen_;
  WindowPlan plan_;
  BlobQueue queue_;
  Listing listing_;
  std::map<Identity, Storing> storing_;
  std::map<std::uint64_t, Pending> commits_;

  Mending mending_;
  std::optional<TimePoint> watermark_;
  std::optional<TimePoint> began_;
  TimePoint swept_{};
  TimePoint sweep_started_{};
  TimePoint newest_content_{};  ///< When the newest known content became available.
  bool listed_once_ = false;    ///< Up to the present, by this process.
  std::vector<Interval> gaps_;  ///< Lost windows that the watermark has not passed yet.
  bool watermark_in_commit_ = false;

  unsigned listing_failures_ = 0;  ///< In a row, of whatever window.
  TimePoint listing_pause_{};      ///< No listing before then.
  TimePoint next_poll_{};
  TimePoint planned_at_{};               ///< The last poll, or the last listing between polls.
  std::optional<TimePoint> early_at_{};  ///< A notification asks for a listing then.
  TimePoint next_watermark_{};
  TimePoint next_clean_{};
  TimePoint paused_until_{};
  bool renew_after_pause_ = false;
  bool wants_clock_ = false;
  std::set<Identity> announced_;  ///< Notified, and not listed yet.
  bool unannounced_ = false;
  bool poll_told_ = true;  ///< The last poll's outcome was reported.

  std::size_t lost_untold_ = 0;
  Interval lost_between_{};
  TimePoint lost_told_{};
};

}  // namespace cistern::connectors::microsoft_365
