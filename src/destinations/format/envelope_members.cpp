#include "destinations/format/envelope_members.hpp"

namespace cistern::destinations {

void append_raw_member(std::string& out, const journal::Envelope& envelope) {
  switch (envelope.form) {
    case RawForm::json:
      out += "\"raw\":";
      out += envelope.raw;
      break;
    case RawForm::text:
      append_text_member(out, "raw", envelope.raw);
      break;
    case RawForm::bytes:
      append_text_member(out, "raw_base64", envelope.raw);
      break;
  }
}

void append_text_member(std::string& out, std::string_view key, std::string_view escaped) {
  out += '"';
  out += key;
  out += "\":\"";
  out += escaped;
  out += '"';
}

}  // namespace cistern::destinations
