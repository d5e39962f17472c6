// key=value lines: every pair lies inside the line, in its order, and pairs written plainly are
// read back as they were.
#include "codec/key_value.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using cistern::codec::KeyValueReader;

constexpr std::array<std::string_view, 3> kKnown = {"dst_port", "src_port", "srczonetype"};

void require(bool condition) {
  if (!condition) std::abort();
}

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void walk(std::string_view line) {
  KeyValueReader reader(line, kKnown);
  require(inside(reader.head(), line));
  const char* last = line.data();
  std::size_t bytes = 0;
  bool ended = false;
  while (reader.next()) {
    require(!ended && !reader.key().empty());
    require(inside(reader.key(), line) && inside(reader.value(), line));
    require(reader.key().data() >= last);
    last = reader.key().data() + reader.key().size();
    bytes += reader.key().size() + 1 + reader.value().size();
    ended = reader.unterminated();
  }
  require(bytes <= line.size());
}

/// Without quotes and equals signs nothing is open to doubt.
void round_trip(std::string_view input) {
  std::string value;
  for (const char c : input.substr(0, 500)) {
    if (c != '"' && c != '=' && c != '\'') value.push_back(c);
  }
  const std::string line = "first=\"" + value + "\" second=\"x\"";
  KeyValueReader reader(line, kKnown);
  require(reader.next() && reader.key() == "first");
  const std::size_t begin = std::min(value.find_first_not_of(" \t"), value.size());
  const std::size_t end = value.find_last_not_of(" \t") + 1;
  require(reader.value() == std::string_view(value).substr(begin, end < begin ? 0 : end - begin));
  require(reader.next() && reader.key() == "second" && reader.value() == "x");
  require(!reader.next());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  walk(input);
  round_trip(input);
  return 0;
}
