// Command lines of processes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// The arguments of a command line, by the rules of Windows programs: blanks and tabs separate
/// outside double quotes; before a quote, two backslashes mean one and an odd one makes the quote a
/// sign like any other. Nothing where there are more than 1,000 arguments.
std::vector<std::string> split_command_line(std::string_view line);

}  // namespace cistern::connectors::crowdstrike_falcon
