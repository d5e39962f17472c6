#include "net/ssh/shell_words.hpp"

#include <algorithm>

namespace cistern::net::ssh {
namespace {

constexpr std::size_t kMaxLine = 4096;
constexpr std::size_t kMaxWords = 32;

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  ShellWords split() {
    while (fault_.empty() && skip_blanks()) {
      if (words_.size() == kMaxWords) return refused("it has more than 32 words");
      word();
    }
    if (!fault_.empty()) return refused(fault_);
    return {std::move(words_), {}};
  }

 private:
  static ShellWords refused(std::string_view why) { return {{}, why}; }

  bool skip_blanks() {
    while (at_ < line_.size() && line_[at_] == ' ')
      ++at_;
    return at_ < line_.size();
  }

  void word() {
    std::string out;
    // Only at the start of a word do these mean anything to a shell.
    if (line_[at_] == '~' || line_[at_] == '#') fault_ = "a shell would expand it";
    while (fault_.empty() && at_ < line_.size() && line_[at_] != ' ') {
      const char c = line_[at_++];
      if (c == '\'') {
        single_quoted(out);
      } else if (c == '"') {
        double_quoted(out);
      } else if (c == '\\') {
        escaped(out);
      } else if (std::string_view{"$`;|&<>()*?[]{}!"}.find(c) != std::string_view::npos) {
        fault_ = "a shell would expand it or run more than one command";
      } else {
        out += c;
      }
    }
    words_.push_back(std::move(out));
  }

  void single_quoted(std::string& out) {
    const auto end = line_.find('\'', at_);
    if (end == std::string_view::npos) {
      fault_ = "a quote is not closed";
      return;
    }
    out += line_.substr(at_, end - at_);
    at_ = end + 1;
  }

  void double_quoted(std::string& out) {
    while (at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') return;
      if (c == '$' || c == '`') {
        fault_ = "a shell would expand it or run more than one command";
        return;
      }
      const bool escapes = c == '\\' && at_ < line_.size() &&
                           std::string_view{"$`\"\\"}.find(line_[at_]) != std::string_view::npos;
      out += escapes ? line_[at_++] : c;
    }
    fault_ = "a quote is not closed";
  }

  void escaped(std::string& out) {
    if (at_ == line_.size()) {
      fault_ = "it ends with a backslash";
      return;
    }
    out += line_[at_++];
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::string_view fault_;
};

}  // namespace

ShellWords split_shell_words(std::string_view line) {
  if (line.size() > kMaxLine) return {{}, "it is longer than 4,096 bytes"};
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(line.begin(), line.end(), control)) return {{}, "it holds control bytes"};
  return Splitter{line}.split();
}

}  // namespace cistern::net::ssh
