#include "runtime/stream/stream_driver.hpp"

#include "runtime/poll/poll_core.hpp"
#include "runtime/stream/stream_set.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {
namespace {

class StreamConnector final : public Connector {
 public:
  explicit StreamConnector(std::shared_ptr<PollCore> core) : core_(std::move(core)) {}
  void start() override { core_->start(); }
  void stop(std::function<void()> stopped) override { core_->stop(std::move(stopped)); }

 private:
  std::shared_ptr<PollCore> core_;
};

}  // namespace

std::unique_ptr<Connector> make_stream_connector(StreamDriverOptions options,
                                                 std::unique_ptr<StreamMachine> machine,
                                                 std::unique_ptr<net::Authorizer> authorizer,
                                                 std::unique_ptr<net::HttpClient> http,
                                                 std::unique_ptr<net::HttpStreamClient> streams,
                                                 const Services& services) {
  options.max_groups = std::max<std::size_t>(options.max_groups, 1);
  options.group_bytes = std::clamp<std::uint64_t>(options.group_bytes, 1, kMaxCommitBytes);
  StreamMachine& told = *machine;
  auto core = std::make_shared<PollCore>(options.poll, std::move(machine), std::move(authorizer),
                                         std::move(http), services);
  core->attach(
      std::make_unique<StreamSet>(*core, told, std::move(options), std::move(streams), services));
  return std::make_unique<StreamConnector>(std::move(core));
}

}  // namespace cistern::runtime
