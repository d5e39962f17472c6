#include "runtime/poll/poll_driver.hpp"

#include "runtime/poll/poll_core.hpp"

namespace cistern::runtime {
namespace {

class PollConnector final : public Connector {
 public:
  explicit PollConnector(std::shared_ptr<PollCore> core) : core_(std::move(core)) {}
  void start() override { core_->start(); }
  void stop(std::function<void()> stopped) override { core_->stop(std::move(stopped)); }

 private:
  std::shared_ptr<PollCore> core_;
};

}  // namespace

std::unique_ptr<Connector> make_poll_connector(PollDriverOptions options,
                                               std::unique_ptr<PollMachine> machine,
                                               std::unique_ptr<net::Authorizer> authorizer,
                                               std::unique_ptr<net::HttpClient> http,
                                               const Services& services) {
  return std::make_unique<PollConnector>(std::make_shared<PollCore>(
      std::move(options), std::move(machine), std::move(authorizer), std::move(http), services));
}

}  // namespace cistern::runtime
