// A stream's bytes, as a vendor or whoever sits between may send them, in arrivals of any size. The
// first three bytes choose the bound on a value, the size of arrivals, and the kind of values.
#include "codec/value_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cistern;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Kind {
  std::unique_ptr<StreamFramer> (*framer)(std::size_t);
  void (*split)(const StreamValues&, const codec::StreamPieceSink&);
};

constexpr Kind kJson{&codec::json_value_framer, &codec::split_json_values};
constexpr Kind kLines{&codec::line_framer, &codec::split_lines};

struct Read {
  std::string pieces;  ///< Kind and bytes of each.
  std::string bytes;   ///< Of all pieces and the rest.
};

class Reader {
 public:
  Reader(const Kind& kind, std::size_t most) : kind_(kind), most_(most) {}

  Read read(std::string_view text, std::size_t arrival) {
    const auto framer = kind_.framer(most_);
    while (!text.empty()) {
      std::string_view arrived = text.substr(0, arrival);
      text.remove_prefix(arrived.size());
      while (!arrived.empty()) {
        const auto found = framer->advance(arrived);
        require(found.whole <= arrived.size());
        const std::size_t shown = found.severed ? found.whole : arrived.size();
        const std::size_t whole = held_.size() + found.whole;
        held_.append(arrived.substr(0, shown));
        arrived.remove_prefix(shown);
        if (found.whole > 0 || found.severed) hand_over(whole, found.severed);
      }
    }
    read_.pieces += "rest " + held_;
    read_.bytes += held_;
    return read_;
  }

 private:
  void hand_over(std::size_t whole, bool severed) {
    require(whole > 0);
    StreamValues values{held_.substr(0, whole), mid_line_, continues_, severed};
    held_.erase(0, whole);
    mid_line_ = values.bytes.back() != '\n';
    continues_ = severed;
    kind_.split(values, [&](codec::StreamPiece piece, std::string_view raw) {
      require(raw.size() <= most_);
      require(raw.empty() == (piece == codec::StreamPiece::empty_line) || &kind_ == &kLines);
      read_.pieces += std::to_string(static_cast<int>(piece)) + " ";
      read_.pieces.append(raw).append("\n");
      read_.bytes.append(raw);
    });
  }

  const Kind& kind_;
  std::size_t most_;
  std::string held_;
  bool mid_line_ = false;
  bool continues_ = false;
  Read read_;
};

std::string without_space(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') result += c;
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::size_t most = data[0] < 128 ? std::size_t{data[0]} + 1 : codec::kMaxStreamValue;
  const std::size_t arrival = std::size_t{data[1]} + 1;
  const Kind& kind = data[2] % 2 == 0 ? kJson : kLines;
  const std::string_view text{reinterpret_cast<const char*>(data) + 3, size - 3};
  const Read pieces = Reader(kind, most).read(text, arrival);
  require(pieces.pieces == Reader(kind, most).read(text, std::max<std::size_t>(1, size)).pieces);
  require(without_space(pieces.bytes) == without_space(text));
  return 0;
}
