#include "connectors/crowdstrike_falcon/command_line.hpp"

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::size_t kMostArguments = 1'000;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  std::vector<std::string> run() {
    std::vector<std::string> arguments;
    for (;;) {
      while (at_ < line_.size() && is_blank(line_[at_]))
        ++at_;
      if (at_ == line_.size()) return arguments;
      if (arguments.size() == kMostArguments) return {};
      arguments.push_back(next());
    }
  }

 private:
  std::string next() {
    std::string argument;
    bool quoted = false;
    for (; at_ < line_.size() && (quoted || !is_blank(line_[at_])); ++at_) {
      std::size_t backslashes = 0;
      for (; at_ < line_.size() && line_[at_] == '\\'; ++at_)
        ++backslashes;
      const bool before_quote = at_ < line_.size() && line_[at_] == '"';
      argument.append(before_quote ? backslashes / 2 : backslashes, '\\');
      if (at_ == line_.size() || (!quoted && is_blank(line_[at_]))) break;
      if (before_quote && backslashes % 2 == 0) {
        quoted = !quoted;
      } else {
        argument.push_back(line_[at_]);
      }
    }
    return argument;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> split_command_line(std::string_view line) {
  return Splitter(line).run();
}

}  // namespace cistern::connectors::crowdstrike_falcon
