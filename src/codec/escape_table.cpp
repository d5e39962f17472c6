#include "codec/escape_table.hpp"

#include <algorithm>
#include <optional>

namespace cistern::codec {
namespace {

constexpr std::size_t kMaxPairs = 64;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string_view without_space(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first);
}

/// Takes `"..."` from the start; the inside still escaped.
std::optional<std::string_view> take_quoted(std::string_view& text) {
  text = without_space(text);
  if (text.empty() || text.front() != '"') return std::nullopt;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      const auto inside = text.substr(1, at - 1);
      text = without_space(text.substr(at + 1));
      return inside;
    }
  }
  return std::nullopt;
}

bool take_sign(std::string_view& text, char sign) {
  if (!text.starts_with(sign)) return false;
  text.remove_prefix(1);
  return true;
}

char decoded(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '"':
      return letter;
    default:
      return '\0';
  }
}

}  // namespace

void LineWriter::cut() {
  if (!too_long()) return;
  std::size_t end = begin_ + (whole_ == std::string::npos ? limit_ : whole_);
  while (end > begin_ && continues_character(out_[end]))
    --end;
  out_.resize(end);
}

std::string decode_escapes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at] == '\\' && at + 1 < text.size() ? decoded(text[at + 1]) : '\0';
    out += letter == '\0' ? text[at] : letter;
    if (letter != '\0') ++at;
  }
  return out;
}

Result<EscapeTable> EscapeTable::parse(std::string_view text) {
  EscapeTable table;
  for (text = without_space(text); !text.empty();) {
    const auto from = take_quoted(text);
    const bool colon = from && take_sign(text, ':');
    const auto to = colon ? take_quoted(text) : std::nullopt;
    const bool end = to && (text.empty() || take_sign(text, ','));
    if (!end || from->empty() || table.pairs_.size() == kMaxPairs) {
      return fail_stop("template/escapes",
                       "escapes are not written as \"from\":\"to\",\"from\":\"to\" (at most " +
                           std::to_string(kMaxPairs) + " pairs)",
                       "write for example \"|\":\"\\|\",\"\\\\\":\"\\\\\\\\\"");
    }
    table.add(decode_escapes(*from), decode_escapes(*to));
  }
  return table;
}

void EscapeTable::add(std::string from, std::string to) {
  begins_[static_cast<unsigned char>(from.front())] = true;
  const auto place = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const Pair& pair) { return pair.from.size() < from.size(); });
  pairs_.insert(place, {std::move(from), std::move(to)});
}

bool EscapeTable::mentions(char c) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [c](const Pair& pair) {
    return pair.from.size() == 1 && pair.from.front() == c;
  });
}

void EscapeTable::protect_lines() {
  for (const char c : {'\n', '\r', '\0'})
    if (!mentions(c)) add(std::string(1, c), " ");
}

const EscapeTable::Pair* EscapeTable::match(std::string_view text) const {
  for (const auto& pair : pairs_)
    if (text.starts_with(pair.from)) return &pair;
  return nullptr;
}

void EscapeTable::apply(std::string_view text, LineWriter& out) const {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (out.too_long() || at - plain > out.room()) break;
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const auto* pair = match(text.substr(at));
    if (pair == nullptr) {
      ++at;
      continue;
    }
    out.append(text.substr(plain, at - plain));
    out.append_whole(pair->to);
    at += pair->from.size();
    plain = at;
  }
  out.append(text.substr(plain));
}

}  // namespace cistern::codec
