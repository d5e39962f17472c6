// What the process says to the shell. docs/commands.md lists the same numbers.
#pragma once

namespace cistern::app {

enum class ExitCode : int {
  ok = 0,
  findings =
      1,      ///< The command worked and found something wrong (check, doctor, verify, coverage).
  usage = 2,  ///< The command line cannot be understood.
  configuration = 3,  ///< The configuration cannot be used.
  store = 4,          ///< The store cannot be opened or used.
  not_running = 5,    ///< There is no running cistern to ask.
  failed = 6,         ///< Anything else; the message says what.
};

}  // namespace cistern::app
