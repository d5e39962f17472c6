// The command line: the only place that knows CLI11.
#pragma once

#include "app/command_tree.hpp"

#include <string>

namespace cistern::app {

/// Parses, runs the command, returns the process's exit code. Bugs (exceptions) become a message
/// and ExitCode::failed.
int command_line(int argc, char** argv);

/// Every command with its options, as values.
CommandEntry all_commands();

/// Every command with its options and examples in Markdown: docs/commands.md.
std::string commands_page();

}  // namespace cistern::app
