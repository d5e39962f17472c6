#include "destinations/syslog/delivery.hpp"

#include <algorithm>

namespace cistern::destinations::syslog {
namespace {

constexpr std::string_view kWaiting = "the events wait in the store";

Failure with_consequence(Failure failure) {
  if (failure.consequence.empty() && failure.verdict != Verdict::set_aside)
    failure.consequence = kWaiting;
  return failure;
}

}  // namespace

SyslogDestination::SyslogDestination(SyslogSettings settings, std::unique_ptr<net::TlsClient> tls,
                                     const runtime::DestinationContext& context)
    : settings_(std::move(settings)),
      tls_(std::move(tls)),
      name_(context.name),
      clock_(context.clock),
      log_(context.log),
      writer_(settings_.message),
      choice_(settings_.servers.size(), settings_.return_after),
      turns_(settings_.servers.size()) {}

Status SyslogDestination::open(const std::string& /*state*/) {
  return make_ready();
}

Result<std::string> SyslogDestination::deliver(const runtime::Batch& batch) {
  return_to_better();
  if (auto ready = make_ready(); !ready) return fail(ready.error());
  auto sent = sender_->send(batch);
  if (sent) return std::string{};
  Failure failure = with_consequence(std::move(sent.error()));
  if (!sender_->usable()) {
    leave(failure);
    // Where this server is of no use, another may be.
    const bool hopeless = failure.verdict == Verdict::stop;
    if (hopeless && settings_.servers.size() > 1) failure.verdict = Verdict::retry;
  }
  return fail(std::move(failure));
}

void SyslogDestination::close() {
  if (sender_) sender_->close();
  sender_.reset();
}

std::optional<Duration> SyslogDestination::due() {
  return choice_.better_in(clock_.steady());
}

Result<std::optional<std::string>> SyslogDestination::tend() {
  return_to_better();
  return std::optional<std::string>{};
}

std::vector<runtime::MappingDrift> SyslogDestination::take_drift() {
  auto cuts = writer_.take_cuts();
  if (!cuts.empty() && !cuts_told_) {
    cuts_told_ = true;
    log_.warning(name_, "events are longer than `max_message` (" +
                            std::to_string(settings_.message.max_message) +
                            " bytes) and are cut; the store keeps them whole. Next step: raise it "
                            "as far as the receiver allows; `cistern status` counts them");
  }
  return cuts;
}

// ---- connections ----

// A receiver that was restarted while nothing was to be sent is no trouble worth a pause: the
// connection is made anew at once.
Status SyslogDestination::make_ready() {
  if (!sender_) return connect_any();
  const auto alive = sender_->alive();
  if (alive) return {};
  if (cancellation_.cancelled()) return fail(net::cancelled_failure());
  const std::size_t before = choice_.current().value_or(0);
  const bool alone = settings_.servers.size() == 1;
  if (server(before).transport == Transport::udp) {
    // There, to connect proves nothing: it would hide that nobody listens.
    leave(alive.error());
    return alone ? fail(with_consequence(alive.error())) : connect_any();
  }
  sender_.reset();
  choice_.none();
  auto again = connect(before);
  if (again) {
    log_.info(name_, server(before).text() + " had closed the connection and was connected again" +
                         (acknowledged() ? "" : "; what it had not read before is lost"));
    return {};
  }
  choice_.failed(before, clock_.steady());
  return alone ? again : connect_any();
}

Status SyslogDestination::connect_any() {
  std::vector<Failure> failures;
  for (const std::size_t number : choice_.order(clock_.steady())) {
    auto connected = connect(number);
    if (connected) return {};
    if (cancellation_.cancelled()) return connected;
    choice_.failed(number, clock_.steady());
    failures.push_back(std::move(connected.error()));
  }
  return fail(none_works(failures));
}

Status SyslogDestination::connect(std::size_t number) {
  const SenderContext context{.settings = settings_.sender,
                              .writer = writer_,
                              .progress = progress_,
                              .tls = tls_.get(),
                              .cancellation = cancellation_};
  settings_.sender.times.turn = turns_[number];
  auto sender = connect_sender(server(number), context);
  if (!sender) {
    ++turns_[number];
    return fail(with_consequence(std::move(sender.error())));
  }
  sender_ = std::move(*sender);
  choice_.works(number);
  if (last_ && *last_ != number)
    log_.warning(name_, "sends to " + server(number).text() + " from now on");
  if (!last_ && number > 0) {
    log_.warning(name_, "sends to " + server(number).text() + ", because " + server(0).text() +
                            " cannot be used");
  }
  last_ = number;
  return {};
}

void SyslogDestination::return_to_better() {
  while (const auto better = choice_.better(clock_.steady())) {
    if (cancellation_.cancelled()) return;
    auto old = std::move(sender_);
    const std::size_t before = *choice_.current();
    if (connect(*better)) {
      if (old) old->close();
      return;
    }
    sender_ = std::move(old);
    choice_.works(before);
    choice_.failed(*better, clock_.steady());
  }
}

void SyslogDestination::leave(const Failure& why) {
  if (const auto current = choice_.current(); current && !cancellation_.cancelled()) {
    choice_.failed(*current, clock_.steady());
    ++turns_[*current];
    if (settings_.servers.size() > 1)
      log_.warning(name_, "leaves " + server(*current).text() + ": " + why.sentence());
  }
  choice_.none();
  sender_.reset();
}

Failure SyslogDestination::none_works(const std::vector<Failure>& failures) const {
  Failure whole = failures.front();
  if (failures.size() == 1) return whole;
  whole.cause = "none of the " + std::to_string(failures.size()) + " servers can be used";
  for (const auto& failure : failures)
    whole.cause += (&failure == &failures.front() ? ": " : "; ") + failure.cause;
  // One that may come back is worth waiting for.
  const auto worth = [](const Failure& failure) { return failure.verdict != Verdict::stop; };
  const auto found = std::find_if(failures.begin(), failures.end(), worth);
  if (found != failures.end()) whole.verdict = found->verdict;
  return whole;
}

}  // namespace cistern::destinations::syslog
