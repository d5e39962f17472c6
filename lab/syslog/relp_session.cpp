#include "lab/syslog/relp_session.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::lab {

namespace {

constexpr std::uint32_t kLastNumber = 999'999'999;
constexpr std::size_t kMostAnswer = 128 * 1024;

// Digits up to a blank or line break; nothing when there are none or too many.
std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  if (text.empty() || text.size() > 9) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string RelpSession::frame(std::string_view command, std::string_view data) {
  std::string out =
      std::to_string(next_) + " " + std::string(command) + " " + std::to_string(data.size());
  next_ = next_ == kLastNumber ? 1 : next_ + 1;
  if (!data.empty()) {
    out += ' ';
    out += data;
  }
  out += '\n';
  return out;
}

std::string RelpSession::open() {
  open_number_ = next_;
  return frame("open",
               "relp_version=0\nrelp_software=lab-firewall,1,https://example.com\ncommands=syslog");
}

std::string RelpSession::message(std::uint64_t key, std::string_view text) {
  waiting_.push_back({next_, key});
  return frame("syslog", text);
}

std::string RelpSession::close() {
  close_number_ = next_;
  return frame("close", {});
}

RelpSession::Cut RelpSession::next_frame(std::string_view bytes, Frame& frame,
                                         std::size_t& length) const {
  const auto first = bytes.find(' ');
  if (first == std::string_view::npos) return bytes.size() > 9 ? Cut::wrong : Cut::more_needed;
  const auto second = bytes.find(' ', first + 1);
  if (second == std::string_view::npos)
    return bytes.size() > first + 33 ? Cut::wrong : Cut::more_needed;
  const auto end = bytes.find_first_of(" \n", second + 1);
  if (end == std::string_view::npos)
    return bytes.size() > second + 10 ? Cut::wrong : Cut::more_needed;
  const auto number = number_in(bytes.substr(0, first));
  const auto size = number_in(bytes.substr(second + 1, end - second - 1));
  if (!number || !size || *size > kMostAnswer) return Cut::wrong;
  // Without data there is no blank before the line break.
  if ((bytes[end] == '\n') != (*size == 0)) return Cut::wrong;
  const auto data = *size == 0 ? end : end + 1;
  if (bytes.size() < data + *size + 1) return Cut::more_needed;
  if (bytes[data + *size] != '\n') return Cut::wrong;
  frame = {*number, bytes.substr(first + 1, second - first - 1), bytes.substr(data, *size)};
  length = data + *size + 1;
  return Cut::whole;
}

bool RelpSession::answer(const Frame& frame, Answers& answers) {
  if (frame.number == 0) {
    answers.server_closes = answers.server_closes || frame.command == "serverclose";
    return frame.command == "serverclose";
  }
  if (frame.command != "rsp") return false;
  const bool yes = frame.data.starts_with("200");
  if (frame.number == open_number_ && !open_) {
    open_ = yes && frame.data.find("relp_version=") != std::string_view::npos;
    return open_;
  }
  if (frame.number == close_number_) {
    closed_ = true;
    return true;
  }
  // The specification lets answers come in any order.
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Waiting& one) { return one.number == frame.number; });
  if (found == waiting_.end()) return false;
  (yes ? answers.accepted : answers.refused).push_back(found->key);
  waiting_.erase(found);
  return true;
}

std::optional<RelpSession::Answers> RelpSession::take(std::string_view bytes) {
  rest_ += bytes;
  Answers answers;
  std::size_t done = 0;
  for (;;) {
    Frame frame;
    std::size_t length = 0;
    const auto cut = next_frame(std::string_view(rest_).substr(done), frame, length);
    if (cut == Cut::more_needed) break;
    if (cut == Cut::wrong || !answer(frame, answers)) return std::nullopt;
    done += length;
  }
  rest_.erase(0, done);
  return answers;
}

std::vector<std::uint64_t> RelpSession::unanswered() const {
  std::vector<std::uint64_t> keys;
  keys.reserve(waiting_.size());
  for (const auto& one : waiting_)
    keys.push_back(one.key);
  return keys;
}

}  // namespace cistern::lab
