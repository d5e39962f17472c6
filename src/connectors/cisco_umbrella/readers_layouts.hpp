// Layouts that were made before, for all threads that render rows.
#pragma once

#include "connectors/cisco_umbrella/columns_layout.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// Answers are those that layout_of_header() and layout_of_count() would give; what is remembered
/// only saves the work.
class LayoutCache {
 public:
  LayoutCache();
  /// For a row of `count` columns with the meta of object_reader.hpp.
  [[nodiscard]] std::shared_ptr<const Layout> find(std::string_view stream, std::string_view meta,
                                                   std::size_t count) const;

 private:
  struct ByCount {
    const LogSchema* schema = nullptr;  ///< Null: the log is not known.
    std::size_t count = 0;              ///< 0: any other.
    std::shared_ptr<const Layout> layout;
  };
  struct ByHeader {
    std::string stream;
    std::string header;
    std::shared_ptr<const Layout> layout;
  };

  [[nodiscard]] std::shared_ptr<const Layout> by_count(std::string_view stream,
                                                       std::size_t count) const;
  [[nodiscard]] std::shared_ptr<const Layout> by_header(std::string_view stream,
                                                        const std::string& header) const;

  std::vector<ByCount> by_count_;
  mutable std::mutex mutex_;
  mutable std::vector<ByHeader> by_header_;  ///< The latest last.
};

}  // namespace cistern::connectors::cisco_umbrella
