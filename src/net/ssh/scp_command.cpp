#include "net/ssh/scp_command.hpp"

#include "base/bytes.hpp"
#include "net/ssh/shell_words.hpp"

namespace cistern::net::ssh {
namespace {

tl::unexpected<Failure> refused(std::string_view line, std::string_view why) {
  return fail_stop("ssh/command-refused",
                   "the command '" + excerpt(line, 120) + "' is refused: " + std::string{why},
                   "only `scp -t DIRECTORY` and the subsystem sftp are served");
}

struct Letters {
  ScpCommand command;
  bool sink = false;
  std::string_view fault;
};

void read_letters(std::string_view cluster, Letters& out) {
  for (const char c : cluster) {
    switch (c) {
      case 't':
        out.sink = true;
        break;
      case 'p':
        out.command.times = true;
        break;
      case 'r':
        out.command.recursive = true;
        break;
      case 'd':
      case 'v':
      case 'q':
        break;
      case 'f':
        out.fault = "nothing can be fetched from here (-f)";
        return;
      default:
        out.fault = "it has an option that is not known";
        return;
    }
  }
}

}  // namespace

Result<ScpCommand> read_scp_command(std::string_view line) {
  const ShellWords split = split_shell_words(line);
  if (!split.fault.empty()) return refused(line, split.fault);
  const auto& words = split.words;
  if (words.empty() || (words[0] != "scp" && !words[0].ends_with("/scp"))) {
    return refused(line, "it is not scp");
  }
  Letters letters;
  std::size_t at = 1;
  for (; at < words.size() && words[at].starts_with('-') && words[at].size() > 1; ++at) {
    if (words[at] == "--") {
      ++at;
      break;
    }
    read_letters(std::string_view{words[at]}.substr(1), letters);
    if (!letters.fault.empty()) return refused(line, letters.fault);
  }
  if (!letters.sink) return refused(line, "it does not receive (-t is missing)");
  if (words.size() > at + 1) return refused(line, "it names more than one target");
  letters.command.target = at < words.size() ? words[at] : ".";
  return letters.command;
}

}  // namespace cistern::net::ssh
