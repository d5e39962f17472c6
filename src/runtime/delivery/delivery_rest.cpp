// What a destination does while no events come.
#include "runtime/delivery/delivery_core.hpp"

#include <algorithm>
#include <utility>

namespace cistern::runtime {
namespace {

// A clock that jumps must not put it off for a day, and a file that cannot be rotated now must not
// be tried without end.
constexpr Duration kLongest = std::chrono::minutes{1};
constexpr Duration kShortest = std::chrono::milliseconds{100};

}  // namespace

void DeliveryCore::rest() {
  if (resting_) return;
  const auto due = destination_->due();
  if (!due) return;
  resting_ = true;
  const Duration delay = std::clamp(*due, kShortest, kLongest);
  services_.loop.post([&loop = services_.loop, chain = chain(), delay] {
    loop.call_after(delay, [chain] {
      chain([](DeliveryCore& self) {
        self.resting_ = false;
        self.tend();
      });
    });
  });
}

void DeliveryCore::tend() {
  const bool busy = stopping_ || failed_ || awaiting_ || must_save_ || current_ || !opened_;
  const auto due = destination_->due();
  if (ended_ || busy || !due || *due > Duration{0}) return step();
  auto tended = destination_->tend();
  if (!tended) return trouble(tended.error());
  if (!*tended) return step();
  cursor_.state = std::move(**tended);
  save(true);
}

}  // namespace cistern::runtime
