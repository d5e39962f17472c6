#include "base/result.hpp"

namespace cistern {
namespace {

/// A sentence is one line wherever it is printed, also when a vendor's text inside it was not.
void append_on_one_line(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::retry:
      return "retry";
    case Verdict::renew_credentials:
      return "renew_credentials";
    case Verdict::set_aside:
      return "set_aside";
    case Verdict::stop:
      return "stop";
  }
  return "unknown";
}

std::string Failure::sentence() const {
  std::string out;
  out.reserve(cause.size() + consequence.size() + next_step.size() + 16);
  append_on_one_line(out, cause.empty() ? std::string_view{code} : std::string_view{cause});
  if (!consequence.empty()) {
    out += "; ";
    append_on_one_line(out, consequence);
  }
  if (!next_step.empty()) {
    out += ". Next step: ";
    append_on_one_line(out, next_step);
  }
  return out;
}

}  // namespace cistern
