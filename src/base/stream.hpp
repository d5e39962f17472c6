// The vocabulary between a protocol machine of a long-lived stream and the stream driver, beside
// that of base/poll.hpp: requests and replies stay what they are there (discovery, refresh), and
// streams are opened, read and ended here.
//
// A stream machine decides and never touches a socket. It says which stream to open; the driver
// (runtime/stream) reads it, cuts the bytes into whole values, has them decoded on the pool, and
// hands over batches in the order of the stream: after 100 ms at low rates, large ones at high
// rates. It reads on while earlier batches are committed, up to a bound on what is not durable yet;
// beyond that it stops reading, and the vendor feels it: that is the back-pressure.
#pragma once

#include "base/http.hpp"
#include "base/record.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern {

/// Whole values as they came, with what separates them.
struct StreamValues {
  std::string bytes;
  /// The bytes handed over before did not end with a line break, so a line break that comes first
  /// here ends their line and is no empty line.
  bool mid_line = false;
  /// The first bytes, up to the first line break, are the rest of a value that grew beyond the
  /// framer's bound and whose beginning was handed over before. They are no value of their own,
  /// whatever they look like.
  bool continues = false;
  /// The last value is such a beginning (or, with `continues` and without a line break, a piece of
  /// the middle).
  bool severed = false;
  /// Nothing of the stream waited behind these bytes when they were cut off, and nothing held back
  /// the reading: they are as new as what the vendor has to say.
  bool at_end = false;
};

/// Values of a stream, decoded.
struct StreamBatch {
  RecordBatch batch;
  /// The place of each record in its stream, in the order of `batch.records`; kNoOffset where the
  /// record names none (what could not be read).
  std::vector<std::uint64_t> offsets;
  std::uint64_t keep_alives = 0;  ///< Empty lines and the like.
  bool at_end = false;            ///< Of the values; the decoder hands it on.

  static constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};
};

/// Finds the ends of values in a stream's bytes. One instance for each opening of a stream; it is
/// shown each byte once, so its cost is linear.
class StreamFramer {
 public:
  struct Found {
    std::size_t whole = 0;  ///< Bytes of `arrived` up to the end of the last whole value; 0: none.
    /// That end is not a value's own: the value grew beyond the framer's bound and is handed over
    /// in pieces, so that the reader's memory stays bounded. It may end before `arrived` (whole is
    /// 0). What follows `whole` has not been looked at: show it again.
    bool severed = false;
  };
  virtual ~StreamFramer() = default;
  /// `arrived` follows what was shown before.
  virtual Found advance(std::string_view arrived) = 0;
};

/// Turns whole values into records: one for each value and each piece of one that was severed, so
/// that nothing is lost. Pure, run on the pool; the batches keep the stream's order.
using StreamDecoder = std::function<std::shared_ptr<const StreamBatch>(StreamValues values)>;

struct StreamOpening {
  std::uint64_t id = 0;  ///< Chosen by the machine, never used again.
  HttpRequest
      http;  ///< Sent as it is, without the authorizer; `timeout` and `max_body` do not
             ///< apply. Set `sensitive` where a header holds a session token. Compression
             ///< is undone when the vendor uses it, and offered only where
             ///< `Accept-Encoding` is among the headers (a compressor may hold back events).
  Duration idle_limit = std::chrono::seconds{75};  ///< No byte for so long: the stream is dead.
  std::function<std::unique_ptr<StreamFramer>()> framer;
  StreamDecoder decode;
};

/// How a stream ended. After an end nothing more comes from this id.
struct StreamEnd {
  /// What broke it ("net/cut", "net/timeout" with the phase in words, ...); success when the vendor
  /// ended it in order, also behind an answer that is not 2xx.
  Status status;
  /// Bytes behind the last whole value: a value cut by the end. It is not lost, because it was
  /// never handed over: the stream is read again from its last offset.
  std::uint64_t cut_bytes = 0;
};

/// Closing comes before opening, so that a step may exchange a stream for another.
struct StreamOrders {
  std::vector<StreamOpening> open;
  /// Nothing more is reported of these; what they had handed over is still committed.
  std::vector<std::uint64_t> close;
  [[nodiscard]] bool empty() const { return open.empty() && close.empty(); }
};

}  // namespace cistern
