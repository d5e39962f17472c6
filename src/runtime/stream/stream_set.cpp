#include "runtime/stream/stream_set.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {

StreamSet::StreamSet(PollCore& core, StreamMachine& machine, StreamDriverOptions options,
                     std::unique_ptr<net::HttpStreamClient> client, const Services& services)
    : core_(core),
      machine_(machine),
      options_(std::move(options)),
      services_(services),
      client_(std::move(client)) {
  services_.status.reading(options_.poll.connector, facts_);
}

StreamSet::~StreamSet() {
  for (const auto& [id, reader] : readers_)
    reader->close();
}

void StreamSet::perform(StreamOrders orders) {
  for (const std::uint64_t id : orders.close)
    close(id);
  for (auto& opening : orders.open)
    open(std::move(opening));
}

void StreamSet::open(StreamOpening opening) {
  if (core_.ended()) return;
  const std::uint64_t id = opening.id;
  auto framer = opening.framer ? opening.framer() : nullptr;
  if (!framer || !opening.decode) {
    return core_.give_up("stream " + std::to_string(id) + " has no framer or no decoder");
  }
  if (readers_.contains(id)) {
    return core_.give_up("stream " + std::to_string(id) + " was opened twice");
  }
  const auto reader =
      std::make_shared<StreamReader>(std::move(opening), std::move(framer), options_, services_,
                                     static_cast<StreamListener&>(*this));
  readers_.emplace(id, reader);
  reader->open(*client_);
}

void StreamSet::close(std::uint64_t id) {
  const auto node = readers_.extract(id);
  if (node.empty()) return;
  node.mapped()->close();
  publish();
}

void StreamSet::close_all() {
  for (const auto& [id, reader] : std::exchange(readers_, {}))
    reader->close();
  publish();
}

void StreamSet::publish() {
  const auto opened = [](const auto& entry) { return entry.second->opened(); };
  facts_.open = static_cast<std::uint64_t>(std::count_if(readers_.begin(), readers_.end(), opened));
  if (facts_ == published_) return;
  published_ = facts_;
  services_.status.reading(options_.poll.connector, facts_);
}

void StreamSet::note_stages(StageTimes& times) const {
  for (const auto& [id, reader] : readers_)
    reader->note_stages(times);
}

void StreamSet::on_opened(std::uint64_t id, const HttpResponse& response) {
  if (response.status >= 200 && response.status <= 299) ++facts_.openings;
  publish();
  core_.consult([&](PollMachine&, TimePoint now) { return machine_.on_opened(id, response, now); });
}

void StreamSet::on_read(std::size_t bytes) {
  facts_.bytes += bytes;
}

void StreamSet::on_paused() {
  ++facts_.pauses;
  publish();
}

void StreamSet::on_values(std::uint64_t id, std::shared_ptr<const StreamBatch> values,
                          const std::shared_ptr<void>& until_durable) {
  facts_.keep_alives += values->keep_alives;
  publish();
  core_.consult(
      [&](PollMachine&, TimePoint now) { return machine_.on_values(id, std::move(values), now); },
      until_durable);
}

void StreamSet::on_ended(std::uint64_t id, const StreamEnd& end) {
  readers_.erase(id);
  publish();
  if (!end.status) {
    services_.status.request_failed(options_.poll.connector, end.status.error().code);
  }
  core_.consult([&](PollMachine&, TimePoint now) { return machine_.on_ended(id, end, now); });
}

void StreamSet::on_bug(const std::string& what) {
  core_.give_up(what);
}

}  // namespace cistern::runtime
