#include "connectors/cisco_secure_email/join_facts.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

// Beside the text, about.
constexpr std::int64_t kFactWeight = 48;

}  // namespace

std::string_view bounded_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

FactSet::Change FactSet::set(FactKind kind, LineKey key, std::string_view text) {
  text = bounded_text(text, kMostText);
  for (Fact& fact : facts_) {
    if (fact.kind != kind) continue;
    if (key < fact.key) return {};
    fact.key = key;
    if (fact.text == text) return {};
    const auto before = static_cast<std::int64_t>(fact.text.size());
    fact.text = text;
    return {true, static_cast<std::int64_t>(text.size()) - before};
  }
  if (facts_.empty()) facts_.reserve(16);
  facts_.push_back({kind, key, std::string{text}});
  return {true, kFactWeight + static_cast<std::int64_t>(text.size())};
}

FactSet::Change FactSet::add(FactKind kind, LineKey key, std::string_view text, std::size_t most,
                             std::uint32_t& left_out) {
  text = bounded_text(text, kMostText);
  std::size_t count = 0;
  for (Fact& fact : facts_) {
    if (fact.kind != kind) continue;
    if (fact.text == text) {
      fact.key = std::min(fact.key, key);
      return {};
    }
    ++count;
  }
  if (count >= most) {
    ++left_out;
    return {};
  }
  facts_.push_back({kind, key, std::string{text}});
  return {true, kFactWeight + static_cast<std::int64_t>(text.size())};
}

const Fact* FactSet::find(FactKind kind) const {
  const auto found = std::find_if(facts_.begin(), facts_.end(),
                                  [kind](const Fact& fact) { return fact.kind == kind; });
  return found == facts_.end() ? nullptr : &*found;
}

std::string_view FactSet::text(FactKind kind) const {
  const Fact* fact = find(kind);
  return fact == nullptr ? std::string_view{} : std::string_view{fact->text};
}

}  // namespace cistern::connectors::cisco_secure_email
