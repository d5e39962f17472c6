// The machine of one folder of one bucket: what its logs share. The endpoint and its region, the
// clock, throttling, finding logs, the queue, the age of the key, and turns among the logs.
//
// Durable, besides what the logs keep: "source" (bucket and folder), "began" (the first slot that
// is owed), "key" (a name of the key, and when it was first used).
#pragma once

#include "connectors/cisco_umbrella/log_stream.hpp"
#include "connectors/cisco_umbrella/machine.hpp"
#include "connectors/cisco_umbrella/queue_reader.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

class BucketMachine final : public PollMachine {
 public:
  BucketMachine(MachineOptions options, std::shared_ptr<codec::aws::SigningTerms> terms,
                Random& random);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;
  Step on_damage(const StoreDamage& damage, TimePoint now) override;

  static constexpr std::size_t kMostLogs = 64;

 private:
  struct Operation {
    enum class Kind : std::uint8_t { discover, list, object, queue } kind = Kind::list;
    std::size_t log = 0;
    std::string key = {};
    QueueReader::Ask ask = QueueReader::Ask::receive;
    std::uint64_t terms = 0;  ///< Epoch of region and clock when it was sent.
    std::uint64_t gate = 0;   ///< Epoch of the gate when it was sent.
  };

  // bucket_machine.cpp: what to do next
  void restore(const Position& position, Step& step);
  void forget_source(const Position& position, const std::string& before, Step& step);
  Turn turn(Step& step);
  void drive(Step& step);
  void ask(Step& step);
  void ask_queue(Step& step);
  bool ask_discovery(Step& step);
  void ask_listings(Step& step);
  void ask_objects(Step& step);
  void send(Operation operation, PollRequest request, Step& step);
  void set_wake(Step& step);
  void hand_on_finished();
  void commit_state(StateDelta state, Step& step);
  LogStream* log_of(std::string_view name);
  LogStream* add_log(const std::string& name);
  void judge_key(Step& step);
  void tick(TimePoint now);
  static void tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step);
  [[nodiscard]] bool wanted(std::string_view log) const;

  // bucket_machine_replies.cpp: what an answer means
  void answered(const Operation& operation, const HttpResponse& response,
                std::shared_ptr<const RecordBatch> records, Step& step);
  void discovered(const HttpResponse& response, Step& step);
  void discovery_over(Step& step);
  void queue_answered(const Operation& operation, const HttpResponse& response, Step& step);
  void offer_all(const std::vector<QueueReader::Named>& named, Step& step);
  void refused(const Operation& operation, const HttpResponse& response, Step& step);
  void not_answered(const Operation& operation, const Failure& failure, Step& step);
  void adopt_region(const Operation& operation, const codec::aws::AwsError& error,
                    const Failure& failure, Step& step);
  void correct_clock(const Operation& operation, const codec::aws::AwsError& error,
                     const Failure& failure, Step& step);
  void block(const Operation& operation, Report::Kind kind, const Failure& failure, Duration wait,
             Step& step);
  void denied(const Operation& operation, const Failure& failure, Step& step);
  void failed(const Operation& operation, codec::aws::Remedy remedy, const Failure& failure,
              Step& step);
  /// To be sent again as it is, as soon as anything may be sent.
  void again(const Operation& operation);
  void close_gate(const Operation& operation, std::optional<Duration> asked, const Failure& failure,
                  Report::Kind kind, Step& step);
  void succeeded(Step& step);
  void note_queue(Step& step);

  MachineOptions options_;
  std::shared_ptr<codec::aws::SigningTerms> terms_;
  Random& random_;
  codec::aws::BucketEndpoint endpoint_;
  std::vector<std::unique_ptr<LogStream>> logs_;
  std::optional<QueueReader> queue_;
  std::map<std::uint64_t, Operation> operations_;
  std::vector<std::string> finished_;
  std::uint64_t next_id_ = 1;
  std::shared_ptr<CommitChain> chain_ = std::make_shared<CommitChain>();
  std::size_t commits_open_ = 0;

  Position position_;  ///< Of logs that are not known yet; only while starting.
  TimePoint now_{};
  TimePoint started_{};
  TimePoint began_{};
  Duration vendor_ahead_{0};
  RequestPace pace_;
  TimePoint pace_until_{};
  std::size_t first_log_ = 0;    ///< Whose turn it is.
  std::size_t objects_out_ = 0;  ///< Object requests under way.

  bool discovering_ = false;
  std::string discovery_token_;
  std::vector<std::string> discovery_found_;
  std::vector<std::string> discovery_others_;
  TimePoint next_discovery_{};
  unsigned discovery_failures_ = 0;
  bool too_many_told_ = false;

  std::uint64_t terms_epoch_ = 0;
  bool region_adopted_ = false;  ///< Since the last success.
  bool clock_corrected_ = false;
  bool clock_told_ = false;
  TimePoint blocked_until_{};
  TimePoint queue_blocked_until_{};
  TimePoint gate_until_{};
  std::uint64_t gate_epoch_ = 0;
  unsigned gate_failures_ = 0;
  unsigned unreachable_ = 0;

  TimePoint key_since_{};
  bool key_seen_ = false;  ///< Its first use is durable, or was given.
  TimePoint next_key_check_{};
  std::string key_told_;
  QueueCounts queue_told_;
  std::string queue_trouble_;  ///< Code of the notice that stands; empty: none.
};

}  // namespace cistern::connectors::cisco_umbrella
