// The views in use, which a reload may add to and exchange while destinations render with them.
#pragma once

#include "runtime/destination.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace cistern::runtime {

using FormatFactory = std::function<Result<std::unique_ptr<Format>>(
    const config::Values& values, std::shared_ptr<const Views> views)>;

/// Safe from any thread. A view stays after its connector has gone: the store may still hold events
/// of it that are to be delivered.
class ViewTable {
 public:
  explicit ViewTable(std::shared_ptr<const Views> views) : views_(std::move(views)) {}
  [[nodiscard]] std::shared_ptr<const Views> current() const;
  /// Grows with each change.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  /// Views of known names are exchanged, those of new names are added.
  void add(const Views& views);
  /// Events that stand in the store under the former names are mapped as those of the present ones.
  void add_names(const std::vector<journal::Renamed>& names);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Views> views_;
  std::atomic<std::uint64_t> generation_{1};
};

/// A format that is made anew when the views have changed, so that a destination need not be
/// restarted for a connector that came or changed. Fails as the factory does.
Result<std::unique_ptr<Format>> make_current_format(const FormatFactory& factory,
                                                    const config::Values& values,
                                                    std::shared_ptr<const ViewTable> views);

}  // namespace cistern::runtime
