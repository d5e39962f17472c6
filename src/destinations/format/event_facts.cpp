#include "destinations/format/event_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::destinations {
namespace {

constexpr int kNoWeight = 3;

std::optional<std::uint8_t> number_up_to(std::string_view text, std::uint8_t most) {
  std::uint8_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && value <= most ? std::optional{value} : std::nullopt;
}

}  // namespace

std::uint8_t syslog_severity(int severity) {
  constexpr std::array<std::uint8_t, 11> kScale = {6, 6, 6, 6, 5, 4, 4, 3, 3, 2, 1};
  return kScale[static_cast<std::size_t>(std::clamp(severity, 0, 10))];
}

int severity_in(std::string_view text) {
  int value = kNoWeight;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::clamp(value, 0, 10) : kNoWeight;
}

void read_syslog_facts(const LineMapping& mapping, RuleReader& rules, int severity,
                       runtime::EventFacts& facts) {
  facts.facility = number_up_to(rules.text(mapping.syslog_facility, mapping.fields), 23);
  facts.severity = number_up_to(rules.text(mapping.syslog_severity, mapping.fields), 7)
                       .value_or(syslog_severity(severity));
}

FactsReader::FactsReader() : mapping_(facts_mapping()) {}

void FactsReader::read(std::string_view document, runtime::EventFacts& facts) {
  mapping_.fields.read(document);
  const int severity = severity_in(rules_.text(mapping_.severity, mapping_.fields));
  read_syslog_facts(mapping_, rules_, severity, facts);
  host_ = rules_.text(mapping_.host, mapping_.fields);
  facts.host = host_;
}

FactsOfEvents::FactsOfEvents(std::shared_ptr<const runtime::Views> views)
    : documents_(false, std::move(views)) {}

void FactsOfEvents::read(const journal::Envelope& envelope, runtime::EventFacts& facts) {
  document_.clear();
  if (!documents_.append(envelope, document_)) return;
  if (!reader_) reader_.emplace();
  reader_->read(document_, facts);
}

}  // namespace cistern::destinations
