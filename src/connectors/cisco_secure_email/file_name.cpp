#include "connectors/cisco_secure_email/file_name.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_secure_email/log_kind.hpp"

#include <algorithm>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kLongestBase = 128;
constexpr std::size_t kLongestNumber = 20;
constexpr std::size_t kDate = 8;
constexpr std::size_t kDateAndTime = 15;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

bool base_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || is_digit(c) || c == '_' || c == '.' || c == '-';
}

/// `20240318T081200`, also with a Z, or digits only.
bool is_begin(std::string_view text) {
  if (all_digits(text)) return text.size() <= kLongestNumber;
  if (text.size() == kDateAndTime + 1 && text.back() == 'Z') text.remove_suffix(1);
  return text.size() == kDateAndTime && text[kDate] == 'T' && all_digits(text.substr(0, kDate)) &&
         all_digits(text.substr(kDate + 1));
}

}  // namespace

std::optional<FileName> read_file_name(std::string_view name) {
  FileName read;
  if (name.ends_with(".gz")) {
    read.compressed = true;
    name.remove_suffix(3);
  }
  const auto at = name.rfind(".@");
  if (at == std::string_view::npos) return std::nullopt;
  read.base = name.substr(0, at);
  const std::string_view rest = name.substr(at + 2);
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  read.begun = rest.substr(0, dot);
  const std::string_view status = rest.substr(dot + 1);
  read.saved = status == "s";
  const bool known = read.saved || status == "c" || status == "current";
  const bool base = !read.base.empty() && read.base.size() <= kLongestBase &&
                    std::all_of(read.base.begin(), read.base.end(), base_character);
  if (!known || !base || !is_begin(read.begun)) return std::nullopt;
  return read;
}

std::string why_name_refused(std::string_view name) {
  const auto read = read_file_name(name);
  if (!read) {
    return "the name \"" + excerpt(name, 80) +
           "\" is not of the form LOG.@TIME.s that AsyncOS gives to rolled files";
  }
  const auto kind = log_kind_of_name(read->base);
  return kind ? std::string{why_refused(*kind)} : std::string{};
}

}  // namespace cistern::connectors::cisco_secure_email
