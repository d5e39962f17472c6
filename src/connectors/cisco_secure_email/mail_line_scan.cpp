#include "connectors/cisco_secure_email/mail_line_scan.hpp"

#include "connectors/cisco_secure_email/mail_line.hpp"
#include "connectors/cisco_secure_email/mail_line_value.hpp"

#include <charconv>

namespace cistern::connectors::cisco_secure_email {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `MID 12x` is text, not the message 12.
bool ends_number(std::string_view rest) {
  constexpr std::string_view kEnds = " ])(.,:;/-\n";
  return rest.empty() || kEnds.find(rest.front()) != std::string_view::npos;
}

}  // namespace

bool LineScan::number(std::uint64_t& value) {
  if (rest_.empty() || !is_digit(rest_.front())) return false;
  std::uint64_t read = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), read);
  const auto length = static_cast<std::size_t>(end - rest_.data());
  if (error != std::errc{} || read == kNoNumber || !ends_number(rest_.substr(length))) return false;
  value = read;
  rest_.remove_prefix(length);
  return true;
}

std::string_view LineScan::word() {
  std::string_view value;
  return until(" ", value) ? value : take_rest();
}

bool LineScan::angled(std::string_view& value) {
  if (front() != '<') return false;
  bool quoted = false;
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    if (quoted && rest_[at] == '\\') {
      ++at;
    } else if (rest_[at] == '"') {
      quoted = !quoted;
    } else if (rest_[at] == '>' && !quoted) {
      value = rest_.substr(1, at - 1);
      rest_.remove_prefix(at + 1);
      return true;
    }
  }
  // A quote that never ends is a stranger's: then the last bracket closes the address.
  const std::size_t last = rest_.rfind('>');
  if (last == std::string_view::npos) return false;
  value = rest_.substr(1, last - 1);
  rest_.remove_prefix(last + 1);
  return true;
}

bool LineScan::literal_until(std::string_view delimiter, std::string_view& value) {
  if (front() == '\'' || front() == '"') {
    const std::string_view literal = first_quoted(rest_);
    if (rest_.substr(literal.size()).starts_with(delimiter)) {
      value = literal;
      rest_.remove_prefix(literal.size() + delimiter.size());
      return true;
    }
  }
  return until(delimiter, value);
}

bool LineScan::rids(std::string_view& value) {
  if (front() == '[') {
    const std::size_t end = rest_.find(']');
    if (end == std::string_view::npos) return false;
    value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return true;
  }
  const std::string_view before = rest_;
  std::uint64_t rid = 0;
  if (!number(rid)) return false;
  value = before.substr(0, before.size() - rest_.size());
  return true;
}

std::string_view without_parentheses(std::string_view text) {
  if (!text.starts_with('(')) return text;
  const std::size_t end = text.rfind(')');
  return end == std::string_view::npos ? text.substr(1) : text.substr(1, end - 1);
}

void read_policy(std::string_view text, MailLine& line) {
  constexpr std::string_view kInThe = " in the ";
  line.name = text;
  const std::size_t at = text.rfind(kInThe);
  if (at == std::string_view::npos) return;
  line.name = text.substr(0, at);
  std::string_view table = text.substr(at + kInThe.size());
  line.direction = table.substr(0, table.find(' '));
}

std::string_view filter_name(std::string_view text) {
  constexpr std::string_view kFilter = "filter ";
  const std::size_t at = text.find(kFilter);
  if (at == std::string_view::npos) return {};
  const std::string_view name = text.substr(at + kFilter.size());
  if (!name.starts_with('\'') && !name.starts_with('"')) return {};
  return first_quoted(name);
}

bool RidCursor::next(std::uint64_t& rid) {
  while (!rest_.empty()) {
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), rid);
    const auto length = static_cast<std::size_t>(end - rest_.data());
    rest_.remove_prefix(length == 0 ? 1 : length);
    if (length != 0 && error == std::errc{}) return true;
  }
  return false;
}

}  // namespace cistern::connectors::cisco_secure_email
