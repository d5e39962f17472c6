#include "connectors/cisco_umbrella/readers_layouts.hpp"

#include "ecs/function_values.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_umbrella {
namespace {

/// Logs times the header spellings of a few versions.
constexpr std::size_t kMostHeaders = 32;

}  // namespace

LayoutCache::LayoutCache() {
  const auto add = [this](const LogSchema* schema, std::size_t count) {
    by_count_.push_back(
        {schema, count, std::make_shared<const Layout>(layout_of_count(schema, count))});
  };
  for (const LogSchema& schema : log_schemas()) {
    // The oldest version of a log may have had other columns at the same places.
    add(&schema, schema.fewest);
    add(&schema, 0);
  }
  add(nullptr, 0);
}

std::shared_ptr<const Layout> LayoutCache::find(std::string_view stream, std::string_view meta,
                                                std::size_t count) const {
  if (meta.find("\"header\"") != std::string_view::npos) {
    const std::string header = ecs::text_of_json(ecs::member_of_json(meta, "header"));
    if (!header.empty()) return by_header(stream, header);
  }
  return by_count(stream, count);
}

std::shared_ptr<const Layout> LayoutCache::by_count(std::string_view stream,
                                                    std::size_t count) const {
  const LogSchema* const schema = find_schema(stream);
  const auto found = std::find_if(by_count_.begin(), by_count_.end(), [&](const ByCount& entry) {
    return entry.schema == schema && (entry.count == count || entry.count == 0);
  });
  return found->layout;
}

std::shared_ptr<const Layout> LayoutCache::by_header(std::string_view stream,
                                                     const std::string& header) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::find_if(
      by_header_.rbegin(), by_header_.rend(),
      [&](const ByHeader& entry) { return entry.stream == stream && entry.header == header; });
  if (found != by_header_.rend()) return found->layout;
  if (by_header_.size() == kMostHeaders) by_header_.erase(by_header_.begin());
  by_header_.push_back(
      {std::string(stream), header,
       std::make_shared<const Layout>(layout_of_header(find_schema(stream), header))});
  return by_header_.back().layout;
}

}  // namespace cistern::connectors::cisco_umbrella
