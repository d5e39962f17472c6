#include "connectors/crowdstrike_falcon/machine_bench.hpp"

#include "connectors/crowdstrike_falcon/event_decoder.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon::test {

MachineOptions default_options() {
  MachineOptions out;
  out.api_url = kApi;
  out.client_id = "client1";
  out.app_id = "app1";
  out.reconnect_delay = std::chrono::seconds{1};
  return out;
}

Bench::Bench(FakeVendor& vendor, MachineOptions made, Position stored_position)
    : options(std::move(made)), position(std::move(stored_position)), vendor_(vendor) {
  if (options.api_url.empty()) options = default_options();
}

void Bench::run(Duration time, Duration step) {
  if (!machine_) {
    machine_ = make_machine(options, random_);
    perform(machine_->start(position, now));
  }
  for (const TimePoint end = now + time; now < end;) {
    now += step;
    read_streams();
    if (wake_ <= now) {
      wake_ = TimePoint::max();
      perform(machine_->on_wake(now));
    }
    for (PollRequest& request : std::exchange(requests_, {})) {
      if (request.not_before > now) {
        requests_.push_back(std::move(request));
      } else {
        answer(std::move(request));
      }
    }
  }
}

void Bench::cut(std::uint64_t id) {
  vendor_.disconnect(id, now);
  end(id, fail_retry("net/cut", "the connection broke"));
}

void Bench::cut_all() {
  for (const std::uint64_t id : std::vector<std::uint64_t>(open))
    cut(id);
}

void Bench::restart(bool forget_client) {
  for (const std::uint64_t id : std::exchange(open, {}))
    vendor_.disconnect(id, now);
  if (forget_client) options.client_id += "x";
  machine_.reset();
  requests_.clear();
  streams_.clear();
  framers_.clear();
  wake_ = TimePoint::max();
  token_ = false;
}

void Bench::perform(Step step) {
  if (step.renew_credentials) {
    token_ = false;
    ++renewals;
  }
  if (step.wake) wake_ = *step.wake;
  for (Report& report : step.reports)
    reports.push_back(std::move(report));
  for (CommitOrder& order : step.commits)
    commit(std::move(order));
  for (const std::uint64_t id : step.streams.close) {
    vendor_.disconnect(id, now);
    std::erase(open, id);
    streams_.erase(id);
  }
  for (PollRequest& request : step.requests)
    requests_.push_back(std::move(request));
  for (StreamOpening& opening : step.streams.open)
    open_stream(std::move(opening));
}

void Bench::answer(PollRequest request) {
  if (!token_) {
    token_ = true;
    token_since_ = now;
    perform(machine_->on_grant(
        {.tenant = {}, .audience = region_url, .roles = {}, .expires = now + vendor_.token_life},
        now));
  }
  const std::string origin = url_origin(request.http.url).value_or("");
  PollReply reply;
  reply.id = request.id;
  if (discovery_fails && request.http.method == "GET") {
    reply.response = next_discovery_fails;
  } else if (!region_url.empty() && origin != region_url) {
    reply.response = fail_stop("net/foreign-host", "not the token's host", "nothing");
  } else {
    // The authorizer renews by itself five minutes before the end.
    if (now - token_since_ > vendor_.token_life - std::chrono::minutes{5} &&
        vendor_.token_life > std::chrono::minutes{10}) {
      token_since_ = now;
    }
    reply.response = vendor_.answer(request.http, now, now - token_since_);
  }
  perform(machine_->on_reply(std::move(reply), now));
}

void Bench::open_stream(StreamOpening opening) {
  const std::uint64_t id = opening.id;
  const HttpResponse head = vendor_.open(id, opening.http, now);
  framers_[id] = opening.framer();
  streams_[id] = std::move(opening);
  const bool success = head.status / 100 == 2;
  if (success) open.push_back(id);
  perform(machine_->on_opened(id, head, now));
  if (!success) end(id, {});
}

void Bench::read_streams() {
  for (const std::uint64_t id : std::vector<std::uint64_t>(open)) {
    if (std::find(open.begin(), open.end(), id) == open.end()) continue;
    auto bytes = vendor_.read(id, now);
    if (!bytes) {
      end(id, {});
      continue;
    }
    if (bytes->empty()) continue;
    StreamValues values;
    values.bytes = std::move(*bytes);
    values.at_end = !behind;
    perform(machine_->on_values(id, streams_.at(id).decode(std::move(values)), now));
  }
}

void Bench::end(std::uint64_t id, Status status) {
  std::erase(open, id);
  streams_.erase(id);
  perform(machine_->on_ended(id, {.status = std::move(status), .cut_bytes = 0}, now));
}

void Bench::commit(CommitOrder order) {
  ++commits;
  chains.insert(order.commit.chain.get());
  if (commits_fail_from != 0 && commits >= commits_fail_from) {
    return perform(machine_->on_committed(
        order.id, fail_stop("journal/failed", "the disk is gone", "replace it"), now));
  }
  for (const Record& record : order.commit.records) {
    const std::string identity = to_hex(record.identity);
    if (order.commit.dedupe && !remembered.insert(identity).second) continue;
    stored.emplace_back(record.raw);
    identities.push_back(identity);
    metas.emplace_back(record.meta);
    problems.emplace_back(record.problem);
  }
  for (const StateChange& change : order.commit.state) {
    if (change.value) {
      position[change.key] = *change.value;
    } else {
      position.erase(change.key);
    }
  }
  for (const Coverage& row : order.commit.coverage)
    coverage.push_back(row);
  perform(machine_->on_committed(order.id, CommitResult{}, now));
}

std::vector<std::uint64_t> Bench::offsets(std::string_view feed) const {
  std::vector<std::uint64_t> out;
  const std::string mark = "\"feed\":\"" + std::string{feed} + "\"";
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (metas[i].find(mark) == std::string::npos || !problems[i].empty()) continue;
    if (const auto offset = read_facts(stored[i]).offset) out.push_back(*offset);
  }
  return out;
}

bool Bench::told(Report::Kind kind, std::string_view code) const {
  return std::any_of(reports.begin(), reports.end(), [&](const Report& report) {
    return report.kind == kind && (code.empty() || report.failure.code == code);
  });
}

std::vector<Coverage> Bench::rows(CoverageState state, std::string_view kind) const {
  std::vector<Coverage> out;
  for (const Coverage& row : coverage) {
    if (row.state == state && row.kind == kind) out.push_back(row);
  }
  return out;
}

}  // namespace cistern::connectors::crowdstrike_falcon::test
