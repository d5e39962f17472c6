#include "ecs/record_text.hpp"

#include "base/bytes.hpp"
#include "base/utf8.hpp"
#include "codec/json_scan.hpp"

namespace cistern::ecs {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void replace_invalid(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    const CodePoint point = decode_code_point(bytes);
    if (point.size == 0) {
      out += kReplacement;
      bytes.remove_prefix(1);
    } else {
      out += bytes.substr(0, point.size);
      bytes.remove_prefix(point.size);
    }
  }
}

}  // namespace

std::string_view record_text(const journal::Envelope& envelope, std::string& buffer) {
  if (envelope.form == RawForm::json) return envelope.raw;
  if (envelope.form == RawForm::text && envelope.raw.find('\\') == std::string_view::npos)
    return envelope.raw;
  buffer.clear();
  if (envelope.form == RawForm::text) {
    codec::append_unescaped(buffer, envelope.raw);
  } else if (const auto bytes = base64_decode(envelope.raw)) {
    replace_invalid(*bytes, buffer);
  }
  return buffer;
}

}  // namespace cistern::ecs
