#include "runtime/stream/stream_reader.hpp"

#include "runtime/stream/stream_slices.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace cistern::runtime {
namespace {

std::uint64_t memory_of(const StreamBatch& batch) {
  return batch.batch.storage.capacity() + batch.batch.records.capacity() * sizeof(Record) +
         batch.offsets.capacity() * sizeof(std::uint64_t);
}

void note(std::optional<Duration>& oldest, Duration since) {
  if (!oldest || since < *oldest) oldest = since;
}

}  // namespace

/// A group on its way into the store; where it ends, its bytes are no longer held.
class StreamReader::Unstored {
 public:
  Unstored(std::weak_ptr<StreamReader> reader, std::uint64_t bytes)
      : reader_(std::move(reader)), bytes_(bytes) {}
  Unstored(const Unstored&) = delete;
  Unstored& operator=(const Unstored&) = delete;
  ~Unstored() {
    if (const auto reader = reader_.lock()) reader->stored(bytes_);
  }

 private:
  std::weak_ptr<StreamReader> reader_;
  std::uint64_t bytes_;
};

struct StreamReader::Decoded {
  std::shared_ptr<const StreamBatch> batch;
  std::shared_ptr<MemoryHold> hold;
  std::string bug;  ///< Empty: none.
};

StreamReader::StreamReader(StreamOpening opening, std::unique_ptr<StreamFramer> framer,
                           const StreamDriverOptions& options, const Services& services,
                           StreamListener& listener)
    : options_(options),
      services_(services),
      listener_(listener),
      id_(opening.id),
      idle_limit_(opening.idle_limit),
      request_(std::move(opening.http)),
      decode_(std::move(opening.decode)),
      buffer_(std::make_unique<StreamBuffer>(std::move(framer), options.group_bytes)),
      buffer_hold_(services.memory) {}

void StreamReader::open(net::HttpStreamClient& client) {
  since_ = services_.clock.steady();
  net::HttpStreamEvents events;
  events.opened = [weak = weak_from_this()](const HttpResponse& response) {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    self->opened_ = response.status >= 200 && response.status <= 299;
    self->listener_.on_opened(self->id_, response);
  };
  events.bytes = [weak = weak_from_this()](std::string_view bytes) {
    const auto self = weak.lock();
    if (self && !self->closed_) self->arrived(bytes);
  };
  events.ended = [weak = weak_from_this()](Status status) {
    const auto self = weak.lock();
    if (self && !self->closed_) self->ended(std::move(status));
  };
  http_ = client.open(std::exchange(request_, {}), idle_limit_, std::move(events));
}

void StreamReader::close() {
  closed_ = true;
  http_.reset();
  if (timer_) services_.loop.cancel(*timer_);
  timer_.reset();
  buffer_.reset();
  buffer_hold_.resize(0);
}

void StreamReader::bug(const std::string& what) {
  listener_.on_bug("stream " + std::to_string(id_) + ": " + what);
}

// ---- from the socket ----

void StreamReader::arrived(std::string_view bytes) {
  listener_.on_read(bytes.size());
  try {
    if (!buffer_->add(bytes, services_.clock.steady())) {
      return bug("the framer named the end of a value where no bytes are");
    }
  } catch (const std::exception& error) {
    return bug(error.what());
  }
  buffer_hold_.resize(buffer_->memory());
  advance();
}

void StreamReader::ended(Status status) {
  http_.reset();
  end_ = std::move(status);
  advance();
}

// ---- to the machine ----

void StreamReader::advance() {
  if (closed_) return;
  if (!decoding_) {
    if (hand_over_due()) {
      decode(*buffer_->take());
    } else if (end_ && buffer_->whole() == 0) {
      return report_end();
    }
  }
  regulate();
}

/// Sets a timer where it is only a matter of time.
bool StreamReader::hand_over_due() {
  const Duration gather = end_ ? Duration{0} : options_.gather;
  const auto when = hand_over_time(*buffer_, groups_, options_.max_groups, gather);
  if (!when) return false;
  const Duration now = services_.clock.steady();
  if (*when <= now) return true;
  if (!timer_) set_timer(*when - now);
  return false;
}

void StreamReader::set_timer(Duration delay) {
  timer_ = services_.loop.call_after(delay, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->timer_.reset();
    self->advance();
  });
}

