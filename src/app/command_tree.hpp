// The command line as plain values, for what is made from it: manual page and completions.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cistern::app {

struct CommandOption {
  std::vector<std::string> names;  ///< "-c", "--config"; of a positional its name alone.
  std::string value;               ///< "FILE"; empty for a flag.
  std::vector<std::string> choices;
  std::string fallback;
  std::string text;
  bool positional = false;
  bool required = false;
  bool repeated = false;
};

struct CommandEntry {
  std::string name;  ///< With the words before it: "cistern store verify".
  std::string text;
  std::vector<CommandOption> options;
  std::vector<CommandEntry> commands;
  std::string notes;  ///< What its help says below the options; empty when that is the parent's.
};

CommandEntry command_tree(const CLI::App& app);

}  // namespace cistern::app
