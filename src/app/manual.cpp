#include "app/manual.hpp"

#include "config/roff.hpp"

namespace cistern::app {
namespace {

using config::roff_argument;
using config::roff_lines;
using config::roff_text;

std::string bold(std::string_view text) {
  return "`" + std::string{text} + "`";
}

/// "-c, --config FILE"
std::string heading(const CommandOption& option) {
  std::string out;
  for (const auto& name : option.names)
    out += (out.empty() ? "" : ", ") + bold(name);
  if (!option.positional && !option.value.empty()) out += " " + option.value;
  if (option.repeated) out += " ...";
  return out;
}

void add_options(std::string& page, const CommandEntry& command) {
  for (const auto& option : command.options) {
    std::string text = option.text;
    if (!option.choices.empty() || !option.fallback.empty()) {
      if (!text.ends_with('.')) text += '.';
      text += " (";
      for (std::size_t i = 0; i < option.choices.size(); ++i)
        text += (i == 0 ? "one of " : ", ") + bold(option.choices[i]);
      if (!option.fallback.empty())
        text +=
            std::string{option.choices.empty() ? "" : "; "} + "default " + bold(option.fallback);
      text += ")";
    }
    page += ".TP\n" + roff_text(heading(option)) + roff_text(text);
  }
}

std::string usage(const CommandEntry& command) {
  std::string out = command.name + " [OPTIONS]";
  for (const auto& option : command.options) {
    if (!option.positional) continue;
    const auto shown = option.names.front() + (option.repeated ? "..." : "");
    out += option.required ? " " + shown : " [" + shown + "]";
  }
  return out;
}

void add_command(std::string& page, const CommandEntry& command) {
  const bool folder = !command.commands.empty() && command.options.size() <= 1;
  if (!folder) {
    page += ".SS " + roff_argument(usage(command)) + "\n" + roff_text(command.text);
    add_options(page, command);
    if (!command.notes.empty()) page += ".PP\n" + roff_lines(command.notes);
  }
  for (const auto& inner : command.commands)
    add_command(page, inner);
}

constexpr std::string_view kExitStatus = R"(0  well
1  the command worked and found something wrong (check, doctor, verify, coverage)
2  the command line cannot be understood
3  the configuration cannot be used
4  the store cannot be opened or used
5  there is no running cistern to ask
6  anything else; the message says what
)";

constexpr std::string_view kFiles = R"(/etc/cistern/cistern.yaml  configuration, see cistern.yaml(5)
/etc/cistern/secrets/      secrets that the configuration names
/var/lib/cistern/          the store; docs/formats/journal.md describes it
/var/lib/cistern-keys/     the key of sealed secrets; keep a copy of it apart from copies of the store
/var/log/cistern/          what destinations of kind file write
)";

constexpr std::string_view kEnvironment = R"(CISTERN_CONFIG  configuration file where none is named
NO_COLOR        no colours, also on a terminal
)";

}  // namespace

std::string manual_page(const CommandEntry& root, std::string_view version) {
  std::string page = config::roff_head("CISTERN", 1, version, "cistern",
                                       "collects security logs, keeps every event exactly once "
                                       "and delivers it");
  page += ".SH SYNOPSIS\n" + roff_text("`cistern` COMMAND [OPTIONS]") + ".SH DESCRIPTION\n" +
          roff_text(root.text) + ".SH COMMANDS\n";
  for (const auto& command : root.commands)
    add_command(page, command);
  return page + ".SH EXIT STATUS\n" + roff_lines(kExitStatus) + ".SH FILES\n" + roff_lines(kFiles) +
         ".SH ENVIRONMENT\n" + roff_lines(kEnvironment) + ".SH SEE ALSO\n.BR cistern.yaml (5)\n";
}

}  // namespace cistern::app
