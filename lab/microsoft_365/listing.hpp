// "List content": which blobs a window holds, in what order, and page by page.
#pragma once

#include "lab/microsoft_365/timeline.hpp"
#include "lab/microsoft_365/window.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct ListingQuery {
  unsigned tenant = 1;
  ContentType type = ContentType::entra;
  Window window;
  TimePoint as_of{};  ///< What was visible then is listed: a chain of pages sees one state.
  std::uint64_t offset = 0;
};

struct Page {
  std::vector<Blob> blobs;
  std::optional<std::uint64_t> next_offset;
};

/// `from <= contentCreated < to`. In the order of availability for calm; shuffled otherwise, since
/// clients that relied on the documented order have lost blobs. Hostile pages differ in size, and
/// the last may be empty.
Page list_page(const Timeline& timeline, const ListingQuery& query, unsigned page_size);

/// The opaque `nextPage` value. It holds only for the query that it was made for.
std::string page_token(std::uint64_t secret, std::string_view query, std::uint64_t offset,
                       TimePoint as_of);
struct PagePlace {
  std::uint64_t offset = 0;
  TimePoint as_of{};
};
std::optional<PagePlace> read_page_token(std::uint64_t secret, std::string_view query,
                                         std::string_view token);

}  // namespace cistern::lab
