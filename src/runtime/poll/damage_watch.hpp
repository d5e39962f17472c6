// Tells a connector's driver what the store has lost of its events.
#pragma once

#include "runtime/services.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cistern::runtime {

/// Asks the journal once when it is made, and whenever the journal finds more damage. The ledger is
/// read on the pool, because it may be long. Lives on the loop.
class DamageWatch {
 public:
  /// `tell` is called on the loop, later, and only when something is missing.
  DamageWatch(const Services& services, std::string connector,
              std::function<void(const StoreDamage&)> tell);
  /// Nothing is told any more.
  ~DamageWatch();
  DamageWatch(const DamageWatch&) = delete;
  DamageWatch& operator=(const DamageWatch&) = delete;

 private:
  struct Question;
  static void ask(const std::shared_ptr<Question>& question);

  std::shared_ptr<Question> question_;
  std::uint64_t listener_ = 0;
};

}  // namespace cistern::runtime
