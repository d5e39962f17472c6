#include "codec/value_stream.hpp"

#include "codec/json_scan.hpp"

#include <algorithm>
#include <utility>

namespace cistern::codec {
namespace {

constexpr auto kNone = std::string_view::npos;

/// Follows one line, byte by byte, for the ends of containers. A backslash escapes a quote wherever
/// it stands, as skip_json_value() sees it, so that both agree on damaged values.
class LineScan {
 public:
  void begin_line() { *this = {}; }

  /// Bytes up to the last end of a container, or 0. `text` holds no line break.
  std::size_t advance(std::string_view text) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < text.size() && !opaque_; ++i) {
      if (depth_ == 0) {
        begin_value(text[i]);
      } else if (inside(text[i])) {
        end = i + 1;
      }
    }
    return end;
  }

 private:
  void begin_value(char c) {
    if (c == '{' || c == '[') {
      depth_ = 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      opaque_ = true;
    }
  }

  /// True when the container ends with this byte.
  bool inside(char c) {
    const bool escaped = std::exchange(escaped_, false);
    if (c == '\\') {
      escaped_ = !escaped;
    } else if (c == '"') {
      if (!escaped) in_string_ = !in_string_;
    } else if (!in_string_) {
      if (c == '{' || c == '[') ++depth_;
      if (c == '}' || c == ']') return --depth_ == 0;
    }
    return false;
  }

  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool opaque_ = false;  ///< No value: it lasts until the line break.
};

/// Line breaks end values everywhere; a scan of the unfinished line may find earlier ends.
class Framer final : public StreamFramer {
 public:
  Framer(std::size_t max_value, bool look_inside)
      : max_value_(std::max<std::size_t>(1, max_value)), look_inside_(look_inside) {}

  Found advance(std::string_view arrived) override {
    // One value cannot be beyond the bound here, however the bytes divide into lines.
    if (held_ + arrived.size() <= max_value_) return {.whole = take(arrived), .severed = false};
    return advance_bounded(arrived);
  }

 private:
  /// Ends in `text`, of which no value exceeds the bound.
  std::size_t take(std::string_view text) {
    const std::size_t last = text.rfind('\n');
    std::size_t whole = 0;
    if (last != kNone) {
      whole = last + 1;
      end_line();
    }
    if (look_inside_ && !in_rest_) {
      whole += scan_.advance(text.substr(whole));
    }
    held_ = whole > 0 ? text.size() - whole : held_ + text.size();
    return whole;
  }

  /// Goes on from end to end, because the bound may be reached behind any of them.
  Found advance_bounded(std::string_view arrived) {
    std::size_t whole = 0;
    for (std::size_t at = 0; at < arrived.size();) {
      const std::size_t room = max_value_ - held_;
      const std::string_view window = arrived.substr(at, room);
      const std::size_t line_break = arrived.substr(at, room + 1).find('\n');
      const std::size_t size = line_break == kNone ? window.size() : line_break + 1;
      if (const std::size_t end = take(arrived.substr(at, size)); end > 0) {
        whole = at + end;
        at += size;
        continue;
      }
      at += size;
      if (held_ < max_value_ || at == arrived.size() || arrived[at] == '\n') continue;
      held_ = 0;
      in_rest_ = true;
      return {.whole = at, .severed = true};
    }
    return {.whole = whole, .severed = false};
  }

  void end_line() {
    scan_.begin_line();
    in_rest_ = false;
  }

  std::size_t max_value_;
  bool look_inside_;
  LineScan scan_;
  std::size_t held_ = 0;  ///< Bytes since the last end.
  bool in_rest_ = false;  ///< Behind a severed piece, until the line ends.
};

/// The text without the '\r' of a line break.
std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Hands over the lines of `values`: `line` gets each with whether its line break is there, and
/// whether it stands where a line begins.
template <class Line>
void each_line(const StreamValues& values, const StreamPieceSink& sink, Line line) {
  std::string_view rest = values.bytes;
  bool at_start = !values.mid_line;
  if (values.continues && !rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view part = end == kNone ? rest : without_return(rest.substr(0, end));
    if (!part.empty()) sink(StreamPiece::part, part);
    if (end == kNone) return;
    rest.remove_prefix(end + 1);
    at_start = true;
  }
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    line(end == kNone ? rest : without_return(rest.substr(0, end)), end != kNone, at_start);
    if (end == kNone) return;
    rest.remove_prefix(end + 1);
    at_start = true;
  }
}

}  // namespace

std::unique_ptr<StreamFramer> json_value_framer(std::size_t max_value) {
  return std::make_unique<Framer>(max_value, true);
}

std::unique_ptr<StreamFramer> line_framer(std::size_t max_line) {
  return std::make_unique<Framer>(max_line, false);
}

void split_json_values(const StreamValues& values, const StreamPieceSink& sink) {
  each_line(values, sink, [&](std::string_view line, bool ended, bool at_start) {
    const char* const end = line.data() + line.size();
    const char* at = skip_json_space(line.data(), end);
    if (at == end && ended && at_start) return sink(StreamPiece::empty_line, {});
    while (at != end) {
      const char* next = *at == '{' || *at == '[' ? skip_json_value(at, end) : nullptr;
      const bool cut = next == nullptr;
      if (cut) next = end;
      // Only the last value can be the one that was severed, and then it has no end.
      const bool part = cut && !ended && values.severed;
      sink(part ? StreamPiece::part : StreamPiece::value,
           {at, static_cast<std::size_t>(next - at)});
      at = skip_json_space(next, end);
    }
  });
}

void split_lines(const StreamValues& values, const StreamPieceSink& sink) {
  each_line(values, sink, [&](std::string_view line, bool ended, bool at_start) {
    if (!ended && values.severed) return sink(StreamPiece::part, line);
    if (line.empty() && at_start) return sink(StreamPiece::empty_line, {});
    sink(StreamPiece::value, line);
  });
}

}  // namespace cistern::codec
