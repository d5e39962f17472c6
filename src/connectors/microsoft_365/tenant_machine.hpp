// The machine of one tenant: what its content types share. The token and what it allows, the list
// of subscriptions, the gate, the clock, and turns among the content types.
//
// Durable, besides what the streams keep: "tenant" (GUID) and "domain" (the configured name that it
// was resolved from).
#pragma once

#include "base/poll.hpp"
#include "connectors/microsoft_365/content_stream.hpp"
#include "connectors/microsoft_365/gate.hpp"
#include "connectors/microsoft_365/vendor_clock.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cistern::connectors::microsoft_365 {

class TenantMachine final : public NotifiedMachine {
 public:
  TenantMachine(MachineOptions options, Random& random);

  Step start(const Position& position, TimePoint now) override;
  Step on_grant(const Grant& grant, TimePoint now) override;
  Step on_reply(PollReply reply, TimePoint now) override;
  Step on_committed(std::uint64_t id, const Result<CommitResult>& result, TimePoint now) override;
  Step on_wake(TimePoint now) override;
  Step on_damage(const StoreDamage& damage, TimePoint now) override;
  Step on_notified(const std::vector<NotifiedContent>& contents, TimePoint now) override;
  [[nodiscard]] std::string tenant() const override { return api_.tenant; }

 private:
  struct Operation {
    enum class Kind : std::uint8_t { resolve, subscriptions, start, list, blob } kind;
    std::size_t stream = 0;
    Identity blob{};
    std::uint64_t gate_epoch = 0;
    std::uint64_t token_epoch = 0;
  };

  // tenant_machine.cpp: what to do next
  Turn turn(Step& step);
  void drive(Step& step);
  void ask(Step& step);
  void ask_tenant(Step& step);
  void ask_streams(Step& step);
  void ask_blobs(Step& step);
  [[nodiscard]] bool asks_tenant() const;
  void renew_due(Step& step);
  void send(Operation operation, PollRequest request, Step& step);
  void set_wake(Step& step);
  void judge_content(Step& step);
  void judge_mending(Step& step);
  void restore_tenant(const Position& position, Step& step);
  void tenant_known(const std::string& guid, Step& step);
  [[nodiscard]] bool left_out(const ContentStream& stream) const;
  /// States a fact about the whole connector.
  static void tell(Report::Kind kind, const Failure& failure, TimePoint until, Step& step);
  void block(Report::Kind kind, const Failure& failure, Duration wait, bool renew, Step& step);

  // tenant_machine_replies.cpp: what an answer means
  void answered(const Operation& operation, const HttpResponse& response,
                std::shared_ptr<const RecordBatch> records, Step& step);
  void succeeded(const Operation& operation, const HttpResponse& response,
                 std::shared_ptr<const RecordBatch> records, Step& step);
  void refused(const Operation& operation, const HttpResponse& response, Step& step);
  void unauthorized(const Operation& operation, const ApiError& error, const Failure& failure,
                    Step& step);
  void throttled(const Operation& operation, const HttpResponse& response, const ApiError& error,
                 const Failure& failure, Step& step);
  void failed(const Operation& operation, const ApiError& error, const Failure& failure,
              Step& step);
  void not_answered(const Operation& operation, const Failure& failure, Step& step);
  void unreachable(const Operation& operation, const Failure& failure, Step& step);
  void again(const Operation& operation, bool renewed, Step& step);
  void tenant_call_failed(const Operation& operation, const Failure& failure, Step& step);
  void observe_clock(const HttpResponse& response, Step& step);
  void subscriptions_listed(const HttpResponse& response, Step& step);

  // tenant_machine_webhook.cpp: starts of subscriptions, with a webhook or without
  [[nodiscard]] bool start_due(const ContentStream& stream) const;
  void send_start(std::size_t index, Step& step);
  void check_webhook();
  [[nodiscard]] std::optional<TimePoint> webhook_time(const ContentStream& stream) const;
  void judge_webhook(Step& step);
  void judge_foreign_webhooks(const std::vector<Subscription>& list, Step& step);
  [[nodiscard]] std::optional<Failure> webhook_trouble() const;

  // tenant_machine_grant.cpp: what a token allows
  void judge(const Grant& grant, Step& step);
  [[nodiscard]] std::optional<Failure> objection(const Grant& grant) const;

  MachineOptions options_;
  Random& random_;
  VendorClock clock_;
  Gate gate_;
  Api api_;
  std::vector<std::unique_ptr<ContentStream>> streams_;
  std::map<std::uint64_t, Operation> operations_;
  std::uint64_t next_id_ = 1;

  std::string stored_tenant_;
  std::string stored_domain_;
  std::vector<std::string> stored_keys_;  ///< To be deleted should the tenant be another one.

  enum class Phase : std::uint8_t { resolving, listing_subscriptions, collecting };
  Phase phase_ = Phase::resolving;
  TimePoint tenant_call_at_{};  ///< Not before then: resolve, or list subscriptions.
  unsigned tenant_call_failures_ = 0;
  bool tenant_call_renewed_ = false;
  TimePoint webhook_check_{};  ///< When the subscriptions are listed to see the webhook's state.
  bool webhook_asked_ = false;
  TimePoint heard_{};  ///< The last notification, or since when one could come.
  bool webhook_silent_ = false;
  bool foreign_told_ = false;  ///< Another program's webhook that does not work.
  Failure webhook_told_;       ///< The notice that stands; without a code: none.
  bool clock_asked_ = false;   ///< Subscriptions are listed only to read the vendor's clock.

  TimePoint blocked_until_{};
  bool blocked_ = false;
  bool renew_after_block_ = false;
  std::uint64_t token_epoch_ = 0;
  std::optional<Grant> grant_;
  bool dlp_told_ = false;
  bool no_content_told_ = false;
  bool mending_told_ = false;
  std::size_t first_stream_ = 0;  ///< Whose turn it is.
};

}  // namespace cistern::connectors::microsoft_365