void StreamReader::decode(StreamValues values) {
  const std::uint64_t bytes = values.bytes.size();
  values.at_end = !paused_ && buffer_->bytes() == 0;
  under_way_ += bytes;
  ++groups_;
  decoding_ = true;
  since_ = services_.clock.steady();
  buffer_hold_.resize(buffer_->memory());
  auto result = std::make_shared<Decoded>();
  result->hold = std::make_shared<MemoryHold>(services_.memory);
  result->hold->resize(values.bytes.capacity());
  auto shared = std::make_shared<StreamValues>(std::move(values));
  services_.pool.post(
      [weak = weak_from_this(), &loop = services_.loop, decoder = decode_, shared, result, bytes] {
        try {
          result->batch = decoder(std::move(*shared));
          if (result->batch) result->hold->resize(memory_of(*result->batch));
        } catch (const std::exception& error) {
          result->bug = error.what();
        } catch (...) {
          result->bug = "an exception of unknown type";
        }
        loop.post([weak, result, bytes] {
          if (const auto self = weak.lock()) self->decoded(*result, bytes);
        });
      });
}

void StreamReader::decoded(const Decoded& result, std::uint64_t bytes) {
  if (closed_) return;
  decoding_ = false;
  if (!result.bug.empty()) return bug(result.bug);
  if (!result.batch) return bug("the decoder returned nothing");
  if (result.batch->offsets.size() != result.batch->batch.records.size()) {
    return bug("the decoder returned records without their offsets");
  }
  hand_over(result.batch, result.hold, bytes);
  advance();
}

void StreamReader::hand_over(const std::shared_ptr<const StreamBatch>& batch,
                             const std::shared_ptr<MemoryHold>& hold, std::uint64_t bytes) {
  const auto unstored = std::make_shared<Unstored>(weak_from_this(), bytes);
  for (auto& part : slice(batch, hold, kMaxCommitBytes)) {
    if (closed_) return;
    listener_.on_values(id_, std::move(part), unstored);
  }
}

// May be called from inside the core's work on a commit, so it only takes note.
void StreamReader::stored(std::uint64_t bytes) {
  under_way_ -= bytes;
  --groups_;
  services_.loop.post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->advance();
  });
}

void StreamReader::report_end() {
  const StreamEnd end{.status = std::move(*end_), .cut_bytes = buffer_->tail()};
  const auto self = shared_from_this();
  close();
  listener_.on_ended(id_, end);
}

// ---- back-pressure ----

void StreamReader::regulate() {
  if (http_ == nullptr) return;
  paused_for_store_ = too_much_held({.held = under_way_ + buffer_->bytes(),
                                     .will_drain = under_way_ + buffer_->whole() > 0,
                                     .paused_for_store = paused_for_store_,
                                     .most_held = options_.max_unstored});
  const bool pause = must_wait_for_memory() || paused_for_store_;
  if (pause == paused_) return;
  paused_ = pause;
  if (!pause) return http_->resume();
  http_->pause();
  listener_.on_paused();
}

bool StreamReader::must_wait_for_memory() {
  // Where the beginning of one value is all that is held, waiting for it to go would never end.
  const bool would_never_end = buffer_->tail() > 0 && under_way_ + buffer_->whole() == 0;
  if (!services_.memory.full() || would_never_end) {
    memory_wait_.reset();
    return false;
  }
  if (!memory_wait_) memory_wait_ = services_.clock.steady();
  if (!std::exchange(in_memory_line_, true)) wait_for_memory();
  return true;
}

void StreamReader::wait_for_memory() {
  services_.memory.wait(
      [weak = weak_from_this(), &loop = services_.loop, &memory = services_.memory] {
        loop.post([weak, &memory] {
          if (const auto self = weak.lock()) {
            self->in_memory_line_ = false;
            self->advance();
          }
          memory.wake_one();
        });
      });
}

// ---- facts ----

void StreamReader::note_stages(StageTimes& times) const {
  if (!opened_ && !end_) note(times.answer, since_);
  if (decoding_) note(times.decoding, since_);
  if (memory_wait_) note(times.memory, *memory_wait_);
}

}  // namespace cistern::runtime
