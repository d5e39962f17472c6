// Decompression of a stream that may never end, in pieces whose size the caller chooses: however
// far the bytes expand, only so much stands in memory.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace cistern::codec {

/// gzip (any number of members) or zlib, told apart by their first bytes.
class StreamInflater {
 public:
  StreamInflater();
  StreamInflater(const StreamInflater&) = delete;
  StreamInflater& operator=(const StreamInflater&) = delete;
  ~StreamInflater();

  /// Appends at most `most` bytes to `out` and removes from `input` what was used. When neither
  /// changes, it needs more input. Failure "codec/damaged" (set_aside); then it is of no use any
  /// more.
  Status advance(std::string_view& input, std::string& out, std::size_t most);

  /// No member is begun and not ended: the data may end here.
  [[nodiscard]] bool at_end() const { return at_end_; }

 private:
  std::unique_ptr<z_stream_s> state_;
  bool at_end_ = true;
};

}  // namespace cistern::codec
