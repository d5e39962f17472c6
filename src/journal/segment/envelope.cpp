#include "journal/segment/envelope.hpp"

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "codec/json.hpp"

#include <charconv>
#include <utility>

namespace cistern::journal {
namespace {

constexpr std::size_t kLongestProblem = 4096;

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Invalid UTF-8 in a name would make the whole line unreadable for others.
void append_text(std::string& out, std::string_view text) {
  if (is_utf8(text)) {
    codec::append_json_string(out, text);
  } else {
    codec::append_json_string(out, excerpt(text, kLongestProblem));
  }
}

/// JSON that is itself a string is stored as text, so that a reader can tell the two apart. A line
/// break would cut the line in two: whoever promised that there is none was wrong.
RawForm stored_form(const Record& record) {
  RawForm form = record.form;
  if (form == RawForm::json && (record.raw.empty() || record.raw.front() == '"' ||
                                record.raw.find('\n') != std::string_view::npos)) {
    form = RawForm::text;
  }
  if (form == RawForm::text && !is_utf8(record.raw)) form = RawForm::bytes;
  return form;
}

void append_raw(std::string& out, const Record& record) {
  switch (stored_form(record)) {
    case RawForm::json:
      out += ",\"raw\":";
      out += record.raw;
      break;
    case RawForm::text:
      out += ",\"raw\":";
      codec::append_json_string(out, record.raw);
      break;
    case RawForm::bytes:
      out += ",\"raw_base64\":\"";
      out += base64_encode(record.raw);
      out += '"';
      break;
  }
}

/// Consumes a line from the left. After the first mismatch nothing is consumed any more.
class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : rest_(line) {}

  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool number(std::uint64_t& value) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }
  /// The inside of a string up to its closing quote, which is consumed.
  bool string(std::string_view& value) {
    std::size_t end = rest_.find('"');
    while (end != std::string_view::npos && escaped(end))
      end = rest_.find('"', end + 1);
    if (end == std::string_view::npos) return false;
    value = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return true;
  }
  bool object(std::string_view& value) {
    if (rest_.empty() || rest_.front() != '{') return false;
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (quoted) {
        if (c == '\\') {
          ++i;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        value = rest_.substr(0, i + 1);
        rest_.remove_prefix(i + 1);
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  [[nodiscard]] bool escaped(std::size_t quote) const {
    std::size_t backslashes = 0;
    while (backslashes < quote && rest_[quote - 1 - backslashes] == '\\')
      ++backslashes;
    return backslashes % 2 == 1;
  }

  std::string_view rest_;
};

bool scan_raw(LineScanner& scan, Envelope& envelope) {
  if (scan.skip(",\"raw\":\"")) {
    envelope.form = RawForm::text;
    return scan.string(envelope.raw) && scan.rest() == "}";
  }
  if (scan.skip(",\"raw_base64\":\"")) {
    envelope.form = RawForm::bytes;
    return scan.string(envelope.raw) && scan.rest() == "}";
  }
  if (!scan.skip(",\"raw\":")) return false;
  const std::string_view rest = scan.rest();
  if (rest.size() < 2 || rest.back() != '}') return false;
  envelope.form = RawForm::json;
  envelope.raw = rest.substr(0, rest.size() - 1);
  return true;
}

}  // namespace

bool storable(const Record& record) {
  if (record.meta.empty()) return true;
  return record.meta.front() == '{' && record.meta.back() == '}' &&
         record.meta.find('\n') == std::string_view::npos;
}

void append_line(std::string& out, Sequence sequence, const Identity& identity,
                 std::string_view connector, std::string_view received, const Record& record) {
  out += "{\"seq\":";
  append_number(out, sequence);
  out += ",\"id\":\"";
  append_hex(out, identity);
  out += "\",";
  out += connector;
  out += ",\"stream\":";
  append_text(out, record.stream);
  out += ',';
  out += received;
  if (record.time != TimePoint{}) {
    out += ",\"time\":\"";
    append_time(out, record.time);
    out += '"';
  }
  if (!record.problem.empty()) {
    out += ",\"problem\":";
    append_text(out, record.problem);
  }
  if (!record.meta.empty()) {
    out += ",\"meta\":";
    out += record.meta;
  }
  append_raw(out, record);
  out += "}\n";
}

std::optional<Envelope> parse_envelope(std::string_view line) {
  Envelope envelope;
  LineScanner scan{line};
  if (!scan.skip("{\"seq\":") || !scan.number(envelope.sequence)) return std::nullopt;
  if (!scan.skip(",\"id\":\"") || !scan.string(envelope.id)) return std::nullopt;
  if (!scan.skip(",\"connector\":\"") || !scan.string(envelope.connector)) return std::nullopt;
  if (!scan.skip(",\"stream\":\"") || !scan.string(envelope.stream)) return std::nullopt;
  if (!scan.skip(",\"received\":\"") || !scan.string(envelope.received)) return std::nullopt;
  if (scan.skip(",\"time\":\"") && !scan.string(envelope.time)) return std::nullopt;
  if (scan.skip(",\"problem\":\"") && !scan.string(envelope.problem)) return std::nullopt;
  if (scan.skip(",\"meta\":") && !scan.object(envelope.meta)) return std::nullopt;
  if (envelope.id.size() != 32 || !scan_raw(scan, envelope)) return std::nullopt;
  return envelope;
}

std::shared_ptr<const Group> make_group(Sequence first, Sequence last, std::string lines) {
  auto group = std::make_shared<Group>();
  group->first = first;
  group->last = last;
  group->lines = std::move(lines);
  const std::string_view text = group->lines;
  // A line is at least a hundred bytes; a count that cannot be true must not reserve memory.
  if (last < first || last - first >= text.size()) return nullptr;
  group->envelopes.reserve(last - first + 1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return nullptr;
    auto envelope = parse_envelope(text.substr(at, end - at));
    if (!envelope || envelope->sequence != first + group->envelopes.size()) return nullptr;
    group->envelopes.push_back(*envelope);
    at = end + 1;
  }
  if (group->envelopes.size() != last - first + 1) return nullptr;
  return group;
}

}  // namespace cistern::journal
