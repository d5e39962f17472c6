#include "destinations/syslog/relp_progress.hpp"

namespace cistern::destinations::syslog {
namespace {

// Three refusals beside accepted ones, or ten alone: with the delivery's growing pauses between
// them that is at least some minutes.
constexpr unsigned kEnough = 10;
constexpr unsigned kBesideOthers = 4;
constexpr unsigned kAlone = 1;

}  // namespace

void RelpProgress::accept(Sequence sequence) {
  answered_.insert(sequence);
  refusals_.erase(sequence);
}

bool RelpProgress::refuse(Sequence sequence, bool others_accepted) {
  unsigned& weight = refusals_[sequence];
  weight += others_accepted ? kBesideOthers : kAlone;
  return weight >= kEnough;
}

void RelpProgress::forget(const runtime::Batch& batch) {
  for (const auto& payload : batch.payloads) {
    answered_.erase(payload.sequence);
    refusals_.erase(payload.sequence);
  }
}

}  // namespace cistern::destinations::syslog
