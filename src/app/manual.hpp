// Pages and files for the shell and for man(1), made from the command line itself.
#pragma once

#include "app/command_tree.hpp"

#include <string>
#include <string_view>

namespace cistern::app {

/// cistern(1) in the language of manual pages.
std::string manual_page(const CommandEntry& root, std::string_view version);

/// Completion of commands, options and choices for bash; where an option takes a file or folder, of
/// file names.
std::string bash_completion(const CommandEntry& root);

}  // namespace cistern::app
