#include "connectors/microsoft_365/webhook_connector.hpp"

#include "connectors/microsoft_365/messages.hpp"

#include <optional>
#include <string>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

constexpr Duration kListenAgain = std::chrono::minutes{1};

class WebhookConnector final : public runtime::Connector {
 public:
  WebhookConnector(WebhookParts parts, std::unique_ptr<runtime::PollConnector> polling,
                   NotifiedMachine& machine, net::IoLoop& loop, const runtime::Services& services)
      : parts_(std::move(parts)),
        machine_(machine),
        polling_(std::move(polling)),
        loop_(loop),
        services_(services) {}
  WebhookConnector(const WebhookConnector&) = delete;
  WebhookConnector& operator=(const WebhookConnector&) = delete;
  ~WebhookConnector() override { close(); }

  /// Listens first: the vendor calls while the subscription is being started.
  void start() override {
    listen();
    polling_->start();
  }

  void stop(std::function<void()> stopped) override {
    close();
    polling_->stop(std::move(stopped));
  }

 private:
  void listen() {
    WebhookReceiver receiver = parts_.receiver();
    const std::string where = receiver.address + ":" + std::to_string(receiver.port);
    auto place =
        parts_.listeners->open(loop_, std::move(receiver),
                               {.called = [this](const WebhookCall& call) { return called(call); },
                                .refused = [this](std::string_view reason) { refused(reason); }});
    if (place) {
      place_ = std::move(*place);
      if (std::exchange(told_, false))
        tell(messages::webhook_works("microsoft_365/webhook-listen"));
      return tell_facts();
    }
    if (!std::exchange(told_, true)) tell(messages::webhook_not_listening(where, place.error()));
    again_ = loop_.call_after(kListenAgain, [this] {
      again_.reset();
      listen();
    });
  }

  void close() {
    place_.reset();
    if (again_) loop_.cancel(*again_);
    again_.reset();
  }

  WebhookVerdict called(const WebhookCall& call) {
    WebhookVerdict verdict = judge_call(call, {.manage_url = parts_.manage_url,
                                               .tenant = machine_.tenant(),
                                               .client_id = parts_.client_id});
    if (!verdict.refusal.empty()) {
      refused(verdict.refusal);
      return verdict;
    }
    ++facts_.messages;
    facts_.bytes += call.body.size();
    tell_facts();
    if (!verdict.contents.empty()) {
      polling_->consult([this, &verdict](PollMachine&, TimePoint now) {
        return machine_.on_notified(verdict.contents, now);
      });
    }
    return verdict;
  }

  void refused(std::string_view reason) {
    ++facts_.incidents[std::string(reason)];
    tell_facts();
  }

  void tell_facts() {
    if (place_) {
      facts_.connections = place_->connections();
      facts_.accepted = place_->accepted();
    }
    services_.status.listening(parts_.connector, facts_);
  }

  void tell(const Failure& notice) {
    Report report;
    report.kind = Report::Kind::notice;
    report.failure = notice;
    services_.status.report(parts_.connector, report);
  }

  const WebhookParts parts_;
  NotifiedMachine& machine_;  // Of polling_.
  const std::unique_ptr<runtime::PollConnector> polling_;
  net::IoLoop& loop_;
  const runtime::Services services_;
  std::unique_ptr<WebhookListeners::Place> place_;
  std::optional<Loop::TimerId> again_;
  bool told_ = false;
  runtime::ListenFacts facts_;
};

}  // namespace

std::unique_ptr<runtime::Connector> make_webhook_connector(
    WebhookParts parts, std::unique_ptr<runtime::PollConnector> polling, NotifiedMachine& machine,
    net::IoLoop& loop, const runtime::Services& services) {
  return std::make_unique<WebhookConnector>(std::move(parts), std::move(polling), machine, loop,
                                            services);
}

}  // namespace cistern::connectors::microsoft_365
