#include "lab/microsoft_365/listing.hpp"

#include "lab/harness/random.hpp"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <tuple>

namespace cistern::lab {

namespace {

std::uint64_t key_of_text(std::string_view text) {
  std::uint64_t key = text.size();
  for (const char letter : text)
    key = mix(key ^ static_cast<unsigned char>(letter));
  return key;
}

std::uint64_t seal(std::uint64_t secret, std::string_view query, std::uint64_t offset,
                   std::uint64_t as_of) {
  return key_of({secret, key_of_text(query), offset, as_of});
}

std::vector<Blob> blobs_in(const Timeline& timeline, const ListingQuery& query) {
  std::vector<Blob> out;
  const auto& window = query.window;
  const auto until = std::min(window.to, query.as_of + Duration{1});
  const auto first = std::max(timeline.bucket_at(window.from), timeline.first_bucket());
  for (auto bucket = first; timeline.bucket_start(bucket) < until; ++bucket) {
    for (auto& blob : timeline.blobs(query.tenant, query.type, bucket)) {
      if (blob.created < window.from || blob.created >= window.to) continue;
      if (blob.visible <= query.as_of) out.push_back(std::move(blob));
    }
  }
  return out;
}

void put_in_order(std::vector<Blob>& blobs, FaultProfile profile, std::uint64_t key) {
  const auto by_time = [](const Blob& a, const Blob& b) {
    return std::tie(a.created, a.content_id) < std::tie(b.created, b.content_id);
  };
  const auto by_dice = [key](const Blob& a, const Blob& b) {
    return mix(key ^ key_of_text(a.content_id)) < mix(key ^ key_of_text(b.content_id));
  };
  if (profile == FaultProfile::calm) {
    std::sort(blobs.begin(), blobs.end(), by_time);
  } else {
    std::sort(blobs.begin(), blobs.end(), by_dice);
  }
}

std::optional<std::uint64_t> number_of(std::string_view hex) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (error != std::errc{} || end != hex.data() + hex.size()) return std::nullopt;
  return value;
}

}  // namespace

Page list_page(const Timeline& timeline, const ListingQuery& query, unsigned page_size) {
  const auto& options = timeline.options();
  const auto as_of = static_cast<std::uint64_t>(query.as_of.time_since_epoch().count());
  const auto key = key_of({options.seed, as_of, 0x9A6E});
  auto blobs = blobs_in(timeline, query);
  put_in_order(blobs, options.profile, key);

  std::uint64_t size = std::max(page_size, 1U);
  Dice dice(key_of({key, query.offset}));
  const bool odd_sizes = options.profile == FaultProfile::hostile;
  if (odd_sizes) size = 1 + dice.below(size);
  const auto begin = std::min<std::uint64_t>(query.offset, blobs.size());
  const auto end = std::min<std::uint64_t>(begin + size, blobs.size());
  Page page;
  page.blobs.assign(std::make_move_iterator(blobs.begin() + static_cast<std::ptrdiff_t>(begin)),
                    std::make_move_iterator(blobs.begin() + static_cast<std::ptrdiff_t>(end)));
  const bool more = end < blobs.size();
  // The documented end is a page without the header, even an empty one after a last full page.
  const bool empty_tail = odd_sizes && end == blobs.size() && begin < end && dice.chance(0.2);
  if (more || empty_tail) page.next_offset = end;
  return page;
}

std::string page_token(std::uint64_t secret, std::string_view query, std::uint64_t offset,
                       TimePoint as_of) {
  const auto time = static_cast<std::uint64_t>(as_of.time_since_epoch().count());
  char text[64];
  std::snprintf(text, sizeof text, "%" PRIx64 "-%" PRIx64 "-%016" PRIx64, offset, time,
                seal(secret, query, offset, time));
  return text;
}

std::optional<PagePlace> read_page_token(std::uint64_t secret, std::string_view query,
                                         std::string_view token) {
  const auto first = token.find('-');
  const auto second = token.find('-', first == std::string_view::npos ? first : first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto offset = number_of(token.substr(0, first));
  const auto time = number_of(token.substr(first + 1, second - first - 1));
  const auto sealed = number_of(token.substr(second + 1));
  if (!offset || !time || !sealed || *sealed != seal(secret, query, *offset, *time)) {
    return std::nullopt;
  }
  return PagePlace{*offset, TimePoint{Duration{static_cast<std::int64_t>(*time)}}};
}

}  // namespace cistern::lab
