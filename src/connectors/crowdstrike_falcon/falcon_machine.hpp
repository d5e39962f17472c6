// The inside of the machine; machine.hpp is its public face.
#pragma once

#include "connectors/crowdstrike_falcon/error_table.hpp"
#include "connectors/crowdstrike_falcon/feed.hpp"
#include "connectors/crowdstrike_falcon/intake.hpp"
#include "connectors/crowdstrike_falcon/machine.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

class FalconMachine final : public StreamMachine {
 public:
  FalconMachine(MachineOptions options, Random& random);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;
  Step on_opened(std::uint64_t stream, const HttpResponse& response, TimePoint now) override;
  Step on_values(std::uint64_t stream, std::shared_ptr<const StreamBatch> values,
                 TimePoint now) override;
  Step on_ended(std::uint64_t stream, const StreamEnd& end, TimePoint now) override;

 private:
  using Response = Result<HttpResponse>;

  // falcon_machine.cpp
  void tick(TimePoint now);
  void drive(Step& step);
  void set_wake(Step& step) const;
  void observe(const HttpResponse& response, Step& step);
  [[nodiscard]] TimePoint vendor_now() const;
  void tell(Report::Kind kind, Failure failure, TimePoint until, Step& step);
  void tell_working(Step& step);
  Feed* feed_of_stream(std::uint64_t stream);
  void fail_for_good(const Failure& failure, Step& step);
  void remember(StateDelta delta, Commit& commit);
  void order(Commit commit, Step& step);

  // falcon_machine_discovery.cpp
  [[nodiscard]] std::optional<TimePoint> discovery_due() const;
  void discover(Step& step);
  void discovered(const Response& response, Step& step);
  void discovery_failed(const Failure& failure, Step& step);
  void discovery_refused(const HttpResponse& response, const AnswerError& error, Step& step);
  void hold(TimePoint until);
  void none_offered(Step& step);
  void take_offers(std::vector<FeedOffer> offers, Step& step);
  [[nodiscard]] bool wanted(const FeedOffer& offer) const;
  void expect_known_feeds();
  void restore(Feed& feed, std::string key);
  void find_floor(Feed& feed) const;
  Feed* feed_for(const FeedOffer& offer, Step& step);
  void missing(Feed& feed, Step& step);
  void came_back(Feed& feed, Step& step);
  void close_all(Step& step);

  // falcon_machine_streams.cpp
  void open(Feed& feed, FeedOffer offer, Step& step);
  void close(Feed& feed, TimePoint retry_at, Step& step);
  void stream_ended(Feed& feed, const Status& status, Step& step);
  void opening_refused(Feed& feed, Step& step);
  void refresh(Feed& feed, Step& step);
  void refreshed(Feed& feed, const Response& response, Step& step);
  void refresh_failed(Feed& feed, const Failure& failure, Duration wait, Step& step);

  // falcon_machine_events.cpp
  bool belongs_to_us(const StreamBatch& batch, Step& step);
  void change_customer(Step& step);
  void read_anew(Step& step);
  StateDelta identity_delta();
  void store(Feed& feed, Intake intake, const std::shared_ptr<const StreamBatch>& batch,
             Step& step);
  void count(const Feed& feed, const Intake& intake, Commit& commit, Step& step);
  void begin_anew(Feed& feed, Step& step);
  void advance_through(Feed& feed, const StreamBatch& batch, const Intake& intake);
  [[nodiscard]] std::optional<TimePoint> common_through() const;
  void add_window(Commit& commit);
  void commit_window(Step& step);

  MachineOptions options_;
  Random& random_;
  StreamHosts hosts_;
  std::string app_id_;
  Position position_;
  std::string customer_;
  bool suspect_ = false;          ///< The position may be another customer's.
  bool identity_stored_ = false;  ///< Customer and client stand in the position.

  TimePoint now_{};    ///< For scheduling; never runs backwards.
  Duration shift_{0};  ///< Added when the wall clock was set back.
  Duration ahead_{0};  ///< Of the vendor's clock, when by more than a minute.

  std::vector<std::unique_ptr<Feed>> feeds_;
  std::uint64_t next_id_ = 1;
  std::uint64_t discovery_id_ = 0;  ///< Under way.
  bool discovery_renewed_ = false;
  std::string discovery_api_;  ///< The address that was asked.
  bool discovered_once_ = false;
  TimePoint hold_until_{};
  TimePoint not_before_{};  ///< Of the next request, while the minute's quota is nearly used up.
  unsigned discovery_failures_ = 0;
  unsigned none_offered_ = 0;
  bool broken_ = false;  ///< The store takes nothing any more, or its position cannot be read.
  std::shared_ptr<CommitChain> chain_ = std::make_shared<CommitChain>();  ///< Of all its commits.

  TimePoint through_{};
  TimePoint window_at_{};  ///< Next window without events.
  TimePoint window_written_{};
  std::uint64_t left_out_ = 0;
  TimePoint left_out_told_{};
  Report::Kind told_ = Report::Kind::retrying;
  TimePoint told_at_{};
};

}  // namespace cistern::connectors::crowdstrike_falcon
