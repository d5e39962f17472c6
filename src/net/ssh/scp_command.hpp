// The command by which a client asks for the receiving side of scp.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace cistern::net::ssh {

/// `scp [-v] [-r] [-p] [-d] [-q] -t [--] TARGET`.
struct ScpCommand {
  std::string target;      ///< As sent: a directory, whether with -d or without.
  bool times = false;      ///< -p: T records will come.
  bool recursive = false;  ///< -r: D and E records may come.
};

/// Failures: "ssh/command-refused" with the reason; nothing of the line is ever run.
Result<ScpCommand> read_scp_command(std::string_view line);

}  // namespace cistern::net::ssh
