#include "destinations/syslog/message.hpp"

#include "codec/syslog_header.hpp"

#include <algorithm>
#include <ctime>

namespace cistern::destinations::syslog {
namespace {

constexpr std::uint8_t kUnknownSeverity = 6;   // informational
constexpr std::uint8_t kUnknownFacility = 16;  // local0

}  // namespace

void CutCounts::add(const runtime::EventFacts& facts) {
  ++counts_[{std::string{facts.connector}, std::string{facts.stream}}];
}

std::vector<runtime::MappingDrift> CutCounts::take() {
  std::vector<runtime::MappingDrift> rows;
  for (const auto& [names, count] : std::exchange(counts_, {})) {
    runtime::MappingDrift row;
    row.connector = names.first;
    row.stream = names.second;
    row.cut_values = count;
    row.format_keys = {"max_message"};
    rows.push_back(std::move(row));
  }
  return rows;
}

MessageWriter::MessageWriter(MessageSettings settings)
    : settings_(std::move(settings)),
      element_name_("cistern@" + std::to_string(settings_.enterprise_id)) {}

std::string_view MessageWriter::write(const runtime::EventFacts& facts, std::string_view line) {
  message_.clear();
  append_header(facts);
  message_ += line;
  return cut_to(facts, message_, settings_.max_message);
}

std::string_view MessageWriter::cut_to(const runtime::EventFacts& facts, std::string_view message,
                                       std::size_t limit) {
  if (message.size() <= limit) return message;
  cuts_.add(facts);
  return codec::safe_cut(message, limit);
}

void MessageWriter::append_header(const runtime::EventFacts& facts) {
  if (settings_.header == HeaderKind::none) return;
  const std::uint8_t severity =
      settings_.severity.value_or(facts.severity.value_or(kUnknownSeverity));
  const std::uint8_t facility =
      settings_.facility.value_or(facts.facility.value_or(kUnknownFacility));
  codec::SyslogHeader header{.facility = facility,
                             .severity = std::min<std::uint8_t>(severity, 7),
                             .time = facts.time,
                             .host = settings_.host,
                             .app = settings_.app};
  if (settings_.header == HeaderKind::rfc3164) {
    codec::append_rfc3164(message_, header, local_offset(facts.time));
    return;
  }
  header.structured_data = structured_data(facts);
  codec::append_rfc5424(message_, header);
}

std::string_view MessageWriter::structured_data(const runtime::EventFacts& facts) {
  structured_.clear();
  if (!settings_.structured_data || facts.id.empty()) return structured_;
  codec::begin_structured_element(structured_, element_name_);
  codec::append_structured_param(structured_, "id", facts.id);
  codec::end_structured_element(structured_);
  return structured_;
}

// Zones change their offset at the beginning of a quarter of an hour at the earliest, in practice
// of an hour; asking the system for each event would cost more than the rest of the header.
std::chrono::seconds MessageWriter::local_offset(TimePoint time) {
  const std::int64_t second = unix_seconds(time);
  const std::int64_t quarter = second / 900;
  if (offset_hour_ == quarter) return offset_;
  const std::time_t at = second;
  std::tm local{};
  ::localtime_r(&at, &local);
  offset_hour_ = quarter;
  offset_ = std::chrono::seconds{local.tm_gmtoff};
  return offset_;
}

bool take_line(std::string_view& bytes, std::string_view& line) {
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (!line.empty()) return true;
  }
  return false;
}

}  // namespace cistern::destinations::syslog
