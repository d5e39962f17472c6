#include "runtime/poll/poll_driver.hpp"

#include "runtime/poll/poll_core.hpp"

namespace cistern::runtime {
namespace {

class DrivenConnector final : public PollConnector {
 public:
  explicit DrivenConnector(std::shared_ptr<PollCore> core) : core_(std::move(core)) {}
  void start() override { core_->start(); }
  void stop(std::function<void()> stopped) override { core_->stop(std::move(stopped)); }
  void consult(std::function<Step(PollMachine&, TimePoint now)> question) override {
    if (core_->started()) core_->consult(question);
  }

 private:
  std::shared_ptr<PollCore> core_;
};

}  // namespace

std::unique_ptr<PollConnector> make_poll_connector(PollDriverOptions options,
                                                   std::unique_ptr<PollMachine> machine,
                                                   std::unique_ptr<net::Authorizer> authorizer,
                                                   std::unique_ptr<net::HttpClient> http,
                                                   const Services& services) {
  return std::make_unique<DrivenConnector>(std::make_shared<PollCore>(
      std::move(options), std::move(machine), std::move(authorizer), std::move(http), services));
}

}  // namespace cistern::runtime
