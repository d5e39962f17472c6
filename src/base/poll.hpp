// The vocabulary between a protocol machine (pure decisions) and the poll driver (I/O).
//
// A machine never sleeps, reads a clock, opens a socket or writes a file. It is told what happened,
// and answers with a Step: what to ask, what to commit, when to be woken. The driver in
// runtime/poll/poll_driver performs it. A test drives days of a protocol in a millisecond.
#pragma once

#include "base/http.hpp"
#include "base/record.hpp"
#include "base/result.hpp"
#include "base/stream.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

/// Turns a response body into records. Pure, run off the loop on the worker pool.
using RecordDecoder = std::function<std::shared_ptr<const RecordBatch>(std::string body)>;

struct PollRequest {
  std::uint64_t id = 0;  ///< Chosen by the machine, unique while outstanding.
  HttpRequest http;      ///< The driver adds the credentials.
  bool authorize = true;
  TimePoint not_before{};  ///< The driver holds it back until then.
  RecordDecoder decode;    ///< Set: a 200 or 206 body is decoded on the pool (with keep_encoded: as
                           ///< it came) into `Reply::records`; `Reply::response.body` is empty.
                           ///< Without a URL nothing is sent: only `decode` runs, with no body.
  bool urgent = false;     ///< Goes before requests that are not (listings before blobs).
};

/// Outcome of one request. A response of any status is a response; a Failure here means that none
/// arrived whole (name resolution, connection, time-out, cut or oversize body), or that no
/// credentials could be had.
struct PollReply {
  std::uint64_t id = 0;
  Result<HttpResponse> response = HttpResponse{};
  std::shared_ptr<const RecordBatch> records;
};

/// What a new token or credential allows.
struct Grant {
  std::string tenant;  ///< As named in the token; may be empty.
  std::string audience;
  std::vector<std::string> roles;
  TimePoint expires{};
};

struct CommitOrder {
  std::uint64_t id = 0;  ///< Chosen by the machine.
  Commit commit;         ///< `connector` is filled in by the driver.
};

/// Facts that a machine states about its streams; the status board turns them into words.
struct Report {
  enum class Kind : std::uint8_t {
    working,      ///< The stream answers as it should; `through` = complete up to then (when set).
    catching_up,  ///< As working, but behind: `through` says how far.
    throttled,    ///< The vendor asked to wait until `until`.
    retrying,     ///< Attempts fail and are repeated; `failure` says how, `until` the next attempt.
    refused,      ///< The login was refused; `failure` says what to do, `until` the re-check.
    denied,       ///< Logged in, but a permission is missing; as `refused` otherwise.
    stopped,      ///< Nothing more is tried until the configuration changes.
    lost,         ///< Events are gone at the vendor: `failure.cause` holds interval and reason.
    notice,       ///< Worth one log line; does not change the state.
    credential,   ///< What the connector logs in with works until `until`, as far as known.
  };
  Kind kind = Kind::working;
  std::string stream;  ///< Empty: the whole connector.
  TimePoint through{};
  TimePoint until{};
  Failure failure;
};

/// What the machine wants next. An empty step is valid: the machine waits for replies or for the
/// wake time given before.
struct Step {
  std::vector<PollRequest> requests;
  std::vector<CommitOrder> commits;
  std::optional<TimePoint> wake;   ///< Replaces the earlier wake time.
  bool renew_credentials = false;  ///< Drop the cached token before the next request.
  std::vector<Report> reports;
  StreamOrders streams;  ///< Of stream machines only.
};

/// One protocol, one connector instance. All calls come from one thread, one after the other.
class PollMachine {
 public:
  virtual ~PollMachine() = default;
  /// First call. `position` is what the last commit of the connector's life left behind.
  virtual Step start(const Position& position, TimePoint now) = 0;
  /// A credential was obtained or renewed; comes before the replies that depend on it.
  virtual Step on_grant(const Grant& grant, TimePoint now) = 0;
  virtual Step on_reply(PollReply reply, TimePoint now) = 0;
  /// The commit is durable, or can never be (Verdict::stop: the store is unusable).
  virtual Step on_committed(std::uint64_t id, const Result<CommitResult>& result,
                            TimePoint now) = 0;
  /// The wake time has come.
  virtual Step on_wake(TimePoint now) = 0;
  /// The store has lost events that were acknowledged. Comes after start() when some are missing,
  /// and whenever more are; the same may come again. A machine that can ask the vendor again does,
  /// although its position calls them done: what is still stored is dropped as repeated.
  virtual Step on_damage(const StoreDamage& /*damage*/, TimePoint /*now*/) { return {}; }
};

/// A protocol with long-lived streams beside its requests. The calls for one stream come in order:
/// on_opened or on_ended, then on_values any number of times, then on_ended.
class StreamMachine : public PollMachine {
 public:
  /// The vendor answered. Unless its status is 2xx, on_ended follows at once; `response.body` then
  /// holds the first 64 KiB of what it said.
  virtual Step on_opened(std::uint64_t stream, const HttpResponse& response, TimePoint now) = 0;
  /// Values in the order of the stream, at most kMaxCommitBytes of raw bytes unless it is a single
  /// record. Without records: keep-alives came, so the stream lives. Until the commits of this very
  /// step are durable the values count against the driver's bound; it does not wait for them before
  /// the next call. Commits of one connector become durable in the order of asking.
  virtual Step on_values(std::uint64_t stream, std::shared_ptr<const StreamBatch> values,
                         TimePoint now) = 0;
  /// All whole values that came before have been handed over.
  virtual Step on_ended(std::uint64_t stream, const StreamEnd& end, TimePoint now) = 0;
};

}  // namespace cistern
