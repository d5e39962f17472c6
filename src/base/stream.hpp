// The vocabulary between a protocol machine of a long-lived stream and the stream driver, beside
// that of base/poll.hpp: requests and replies stay what they are there (discovery, refresh), and
// streams are opened, read and ended here.
//
// A stream machine decides and never touches a socket. It says which stream to open; the driver
// (runtime/stream) reads it, cuts the bytes into whole values, has them decoded on the pool, and
// hands over batches in the order of the stream, small ones early at low rates and large ones at
// high rates. While what was handed over is not committed, the driver stops reading: that is the
// back-pressure.
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

/// Values of a stream, decoded.
struct StreamBatch {
  RecordBatch batch;
  /// The place of each record in its stream, in the order of `batch.records`; kNoOffset where the
  /// record names none (what could not be read).
  std::vector<std::uint64_t> offsets;
  std::uint64_t keep_alives = 0;  ///< Empty lines and the like.

  static constexpr std::uint64_t kNoOffset = ~std::uint64_t{0};
};

/// Finds the ends of values in a stream's bytes. One instance for each opening of a stream; it is
/// shown each byte once, so its cost is linear.
class StreamFramer {
 public:
  virtual ~StreamFramer() = default;
  /// `arrived` follows what was shown before. Returns the number of bytes of `arrived` up to the
  /// end of the last whole value (0: none ended). A value that grows beyond the framer's own bound
  /// is ended there, so that the reader's memory stays bounded; the decoder names it.
  virtual std::size_t advance(std::string_view arrived) = 0;
};

/// Turns whole values into records. Pure, run on the pool; the batches keep the stream's order.
using StreamDecoder = std::function<std::shared_ptr<const StreamBatch>(std::string values)>;

struct StreamOpening {
  std::uint64_t id = 0;  ///< Chosen by the machine, never used again.
  HttpRequest http;      ///< Sent as it is; `timeout` and `max_body` do not apply.
  Duration idle_limit = std::chrono::seconds{75};  ///< No byte for so long: the stream is dead.
  std::function<std::unique_ptr<StreamFramer>()> framer;
  StreamDecoder decode;
};

/// How a stream ended. After an end nothing more comes from this id.
struct StreamEnd {
  /// What broke it; success when the vendor ended it in order.
  Status status;
  /// Bytes behind the last whole value: a value cut by the end. It is not lost, because it was
  /// never committed: the stream is read again from its last offset.
  std::uint64_t cut_bytes = 0;
};

struct StreamOrders {
  std::vector<StreamOpening> open;
  std::vector<std::uint64_t> close;  ///< No end is reported for these.
  [[nodiscard]] bool empty() const { return open.empty() && close.empty(); }
};

}  // namespace cistern
