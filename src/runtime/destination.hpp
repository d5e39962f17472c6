// A destination: takes rendered events and says when they are safely delivered. And the delivery
// that drives it: reading, rendering, retrying and moving the cursor, the same for all kinds.
#pragma once

#include "base/executor.hpp"
#include "config/loader.hpp"
#include "ecs/view.hpp"
#include "journal/journal.hpp"
#include "runtime/services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

/// What a transport's own header may say of an event (a syslog header), beside the payload.
struct EventFacts {
  TimePoint time{};  ///< Of the event, else of its arrival.
  std::string_view id{};
  std::string_view connector{};
  std::string_view stream{};
  std::string_view host{};                 ///< Where it happened; empty when the event names none.
  std::optional<std::uint8_t> severity{};  ///< On syslog's scale, 0 (emergency) to 7 (debug).
  std::optional<std::uint8_t> facility{};  ///< Syslog's, 0 to 23, of events that came by syslog.
};

/// One event as it goes out.
struct Payload {
  Sequence sequence = 0;
  /// Without framing; the destination adds line breaks or lengths. One line, but for the formats
  /// that say otherwise (destinations/format/format_type.hpp).
  std::string_view bytes;
  EventFacts facts{};  ///< Only for a destination that wants them.
};

/// Events in order of sequence, contiguous but for what was filtered.
struct Batch {
  std::string bytes;              ///< Payloads one after the other, each followed by '\n'.
  std::string texts;              ///< What the facts point into.
  std::vector<Payload> payloads;  ///< Views into `bytes`.
  Sequence first = 0;
  Sequence last = 0;
};

/// Contract. open() once, before anything else, with the state that was stored with the cursor
/// (empty the first time); it is called again after a failure with Verdict::retry until it
/// succeeds. deliver() with one batch at a time; success means the peer has it safely, and the
/// returned state is stored with the cursor; until then the same events may be delivered again
/// after a crash, in batches with other borders. A failure's verdict: retry (the whole batch, after
/// `wait`), set_aside (exactly one payload in the batch: it goes to the set-aside list with the
/// reason), stop. close() at the end. Called from one thread at a time, never from the I/O loop;
/// calls may block, but not longer than some seconds after cancel().
class Destination {
 public:
  virtual ~Destination() = default;
  virtual Status open(const std::string& state) = 0;
  virtual Result<std::string> deliver(const Batch& batch) = 0;
  virtual void close() = 0;
  /// How long from now until tend() has something to do although no batch came (a file's rotation
  /// by time); nothing: never.
  virtual std::optional<Duration> due() { return std::nullopt; }
  /// What is due, between two batches. A state that comes back is stored like one of deliver().
  virtual Result<std::optional<std::string>> tend() { return std::optional<std::string>{}; }
  /// From any thread: ends a call that blocks.
  virtual void cancel() {}
  /// Whether the store must keep the cursor exactly in step (a sync of the cursor follows each
  /// batch at once) or may lag (at-least-once destinations).
  [[nodiscard]] virtual bool exact() const { return false; }
  /// Whether the payloads come with facts; they cost a little, so only a transport with a header of
  /// its own asks for them.
  [[nodiscard]] virtual bool wants_facts() const { return false; }
  /// The most events in a batch, for a destination that bounds what may come twice after a crash by
  /// the size of its batches; 0: as many as the delivery likes.
  [[nodiscard]] virtual std::uint64_t most_events() const { return 0; }
  /// What the destination had to shorten since the last call; like Format::take_drift().
  virtual std::vector<MappingDrift> take_drift() { return {}; }
};

/// Renders one event for a destination. Instances belong to one thread at a time.
class Format {
 public:
  virtual ~Format() = default;
  /// Appends the payload without a line break behind it; false: the event is not for this
  /// destination.
  virtual bool render(const journal::Envelope& envelope, std::string& out) = 0;
  /// Adds the severity and the host that the event itself names, where the format can tell. Called
  /// after render() with the same envelope and what was rendered; the views live until the next
  /// render().
  virtual void describe(const journal::Envelope& envelope, std::string_view payload,
                        EventFacts& facts) {
    static_cast<void>(envelope);
    static_cast<void>(payload);
    static_cast<void>(facts);
  }
  /// What the mappings met since the last call that they do not know. Cheap enough for some
  /// seconds, not for each batch.
  virtual std::vector<MappingDrift> take_drift() { return {}; }
};

/// Views by connector name; shared by all formats.
using Views = std::map<std::string, std::shared_ptr<const ecs::View>, std::less<>>;

struct DestinationContext {
  std::string name;
  Files& files;
  const Clock& clock;
  Log& log;
};

struct DestinationType {
  std::string_view name;
  std::string_view summary;
  std::span<const config::Option> options;
  std::function<void(const config::Values&, std::vector<config::Problem>&)> check;
  std::function<Result<std::unique_ptr<Destination>>(const config::Values&,
                                                     const DestinationContext&)>
      make;
  /// What can be found out about the values without a connection (certificates and their keys), for
  /// `cistern check`; may be empty.
  std::function<Status(const config::Values&, TimePoint now)> verify = {};
};

struct DeliveryOptions {
  std::string destination{};
  std::set<std::string, std::less<>> connectors{};  ///< Empty: all.
  std::string start = "now";  ///< For a new cursor: "now", "oldest", or a duration such as "24h".
  std::uint64_t batch_bytes = 1ULL << 20;
  std::uint64_t batch_events = 10000;
  Duration cursor_delay = std::chrono::milliseconds{200};
};

/// Runs one destination until stopped. Keeps its place in the journal's cursor `destination`.
class Delivery {
 public:
  virtual ~Delivery() = default;
  virtual void start() = 0;
  /// Delivers what is in the store up to `until` (0: stop at once), stores the cursor, closes the
  /// destination, then calls `stopped` (on the pool).
  virtual void stop(Sequence until, std::function<void()> stopped) = 0;
  /// Delivers one event that was set aside once more, between two batches. `done` (on the pool)
  /// says whether it was taken and the cursor's state is stored.
  virtual void retry(Sequence sequence, std::function<void(Status)> done) = 0;
};

/// `format` and `destination` are used on the pool, by one task at a time.
std::unique_ptr<Delivery> make_delivery(DeliveryOptions options,
                                        std::unique_ptr<Destination> destination,
                                        std::unique_ptr<Format> format, const Services& services);

}  // namespace cistern::runtime
