// The asking half of the poll driver: from a queued request to the machine's reply.
#include "runtime/poll/poll_core.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace cistern::runtime {
namespace {

// So many commits may wait for the disk before no further blob is fetched: what is fetched while
// the store takes nothing only fills memory.
constexpr std::size_t kMaxCommitsWaiting = 16;

// What an answer is expected to need before its size is known. A request whose answer is not larger
// waits for no memory: it may be what keeps a session alive while the store is slow.
constexpr std::uint64_t kListingBytes = 64ULL << 10;

/// A whole body, or the piece of one that was asked for.
bool holds_records(const HttpResponse& response) {
  return response.status == 200 || response.status == 206;
}

// Records together with the accounting of their memory, which ends when the last user lets go: the
// journal after the commit, or whoever drops them.
struct HeldBatch {
  std::shared_ptr<const RecordBatch> batch;
  std::shared_ptr<MemoryHold> hold;
  std::shared_ptr<std::atomic<std::uint64_t>> count;

  HeldBatch(std::shared_ptr<const RecordBatch> records, std::shared_ptr<MemoryHold> memory,
            std::shared_ptr<std::atomic<std::uint64_t>> counter)
      : batch(std::move(records)), hold(std::move(memory)), count(std::move(counter)) {
    ++*count;
  }
  HeldBatch(const HeldBatch&) = delete;
  HeldBatch& operator=(const HeldBatch&) = delete;
  ~HeldBatch() { --*count; }
};

std::uint64_t memory_of(const RecordBatch& batch) {
  return batch.storage.capacity() + batch.records.capacity() * sizeof(Record);
}

}  // namespace

void PollCore::schedule_pump() {
  if (pump_posted_ || ended()) return;
  pump_posted_ = true;
  pump_due_ = steady();
  post([](PollCore& self) {
    self.pump_posted_ = false;
    self.waited(self.steady() - self.pump_due_);
    self.pump();
  });
}

// Starts one request at most, then queues behind the other connectors on the loop: that is what
// makes a thousand of them take turns.
void PollCore::pump() {
  if (ended() || !started_) return;
  queue_.advance(steady());
  const bool only_urgent = commits_.size() >= kMaxCommitsWaiting;
  if (flights_.size() >= options_.max_parallel || !queue_.ready(only_urgent)) {
    memory_wait_.reset();
    if (const auto due = queue_.next_due()) set_pump_timer(*due - steady());
    return;
  }
  if (must_wait_for_memory()) return;
  if (const Duration wait = budget_->take(steady()); wait > Duration{0}) {
    set_pump_timer(wait);
    return;
  }
  launch(std::move(*queue_.take(only_urgent)));
  schedule_pump();
}

bool PollCore::must_wait_for_memory() {
  if (queue_.front().http.max_body <= kListingBytes) return false;
  // If the memory is ours, held by the machine for a reply that it still needs, and nothing of ours
  // is under way, then waiting would never end.
  const bool would_never_end = *held_ > 0 && flights_.empty() && commits_.empty();
  if (!services_.memory.full() || would_never_end) {
    if (memory_wait_) waited(steady() - *memory_wait_);
    memory_wait_.reset();
    return false;
  }
  if (!memory_wait_) memory_wait_ = steady();
  if (in_memory_line_) return true;
  in_memory_line_ = true;
  services_.memory.wait(
      [weak = weak_from_this(), &loop = services_.loop, &memory = services_.memory] {
        loop.post([weak, &memory] {
          if (const auto self = weak.lock()) {
            self->in_memory_line_ = false;
            self->pump();
          }
          memory.wake_one();
        });
      });
  return true;
}

