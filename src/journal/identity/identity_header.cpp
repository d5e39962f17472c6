#include "journal/identity/identity_bytes.hpp"
#include "journal/identity/identity_file.hpp"

#include <charconv>

#include <libdeflate.h>

namespace cistern::journal {
namespace {

constexpr std::string_view kMagic = "CISTIDS\n";
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kPrefix = "ids-";
constexpr std::string_view kExtension = ".bin";
constexpr std::size_t kDigits = 20;  // enough for every Sequence, so that names sort like numbers
constexpr std::size_t kReplacesOffset = 80;
constexpr std::size_t kCrcOffset = kIdentityPage - 4;
// Beyond these a header is nonsense, and the sums below could overflow. The filter's starts are
// u32.
constexpr std::uint64_t kMostIdentities = 0xffff'ffffULL;

std::uint64_t to_page(std::uint64_t size) {
  return (size + kIdentityPage - 1) / kIdentityPage * kIdentityPage;
}

std::string twenty_digits(Sequence sequence) {
  const std::string digits = std::to_string(sequence);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<Sequence> parse_digits(std::string_view text) {
  Sequence value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::uint64_t nanoseconds(TimePoint time) {
  return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

TimePoint from_nanoseconds(std::uint64_t value) {
  return TimePoint{Duration{static_cast<std::int64_t>(value)}};
}

}  // namespace

std::string identity_file_name(CoveredRange range) {
  std::string name{kPrefix};
  name += twenty_digits(range.first);
  name += '-';
  name += twenty_digits(range.last);
  name += kExtension;
  return name;
}

std::optional<CoveredRange> parse_identity_file_name(std::string_view name,
                                                     std::string_view suffix) {
  const std::size_t stem = kPrefix.size() + 2 * kDigits + 1;
  if (name.size() != stem + kExtension.size() + suffix.size() || !name.starts_with(kPrefix) ||
      name[kPrefix.size() + kDigits] != '-' || name.substr(stem, kExtension.size()) != kExtension ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  const auto first = parse_digits(name.substr(kPrefix.size(), kDigits));
  const auto last = parse_digits(name.substr(kPrefix.size() + kDigits + 1, kDigits));
  if (!first || !last || *first == 0 || *first > *last) return std::nullopt;
  return CoveredRange{.first = *first, .last = *last};
}

std::uint64_t IdentityHeader::filter_offset() const {
  return kIdentityPage + to_page(count * 16);
}

std::uint64_t IdentityHeader::checksums_offset() const {
  return filter_offset() + to_page(filter().size());
}

std::uint64_t IdentityHeader::file_size() const {
  const std::uint64_t pages = checksums_offset() / kIdentityPage - 1;
  return checksums_offset() + to_page(pages * 4);
}

std::string encode_identity_header(const IdentityHeader& header) {
  std::string page{kMagic};
  append_little(page, kVersion);
  append_little(page, static_cast<std::uint32_t>(header.replaces.size()));
  append_little(page, header.serial);
  append_little(page, header.range.first);
  append_little(page, header.range.last);
  append_little(page, nanoseconds(header.oldest));
  append_little(page, nanoseconds(header.newest));
  append_little(page, header.count);
  append_little(page, header.blocks);
  append_little(page, header.checksums_crc);
  page.resize(kReplacesOffset, '\0');
  for (const std::uint64_t serial : header.replaces) {
    append_little(page, serial);
  }
  page.resize(kCrcOffset, '\0');
  append_little(page, libdeflate_crc32(0, page.data(), page.size()));
  return page;
}

std::optional<IdentityHeader> decode_identity_header(std::string_view page) {
  if (page.size() != kIdentityPage || !page.starts_with(kMagic) ||
      read_little<std::uint32_t>(page, kCrcOffset) !=
          libdeflate_crc32(0, page.data(), kCrcOffset) ||
      read_little<std::uint32_t>(page, 8) != kVersion) {
    return std::nullopt;
  }
  IdentityHeader header;
  const auto replaced = read_little<std::uint32_t>(page, 12);
  header.serial = read_little<std::uint64_t>(page, 16);
  header.range = {.first = read_little<std::uint64_t>(page, 24),
                  .last = read_little<std::uint64_t>(page, 32)};
  header.oldest = from_nanoseconds(read_little<std::uint64_t>(page, 40));
  header.newest = from_nanoseconds(read_little<std::uint64_t>(page, 48));
  header.count = read_little<std::uint64_t>(page, 56);
  header.blocks = read_little<std::uint64_t>(page, 64);
  header.checksums_crc = read_little<std::uint32_t>(page, 72);
  if (replaced > kMaxReplaced || header.count > kMostIdentities || header.blocks == 0 ||
      header.blocks > kMostIdentities) {
    return std::nullopt;
  }
  for (std::uint32_t i = 0; i < replaced; ++i) {
    header.replaces.push_back(read_little<std::uint64_t>(page, kReplacesOffset + i * 8ULL));
  }
  return header;
}

}  // namespace cistern::journal
