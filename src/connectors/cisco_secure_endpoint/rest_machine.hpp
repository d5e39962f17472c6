// The machine of one organisation: what its streams share. The key, the hourly budget, the clock.
//
// Durable, besides what the streams keep: "rest/cloud" (host that the position belongs to) and
// "rest/client" (who read).
#pragma once

#include "connectors/cisco_secure_endpoint/log_stream.hpp"
#include "connectors/cisco_secure_endpoint/machine.hpp"
#include "connectors/cisco_secure_endpoint/rate_gate.hpp"
#include "connectors/cisco_secure_endpoint/vendor_clock.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

inline constexpr std::string_view kCloudKey = "rest/cloud";
inline constexpr std::string_view kClientKey = "rest/client";

class OrganizationMachine final : public RestMachine {
 public:
  OrganizationMachine(MachineOptions options, Random& random);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;
  Step on_damage(const StoreDamage& damage, TimePoint now) override;
  Step on_stream_state(const StreamState& state, TimePoint now) override;

 private:
  /// Whose request it is; none: the greeting.
  struct Operation {
    LogStream* stream = nullptr;
    bool types = false;
  };

  Turn turn(Step& step);
  void restore(const Position& position, Step& step);
  void drive(Step& step);
  void greet(Step& step);
  void set_wake(Step& step) const;
  void answered(const Operation& operation, PollReply reply, Step& step);
  void succeeded(const Operation& operation, const HttpResponse& response,
                 std::shared_ptr<const RecordBatch> records, Step& step);
  void refused(const Operation& operation, const HttpResponse& response, Step& step);
  void not_answered(const Operation& operation, const Failure& failure, Step& step);
  void note_budget(const HttpResponse& response, Step& step);
  void observe_clock(const HttpResponse& response, Step& step);
  void block(Report::Kind kind, const Failure& failure, Duration wait, Step& step);
  static void tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step);

  const MachineOptions options_;
  Random& random_;
  VendorClock clock_;
  RateGate gate_;
  std::vector<std::unique_ptr<LogStream>> streams_;
  std::map<std::uint64_t, Operation> operations_;
  std::uint64_t next_id_ = 1;

  /// The first request asks for nothing: its answer tells the vendor's time, by which everything
  /// begins, and whether the key is good in this cloud.
  bool greeted_ = false;
  bool greeting_ = false;
  unsigned attempts_ = 0;
  bool blocked_ = false;  ///< Told: refused login or budget; the next answer says it is over.
  TimePoint blocked_until_{};
};

}  // namespace cistern::connectors::cisco_secure_endpoint
