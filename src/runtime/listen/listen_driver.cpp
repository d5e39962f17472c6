#include "runtime/listen/listen_driver.hpp"

#include "runtime/listen/listen_thread.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {
namespace {

constexpr Duration kPublishEvery = std::chrono::seconds{1};
constexpr unsigned kPublishedForWord = 60;

class ListenConnector final : public Connector {
 public:
  ListenConnector(ListenDriverOptions options, std::shared_ptr<ListenCounters> counters,
                  const Services& services, ListenOpened opened)
      : shared_{.options = std::move(options),
                .counters = std::move(counters),
                .services = services,
                .opened = std::move(opened)} {}
  ListenConnector(const ListenConnector&) = delete;
  ListenConnector& operator=(const ListenConnector&) = delete;
  ~ListenConnector() override {
    if (timer_) shared_.services.loop.cancel(*timer_);
    threads_.clear();
  }

  void make_threads(const ListenProtocols& protocols) {
    std::vector<std::size_t> streams;
    for (std::size_t i = 0; i < shared_.options.endpoints.size(); ++i) {
      const auto& endpoint = shared_.options.endpoints[i];
      if (endpoint.transport == ListenEndpoint::Transport::tcp) {
        streams.push_back(i);
        continue;
      }
      for (std::size_t socket = 0; socket < endpoint.sockets; ++socket) {
        auto loop = std::make_shared<net::ReadyLoop>();
        auto work = make_datagram_work(shared_, i, protocols(), loop);
        threads_.push_back(std::make_unique<ListenThread>(std::move(loop), std::move(work)));
      }
    }
    if (streams.empty()) return;
    auto loop = std::make_shared<net::ReadyLoop>();
    auto work = make_stream_work(shared_, std::move(streams), protocols(), loop);
    threads_.push_back(std::make_unique<ListenThread>(std::move(loop), std::move(work)));
  }

  void start() override {
    for (const auto& thread : threads_)
      thread->start();
    publish();
  }

  void stop(std::function<void()> stopped) override {
    if (stopping_) return;
    stopping_ = true;
    waiting_ = threads_.size();
    stopped_ = std::move(stopped);
    for (const auto& thread : threads_) {
      thread->stop([self = weak_, &loop = shared_.services.loop] {
        loop.post([self] {
          if (const auto connector = self.lock()) (*connector)->one_ended();
        });
      });
    }
    if (threads_.empty()) shared_.services.loop.post([this] { ended(); });
  }

 private:
  void publish() {
    shared_.counters->publish();
    if (++published_ % kPublishedForWord == 0) shared_.report_working();
    timer_ = shared_.services.loop.call_after(kPublishEvery, [this] { publish(); });
  }
  void one_ended() {
    if (--waiting_ == 0) ended();
  }
  void ended() {
    shared_.counters->publish();
    if (stopped_) std::exchange(stopped_, nullptr)();
  }

  ListenShared shared_;
  std::vector<std::unique_ptr<ListenThread>> threads_;
  std::optional<Loop::TimerId> timer_;
  // What threads may still post to when this has gone.
  std::shared_ptr<ListenConnector*> alive_ = std::make_shared<ListenConnector*>(this);
  std::weak_ptr<ListenConnector*> weak_ = alive_;
  unsigned published_ = 0;
  bool stopping_ = false;
  std::size_t waiting_ = 0;
  std::function<void()> stopped_;
};

}  // namespace

bool ListenShared::allowed(const net::IpAddress& sender) const {
  return options.allow.empty() ||
         std::any_of(options.allow.begin(), options.allow.end(),
                     [&](const net::AddressRange& range) { return range.holds(sender); });
}

void ListenShared::report_failed(std::size_t endpoint, const Failure& failure) const {
  {
    const std::lock_guard lock(mutex);
    failed.insert(endpoint);
  }
  Report report;
  report.kind = Report::Kind::retrying;
  report.failure = failure;
  report.failure.cause = options.endpoints[endpoint].name + ": " + failure.cause;
  report.until = services.clock.now() + kOpenAgain;
  services.status.report(options.connector, report);
}

void ListenShared::report_open(std::size_t endpoint) const {
  {
    const std::lock_guard lock(mutex);
    failed.erase(endpoint);
  }
  report_working();
}

void ListenShared::report_working() const {
  {
    const std::lock_guard lock(mutex);
    if (!failed.empty()) return;
  }
  services.status.report(
      options.connector,
      Report{
          .kind = Report::Kind::working, .stream = {}, .through = {}, .until = {}, .failure = {}});
}

std::unique_ptr<Connector> make_listen_connector(ListenDriverOptions options,
                                                 ListenProtocols protocols,
                                                 std::shared_ptr<ListenCounters> counters,
                                                 const Services& services, ListenOpened opened) {
  auto connector = std::make_unique<ListenConnector>(std::move(options), std::move(counters),
                                                     services, std::move(opened));
  connector->make_threads(protocols);
  return connector;
}

}  // namespace cistern::runtime
