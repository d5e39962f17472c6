// A connector: reads one vendor's account and commits to the journal. And what the program must
// know about each kind of connector.
#pragma once

#include "base/embedded.hpp"
#include "config/loader.hpp"
#include "ecs/view.hpp"
#include "net/io_loop.hpp"
#include "runtime/services.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::runtime {

/// Lives on the I/O loop. The life of each connector: start, then stop once, then destruction after
/// the stop's callback. A connector that was never started may be destroyed.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual void start() = 0;
  /// Asks for nothing new, gives up requests that are under way, waits for commits that were handed
  /// over, then calls `stopped`. Calling it twice is allowed.
  virtual void stop(std::function<void()> stopped) = 0;
};

enum class ProofKind : std::uint8_t {
  complete,  ///< A listing or gapless numbers prove what was offered.
  windowed,  ///< Asked for a window, and it was answered.
  received,  ///< Count only.
  derived,   ///< Made by us out of events of other streams; counted as derived, never as received.
};

struct StreamType {
  std::string_view name;  ///< "audit.exchange"
  std::string_view text;  ///< One sentence.
  ProofKind proof = ProofKind::windowed;
};

/// One question that `doctor` asks, and its answer.
struct ProbeResult {
  enum class Outcome : std::uint8_t { passed, failed, warning, skipped };
  std::string name;  ///< "token", "permission ActivityFeed.Read"
  Outcome outcome = Outcome::passed;
  std::string seen;               ///< What was seen, with correlation id and time.
  std::string meaning;            ///< What it means; empty when passed.
  std::string next_step;          ///< The exact clicks or command that cure it.
  std::string code{};             ///< Of the failure: "entra/secret-expired"; empty when passed.
  std::string correlation_id{};   ///< The vendor's, for a support ticket; empty when none came.
  std::string vendor_time{};      ///< When the vendor answered, in its own words.
  std::string skipped_because{};  ///< The earlier probe that made this one meaningless.
  Duration took{0};
};

/// Runs probes one after the other; lives on the I/O loop.
struct DoctorContext {
  net::IoLoop& loop;
  const Clock& clock;
  Random& random;
  /// Called after each probe, in order, and at the end with nothing.
  std::function<void(const ProbeResult&)> probed;
  std::function<void()> finished;
  std::string store = {};  ///< The store's folder.
};

/// A fact of how an event was read, for `explain`: "request", "content type".
struct OriginFact {
  std::string name;
  std::string text;  ///< Without secrets.
};

struct OriginQuestion {
  const config::Values& values;
  const Position& position;
  std::string_view stream;
  std::string_view item;  ///< The vendor's name of the blob or object that held the event.
};

/// One item that the vendor lists for a past window, when it is asked again.
struct OfferedItem {
  std::string stream;
  std::string item;  ///< As in the ledger.
  TimePoint available{};
  TimePoint expires{};   ///< Epoch when unknown.
  std::string done_key;  ///< The key of the position that stands once the item is done with.
};

/// Lists again what the vendor offered from `from` to `to`; fetches nothing. Lives on the I/O loop.
struct RelistContext {
  net::IoLoop& loop;
  const Clock& clock;
  Random& random;
  TimePoint from{};
  TimePoint to{};
  std::string stream;  ///< Empty: all.
  Position position;   ///< Of the connector, as stored.
  std::function<void(OfferedItem)> offered;
  std::function<void(const std::string&)> note;  ///< A line for the one who waits.
  /// Called once, at the end: a failure means that the listing is not whole.
  std::function<void(Status)> finished;
};

/// Removes at the vendor what a connector made there. Lives on the I/O loop.
struct ReleaseContext {
  net::IoLoop& loop;
  const Clock& clock;
  Random& random;
  const Sealer& sealer;
  Position position;  ///< Of the connector, as stored; its values are gone already.
  std::function<void(const std::string&)> note;  ///< A line for the one who waits.
  /// Called once. Success also when it was gone already; a failure leaves it as it was, and the
  /// same may be tried again.
  std::function<void(Status)> finished;
};

struct ConnectorType {
  std::string_view name;  ///< "microsoft_365"
  std::string_view summary;
  std::span<const config::Option> options;
  std::vector<StreamType> streams;
  std::function<void(const config::Values&, std::vector<config::Problem>&)> check;
  /// Builds an instance; fails when the values cannot work (a certificate that cannot be read).
  std::function<Result<std::unique_ptr<Connector>>(const std::string& name,
                                                   const config::Values& values, net::IoLoop& loop,
                                                   const Services& services)>
      make;
  /// Whether the files that the values name hold what they should: asked by `check`, and before a
  /// running connector gives way to one with new values. May be empty.
  std::function<Status(const config::Values&, TimePoint now)> verify = {};
  /// What an instance with these values reads, in words ("tenant contoso.com, Audit.General"): two
  /// connectors with a word in common read the same. May be empty.
  std::function<std::vector<std::string>(const config::Values&)> reads = {};
  /// Whether a position that stands in the store could be that of an instance with these values: it
  /// then has most likely been renamed. May be empty.
  std::function<bool(const config::Values&, const Position&)> continues = {};
  /// Starts the probes; the returned object keeps them alive and cancels them when destroyed.
  std::function<std::shared_ptr<void>(const config::Values& values, DoctorContext context)> doctor;
  /// What the connector knows of an event's way beyond the store. May be empty.
  std::function<std::vector<OriginFact>(const OriginQuestion&)> origin = {};
  /// Starts listing again; the returned object keeps it alive and cancels it when destroyed. Empty
  /// where the vendor's protocol has no listing.
  std::function<std::shared_ptr<void>(const config::Values& values, RelistContext context)> relist =
      {};
  /// What stands at the vendor because a connector with this position made it, in words ("event
  /// stream 1474 at api.eu.amp.cisco.com"); empty: nothing. The store does not know of which type a
  /// name was, so each type is asked, and knows its own by the keys. May be empty.
  std::function<std::string(const Position&)> leaves_behind = {};
  /// Starts removing that; the returned object keeps it alive and cancels it when destroyed. Set
  /// where `leaves_behind` is.
  std::function<std::shared_ptr<void>(ReleaseContext context)> release = {};
  /// Words for `guide` beyond the options' own values, by the name that stands in {{ }}, such as
  /// the fingerprint of a host key that the store holds. Writes nothing. May be empty.
  std::function<std::map<std::string, std::string>(const config::Values& values,
                                                   const std::string& store)>
      guide_facts = {};
  std::span<const embedded::File> files;  ///< mappings/*.yaml and guide.yaml
  ecs::FunctionTable functions;
  /// Options for the view, from the connector's values.
  std::function<ecs::ViewOptions(const config::Values&)> view_options;
  /// How records of text become JSON objects, for mappings that ask with `reader:`.
  ecs::ReaderTable readers = {};
  /// The stream of a record of text whose stream nothing else tells: `normalize` asks for each
  /// line. May be empty.
  std::function<std::string_view(std::string_view text)> stream_of = {};
  /// The record inside a whole answer of the vendor's API, for who gives such to `normalize`: a
  /// view into the answer, the text itself when it is no answer, nothing when the answer holds no
  /// record. The text is valid JSON. May be empty.
  std::function<std::optional<std::string_view>(std::string_view json)> record_in = {};
};

}  // namespace cistern::runtime
