// Which log a bare row is of, by its shape.
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "codec/csv.hpp"
#include "connectors/cisco_umbrella/readers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace cistern::connectors::cisco_umbrella {
namespace {

constexpr std::size_t kMostCells = 64;

using Row = std::span<const std::string_view>;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return equal_ignoring_case(text, word); });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Like an address, or nothing.
bool is_address(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos &&
         (text.empty() || text.find_first_of(".:") != std::string_view::npos);
}

bool is_severity(std::string_view text) {
  return is_one_of(text, {"LOW", "MEDIUM", "HIGH", "VERY LOW", "CRITICAL", "INFO", "WARN", "ALERT",
                          "Low/Info", "Medium/Warn", "High/Alert"});
}

bool is_dns(Row row) {
  return row.size() >= 10 && is_address(row[3]) && is_address(row[4]) &&
         (row[8].ends_with('.') || row[6].ends_with(')') || row[6] == "Other") &&
         !is_number(row[6]);
}

bool is_proxy(Row row) {
  return row.size() >= 20 && is_address(row[2]) && is_address(row[3]) && is_address(row[4]) &&
         (row[7].find("://") != std::string_view::npos || row[10].empty() || is_number(row[10]));
}

bool is_firewall(Row row) {
  return row.size() >= 14 && is_address(row[7]) && is_address(row[9]) &&
         (row[1].starts_with('[') || is_one_of(row[4], {"INBOUND", "OUTBOUND"}));
}

bool is_intrusion(Row row) {
  return row.size() >= 16 && is_number(row[3]) && is_number(row[4]) && is_severity(row[7]);
}

bool is_dlp(Row row) {
  return row.size() >= 16 && row.size() < 40 && (is_severity(row[3]) || is_severity(row[2])) &&
         !is_number(row[4]);
}

bool is_ip(Row row) {
  return row.size() >= 7 && row.size() <= 10 && is_address(row[2]) && is_address(row[4]) &&
         (row[3].empty() || is_number(row[3])) && !row[4].empty();
}

bool is_file_event(Row row) {
  constexpr std::size_t kSha256 = 64;
  return row.size() >= 16 && row.size() < 27 && is_number(row[1]) && row[7].size() == kSha256;
}

}  // namespace

std::string_view stream_of_row(std::string_view raw) {
  std::array<std::string_view, kMostCells> cells{};
  std::size_t count = 0;
  for (codec::CsvCells reader(raw); count < kMostCells && reader.next();)
    cells.at(count++) = reader.inside();
  const Row row(cells.data(), count);
  if (count < 7) return "other";
  if (!parse_time(row[0])) return count >= 8 && parse_time(row[1]) ? "audit" : "other";
  if (is_firewall(row)) return "firewall";
  if (is_intrusion(row)) return "intrusion";
  if (is_file_event(row)) return "file_event";
  if (is_dlp(row)) return "dlp";
  if (is_ip(row)) return "ip";
  if (is_dns(row)) return "dns";
  if (is_proxy(row)) return "proxy";
  if (count >= 45) return "ztna";
  if (count >= 29) return "ravpn";
  if (count >= 24) return "ztna_flow";
  return "other";
}

}  // namespace cistern::connectors::cisco_umbrella
