// Cisco Umbrella in the lab's table of vendors: its export in a Cisco-managed bucket and in one of
// the customer's own, with a queue.
#pragma once

#include "lab/aws/sqs_server.hpp"
#include "lab/cisco_umbrella/export_index.hpp"
#include "lab/cisco_umbrella/notification.hpp"
#include "lab/cisco_umbrella/umbrella_bucket.hpp"
#include "lab/cisco_umbrella/umbrella_settings.hpp"
#include "lab/vendor.hpp"

#include <mutex>
#include <vector>

namespace cistern::lab {

/// Id and secret of the key pair that is valid after so many rotations.
std::string umbrella_key_id(unsigned rotations);
std::string umbrella_key_secret(unsigned rotations);

class UmbrellaVendor final : public Vendor {
 public:
  explicit UmbrellaVendor(const VendorContext& context);

  [[nodiscard]] std::string_view name() const override { return kUmbrellaVendor; }
  [[nodiscard]] std::string_view switches() const override { return "umbrella"; }
  [[nodiscard]] bool serves(const Request& request) const override;
  [[nodiscard]] RequestFacts facts_of(const Request& request) const override;
  Response answer(const Request& request, const RequestFacts& facts) override;
  [[nodiscard]] Response refusal(const Request& request, const RequestFacts& facts,
                                 const Fault& fault) const override;
  [[nodiscard]] std::optional<Fault> draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                Dice& dice) const override;
  Status change(std::string_view json) override;
  [[nodiscard]] std::string status_json() const override;
  void save(LabState& state) const override;
  Status restore(const LabState& state) override;
  [[nodiscard]] TruthStream truth() const override;

 private:
  /// What requests are checked against; copied under the lock.
  struct Rules {
    S3Credentials credentials;
    S3Settings s3;
    SqsSettings sqs;
    std::string region = "eu-west-1";
    Duration clock_ahead{0};
  };
  [[nodiscard]] Rules rules() const;
  [[nodiscard]] TimePoint now(const Rules& rules) const { return clock_.now() + rules.clock_ahead; }
  [[nodiscard]] std::vector<S3BucketRules> buckets(const Rules& rules) const;
  /// Whether the listing made something owed that was not before.
  bool note_listing(const Request& request);
  void fill_queue(SqsQueue& queue);
  void apply(const UmbrellaChange& change);
  Status plant(const UmbrellaChange& change);
  Status change_objects(const UmbrellaChange& change);
  void rotate(unsigned rotations);

  const Clock& clock_;
  const std::function<Status()> keep_;
  const std::function<TimePoint()> visible_until_;
  const Duration skew_;
  const NotificationWay way_;
  const ExportPlan plan_;
  mutable ExportIndex index_;
  mutable ObjectMaker maker_;
  UmbrellaDemand demand_;
  mutable UmbrellaBucket managed_;
  mutable UmbrellaBucket own_;
  mutable SqsServer queue_;
  mutable std::mutex mutex_;
  Rules rules_;
  unsigned rotations_ = 0;
  TimePoint queued_until_;  // Guarded by the queue's lock.
  bool queue_begun_ = false;
};

}  // namespace cistern::lab