void PollCore::launch(PollRequest request) {
  const std::uint64_t id = request.id;
  if (flights_.contains(id)) {
    return give_up("request " + std::to_string(id) + " was asked for twice");
  }
  Flight flight;
  flight.since = steady();
  flight.decode = std::move(request.decode);
  flight.max_body = request.http.max_body;
  flight.hold = std::make_shared<MemoryHold>(services_.memory);
  flight.hold->resize(flight.decode ? typical_body_ : kListingBytes);
  // Decompression belongs on the pool, beside the decoding, unless the decoder wants the bytes as
  // they came: an object may be stored with a Content-Encoding, and a piece of it cannot be
  // decoded.
  flight.keep_encoded = request.http.keep_encoded;
  if (flight.decode) request.http.keep_encoded = true;
  const bool only_work = request.http.url.empty() && flight.decode != nullptr;
  flights_.emplace(id, std::move(flight));
  if (only_work) {
    HttpResponse nothing;
    nothing.status = 200;
    return decode(id, std::move(nothing));
  }
  if (!request.authorize) return send(id, std::move(request.http));
  authorizer_->authorize(std::move(request.http),
                         [weak = weak_from_this(), id](Result<HttpRequest> ready) {
                           const auto self = weak.lock();
                           if (!self || self->ended()) return;
                           if (!ready) return self->answered(id, fail(std::move(ready.error())));
                           self->send(id, std::move(*ready));
                         });
}

void PollCore::send(std::uint64_t id, HttpRequest request) {
  const auto flight = flights_.find(id);
  if (flight == flights_.end()) return;
  flight->second.stage = Stage::answer;
  flight->second.since = steady();
  flight->second.handle =
      http_->send(std::move(request), [weak = weak_from_this(), id](Result<HttpResponse> response) {
        const auto self = weak.lock();
        if (self && !self->ended()) self->answered(id, std::move(response));
      });
}

void PollCore::answered(std::uint64_t id, Result<HttpResponse> response) {
  const auto flight = flights_.find(id);
  if (flight == flights_.end()) return;
  flight->second.handle.reset();
  if (!response || !flight->second.decode) return deliver(id, std::move(response), nullptr);
  decode(id, std::move(*response));
}

void PollCore::decode(std::uint64_t id, HttpResponse response) {
  auto& flight = flights_.at(id);
  flight.stage = Stage::decoding;
  flight.since = steady();
  flight.hold->resize(response.body.capacity());
  typical_body_ = std::max(kListingBytes, (3 * typical_body_ + response.body.size()) / 4);
  auto shared = std::make_shared<HttpResponse>(std::move(response));
  services_.pool.post([weak = weak_from_this(), &loop = services_.loop, id, shared,
                       hold = flight.hold, decoder = flight.decode, most = flight.max_body,
                       as_it_came = flight.keep_encoded] {
    auto result = std::make_shared<Decoded>();
    try {
      auto body = as_it_came ? Result<std::string>{std::move(shared->body)}
                             : net::decode_body(*shared, most);
      shared->body = {};
      if (!body) {
        result->response = fail(std::move(body.error()));
      } else {
        hold->resize(body->capacity());
        if (holds_records(*shared)) {
          result->records = decoder(std::move(*body));
          hold->resize(result->records ? memory_of(*result->records) : 0);
        } else {
          shared->body = std::move(*body);
        }
        result->response = std::move(*shared);
      }
    } catch (const std::exception& error) {
      result->bug = true;
      result->response = fail_stop("runtime/bug", error.what(), {});
    }
    loop.post([weak, id, result] {
      if (const auto self = weak.lock()) self->decoded(id, std::move(*result));
    });
  });
}

void PollCore::decoded(std::uint64_t id, Decoded result) {
  if (ended() || !flights_.contains(id)) return;
  if (result.bug) return give_up(result.response.error().cause);
  // A whole answer of which no records could be made: cut inside, or nested without end.
  if (result.response && holds_records(*result.response) && !result.records) {
    services_.status.request_failed(options_.connector, "runtime/unreadable");
  }
  deliver(id, std::move(result.response), std::move(result.records));
}

void PollCore::deliver(std::uint64_t id, Result<HttpResponse> response,
                       std::shared_ptr<const RecordBatch> records) {
  if (!response) services_.status.request_failed(options_.connector, response.error().code);
  PollReply reply{.id = id, .response = std::move(response), .records = nullptr};
  // Until the machine has read it, the body counts; afterwards only what the machine keeps.
  const auto hold = std::move(flights_.at(id).hold);
  flights_.erase(id);
  if (records) {
    const RecordBatch* batch = records.get();
    reply.records = std::shared_ptr<const RecordBatch>(
        std::make_shared<HeldBatch>(std::move(records), hold, held_), batch);
  } else if (reply.response) {
    hold->resize(reply.response->body.capacity());
  }
  consult([&reply](PollMachine& machine, TimePoint now) {
    return machine.on_reply(std::move(reply), now);
  });
}

}  // namespace cistern::runtime
