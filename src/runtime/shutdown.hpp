// The orderly end: connectors, then destinations, each step bounded in time.
#pragma once

#include "base/executor.hpp"
#include "journal/journal.hpp"
#include "runtime/connector.hpp"
#include "runtime/destination.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cistern::runtime {

/// Lives on the loop.
///
/// 1. Connectors stop: nothing new is asked, and what they handed over becomes durable.
/// 2. Destinations deliver what is in the store by then, and store their cursors.
/// 3. Who is not done within the time gives up: its events wait in the store for the next start.
class Shutdown final : public std::enable_shared_from_this<Shutdown> {
 public:
  struct Parts {
    Loop& loop;
    const journal::Journal& journal;
    std::map<std::string, std::unique_ptr<Connector>>& connectors;
    std::map<std::string, std::unique_ptr<Delivery>>& deliveries;
    Duration timeout;
    std::function<void()> done;  ///< On the loop, once.
  };
  explicit Shutdown(Parts parts) : parts_(std::move(parts)) {}

  void begin();
  /// The user will not wait: destinations give up at once.
  void hurry();
  /// What did not end in time, in words.
  [[nodiscard]] const std::vector<std::string>& left_behind() const { return left_behind_; }

 private:
  enum class Step : std::uint8_t { idle, connectors, destinations, giving_up, finished };
  void ended(const std::string& name, Step step);
  void next();
  void stop_destinations();
  void give_up_destinations();
  void finish();
  void set_timer(Duration delay);

  Parts parts_;
  Step step_ = Step::idle;
  bool hurried_ = false;
  std::set<std::string> waiting_;
  std::optional<Loop::TimerId> timer_;
  std::vector<std::string> left_behind_;
};

}  // namespace cistern::runtime
