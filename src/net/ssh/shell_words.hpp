// The words of a command line, by the shell's rules and without a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cistern::net::ssh {

struct ShellWords {
  std::vector<std::string> words;
  std::string_view fault;  ///< Why the line was refused; then there are no words.
};

/// Splits by POSIX quoting: blanks, '...', "...", backslash. Whatever would make a shell do more
/// than split (expansion, substitution, redirection, lists, comments, patterns) is refused, as are
/// control bytes, lines beyond 4,096 bytes and more than 32 words.
ShellWords split_shell_words(std::string_view line);

}  // namespace cistern::net::ssh
