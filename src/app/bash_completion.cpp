#include "app/manual.hpp"

#include <functional>

namespace cistern::app {
namespace {

using Visit = std::function<void(const CommandEntry&)>;

void each(const CommandEntry& command, const Visit& visit) {
  visit(command);
  for (const auto& inner : command.commands)
    each(inner, visit);
}

bool takes_path(const CommandOption& option) {
  return option.value == "FILE" || option.value == "FOLDER";
}

/// What stands before an option's value: "cistern tail --format" | ...
std::string places(const CommandEntry& command, const CommandOption& option) {
  std::string out;
  for (const auto& name : option.names)
    out += (out.empty() ? "" : " | ") + ("'" + command.name + " " + name + "'");
  return out;
}

/// The answers where the word before is an option that takes a value.
std::string values(const CommandEntry& root) {
  std::string out;
  each(root, [&](const CommandEntry& command) {
    for (const auto& option : command.options) {
      if (option.positional || option.value.empty()) continue;
      out += "    " + places(command, option) + ") ";
      if (takes_path(option)) {
        out += "files=yes";
      } else {
        out += "words='";
        for (const auto& choice : option.choices)
          out += (out.ends_with('\'') ? "" : " ") + choice;
        out += "'";
      }
      out += " ;;\n";
    }
  });
  return out;
}

/// The answers where a new word begins: commands, options, and files for a positional one.
std::string openings(const CommandEntry& root) {
  std::string out;
  each(root, [&](const CommandEntry& command) {
    std::string words;
    bool files = false;
    for (const auto& inner : command.commands)
      words += " " + inner.name.substr(command.name.size() + 1);
    for (const auto& option : command.options) {
      if (option.positional) {
        files = files || takes_path(option);
        continue;
      }
      for (const auto& name : option.names)
        words += " " + name;
    }
    out += "      '" + command.name + "') words='" + words.erase(0, 1) + "'" +
           (files ? " files=yes" : "") + " ;;\n";
  });
  return out;
}

std::string commands_below(const CommandEntry& root) {
  std::string out;
  each(root, [&](const CommandEntry& command) {
    for (const auto& inner : command.commands)
      out += (out.empty() ? "'" : " | '") + inner.name + "'";
  });
  return out;
}

}  // namespace

std::string bash_completion(const CommandEntry& root) {
  return "# bash completion of cistern, made from its command line by `cistern docs --man`.\n"
         "_cistern() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local command=cistern words= files= i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$command ${COMP_WORDS[i]}\" in\n"
         "      " +
         commands_below(root) +
         ") command+=\" ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$command $before\" in\n" +
         values(root) + "    *) case \"$command\" in\n" + openings(root) +
         "    esac ;;\n"
         "  esac\n"
         "  COMPREPLY=()\n"
         "  if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"); "
         "fi\n"
         "  if [[ -n $files && $word != -* ]]; then\n"
         "    compopt -o filenames 2>/dev/null\n"
         "    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$word\")\n"
         "  fi\n"
         "}\n"
         "complete -F _cistern cistern\n";
}

}  // namespace cistern::app
