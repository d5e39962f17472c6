#include "codec/leef.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::codec::leef {
namespace {

constexpr std::string_view kStart = "LEEF:";
constexpr std::size_t kHeaderFields = 5;

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

/// The bytes between attributes that a header's sixth field names; nothing when it is no delimiter,
/// so that it belongs to the attributes already.
std::optional<std::string> delimiter_of(std::string_view field) {
  if (field.empty()) return "\t";
  if (field.size() == 1) return std::string{field};
  if (field.starts_with('0')) field.remove_prefix(1);
  if (!(field.starts_with('x') || field.starts_with('X')) || field.size() < 2 || field.size() > 5)
    return std::nullopt;
  unsigned value = 0;
  const char* const end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data() + 1, end, value, 16);
  if (error != std::errc{} || stop != end || value == 0 || value >= 0x80) return std::nullopt;
  return std::string(1, static_cast<char>(value));
}

/// Takes the delimiter off the attributes of LEEF 2.0, if it is named there.
std::optional<std::string> take_delimiter(std::string_view& rest) {
  const std::size_t pipe = rest.find('|');
  if (pipe == std::string_view::npos) return std::nullopt;
  auto named = delimiter_of(rest.substr(0, pipe));
  if (named) rest.remove_prefix(pipe + 1);
  return named;
}

/// Where no delimiter is named it is a tab, which some producers and relays write by name.
std::string tab_of(std::string_view attributes) {
  if (attributes.find('\t') != std::string_view::npos) return "\t";
  for (const std::string_view name : {std::string_view{"\\t"}, std::string_view{"<009>"}}) {
    if (attributes.find(name) != std::string_view::npos) return std::string{name};
  }
  return "\t";
}

bool read_attributes(std::string_view text, const std::string& delimiter, std::size_t most,
                     std::vector<LinePair>& out) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(delimiter), text.size());
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + delimiter.size(), text.size()));
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      if (!out.empty()) out.back().value.append(delimiter).append(piece);
      continue;
    }
    if (out.size() == most) return false;
    out.push_back({std::string{piece.substr(0, equals)}, std::string{piece.substr(equals + 1)}});
  }
  return true;
}

}  // namespace

const std::string* Message::find(std::string_view key) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const LinePair& pair) { return pair.key == key; });
  return found == attributes.end() ? nullptr : &found->value;
}

std::optional<Message> read(std::string_view line, std::string_view& problem,
                            const LineReadLimits& limits) {
  problem = {};
  const auto fail_with = [&](std::string_view why) {
    problem = why;
    return std::nullopt;
  };
  if (line.size() > limits.bytes) return fail_with("the line is longer than is read");
  const std::size_t start = line.find(kStart);
  if (start == std::string_view::npos) return fail_with("no LEEF: in the line");
  std::string_view rest = line.substr(start + kStart.size());
  while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r'))
    rest.remove_suffix(1);
  std::array<std::string, kHeaderFields> fields;
  for (auto& field : fields) {
    const std::size_t pipe = rest.find('|');
    if (pipe == std::string_view::npos) return fail_with("the header has less than five fields");
    field = rest.substr(0, pipe);
    rest.remove_prefix(pipe + 1);
  }
  std::optional<std::string> delimiter;
  if (fields[0] != "1.0") delimiter = take_delimiter(rest);
  if (!delimiter) delimiter = tab_of(rest);
  Message message{.prefix = std::string{trim_end(line.substr(0, start))},
                  .version = std::move(fields[0]),
                  .vendor = std::move(fields[1]),
                  .product = std::move(fields[2]),
                  .product_version = std::move(fields[3]),
                  .event_id = std::move(fields[4]),
                  .attributes = {}};
  if (!read_attributes(rest, *delimiter, limits.pairs, message.attributes))
    return fail_with("more attributes than are read");
  return message;
}

}  // namespace cistern::codec::leef
