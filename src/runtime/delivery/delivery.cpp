#include "runtime/delivery/delivery_core.hpp"

#include <exception>
#include <utility>

namespace cistern::runtime {
namespace {

class PoolDelivery final : public Delivery {
 public:
  explicit PoolDelivery(std::shared_ptr<DeliveryCore> core) : core_(std::move(core)) {}
  PoolDelivery(const PoolDelivery&) = delete;
  PoolDelivery& operator=(const PoolDelivery&) = delete;
  ~PoolDelivery() override { core_->abandon(); }
  void start() override { core_->start(); }
  void stop(Sequence until, std::function<void()> stopped) override {
    core_->stop(until, std::move(stopped));
  }
  void retry(Sequence sequence, std::function<void(Status)> done) override {
    core_->retry(sequence, std::move(done));
  }

 private:
  std::shared_ptr<DeliveryCore> core_;
};

}  // namespace

std::unique_ptr<Delivery> make_delivery(DeliveryOptions options,
                                        std::unique_ptr<Destination> destination,
                                        std::unique_ptr<Format> format, const Services& services) {
  return std::make_unique<PoolDelivery>(std::make_shared<DeliveryCore>(
      std::move(options), std::move(destination), std::move(format), services));
}

}  // namespace cistern::runtime
