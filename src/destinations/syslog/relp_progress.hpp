// What became of the events of a batch over several sessions: kept until the batch is done, so that
// only unanswered events are sent again. Pure.
#pragma once

#include "base/ids.hpp"
#include "runtime/destination.hpp"

#include <map>
#include <set>

namespace cistern::destinations::syslog {

class RelpProgress {
 public:
  [[nodiscard]] bool answered(Sequence sequence) const { return answered_.contains(sequence); }
  void accept(Sequence sequence);

  /// Whether to give up on a refused event. A receiver that takes others beside it means this one;
  /// a receiver that takes nothing has a trouble of its own, and gets more time.
  bool refuse(Sequence sequence, bool others_accepted);

  /// An event was given up: what was refused beside it meanwhile says nothing of the others.
  void start_over() { refusals_.clear(); }

  /// The events of the batch are done.
  void forget(const runtime::Batch& batch);

 private:
  std::set<Sequence> answered_;
  std::map<Sequence, unsigned> refusals_;  // Weighed.
};

}  // namespace cistern::destinations::syslog
