#include "connectors/microsoft_365/redaction.hpp"

#include "codec/json_scan.hpp"

namespace cistern::connectors::microsoft_365 {
namespace {

constexpr std::string_view kKey = "DetectedValues";
constexpr std::string_view kRedacted = "\"redacted\"";

/// Whether a string token is a member's name: a colon follows.
bool is_key(const char* after, const char* end) {
  after = codec::skip_json_space(after, end);
  return after != end && *after == ':';
}

bool names_detections(std::string_view inside) {
  if (inside == kKey) return true;
  if (inside.find('\\') == std::string_view::npos) return false;
  std::string plain;
  codec::append_unescaped(plain, inside);
  return plain == kKey;
}

/// Copies one value with every string that is no name replaced.
void copy_redacted(std::string_view value, std::string& out) {
  const char* at = value.data();
  const char* const end = at + value.size();
  while (at != end) {
    if (*at != '"') {
      out.push_back(*at++);
      continue;
    }
    const char* const after = codec::skip_json_string(at, end);
    if (after == nullptr) return;
    if (is_key(after, end)) {
      out.append(at, after);
    } else {
      out += kRedacted;
    }
    at = after;
  }
}

}  // namespace

bool redact_detections(std::string_view json, std::string& out) {
  bool found = false;
  const char* at = json.data();
  const char* const end = at + json.size();
  const char* copied = at;
  while (at != end) {
    if (*at != '"') {
      ++at;
      continue;
    }
    const char* const after = codec::skip_json_string(at, end);
    if (after == nullptr) break;
    const std::string_view inside(at + 1, static_cast<std::size_t>(after - at - 2));
    at = after;
    if (!is_key(after, end) || !names_detections(inside)) continue;
    at = codec::skip_json_space(codec::skip_json_space(after, end) + 1, end);
    const char* const value_end = codec::skip_json_value(at, end);
    if (value_end == nullptr) break;
    out.append(copied, at);
    copy_redacted({at, static_cast<std::size_t>(value_end - at)}, out);
    at = value_end;
    copied = at;
    found = true;
  }
  if (found) out.append(copied, end);
  return found;
}

}  // namespace cistern::connectors::microsoft_365
