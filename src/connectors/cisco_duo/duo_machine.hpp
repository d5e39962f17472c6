// The machine: all logs of one account, and what concerns the integration as a whole.
#pragma once

#include "connectors/cisco_duo/error_table.hpp"
#include "connectors/cisco_duo/log_reader.hpp"
#include "connectors/cisco_duo/machine.hpp"
#include "connectors/cisco_duo/vendor_clock.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_duo {

class DuoMachine final : public PollMachine {
 public:
  DuoMachine(MachineOptions options, Random& random);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;
  Step on_damage(const StoreDamage& damage, TimePoint now) override;

 private:
  struct Asked {
    LogReader* reader = nullptr;
    std::uint64_t epoch = 0;
  };

  // duo_machine.cpp
  Turn turn(Step& step);
  void drive(Step& step);
  void ask(Step& step);
  void set_wake(Step& step);
  void restore_account(const Position& position, Step& step);
  void judge_backfill(Step& step);
  void judge_mending(Step& step);
  static void tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step);

  // duo_machine_replies.cpp
  void answered(const Asked& asked, const HttpResponse& response,
                std::shared_ptr<const RecordBatch> records, Step& step);
  void refused(const Asked& asked, const Refusal& refusal, const HttpResponse& response,
               Step& step);
  void integration_refused(const Asked& asked, const ErrorRow& row, const Refusal& refusal,
                           Step& step);
  void observe_clock(const HttpResponse& response, Step& step);

  MachineOptions options_;
  Random& random_;
  VendorClock clock_;
  std::vector<std::unique_ptr<LogReader>> readers_;
  std::map<std::uint64_t, Asked> asked_;  ///< By request.
  std::uint64_t next_id_ = 1;

  TimePoint blocked_until_{};
  /// The integration was refused: one request at a time, until one succeeds.
  bool doubtful_ = false;
  bool repeated_ = false;    ///< It was asked once more with a fresh date.
  std::uint64_t epoch_ = 0;  ///< Counts refusals: what was asked before one says nothing new.

  TimePoint next_forecast_{};
  bool backfill_told_ = false;
  bool mending_told_ = false;
};

}  // namespace cistern::connectors::cisco_duo
