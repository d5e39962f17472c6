// What a core needs of whoever performs the stream orders of its machine. The poll driver has none.
#pragma once

#include "base/stream.hpp"
#include "runtime/watch/stall.hpp"

namespace cistern::runtime {

class StreamPort {
 public:
  virtual ~StreamPort() = default;
  virtual void perform(StreamOrders orders) = 0;
  /// The connector ends, or its machine is broken: nothing of any stream is told any more.
  virtual void close_all() = 0;
  /// Something will come without being asked for.
  [[nodiscard]] virtual bool busy() const = 0;
  /// Adds since when its stages wait.
  virtual void note_stages(StageTimes& times) const = 0;
};

}  // namespace cistern::runtime
