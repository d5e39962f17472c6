// secret set, list, remove: files below `sealed/` in the store, one for each secret.
#include "app/commands.hpp"
#include "app/falcon_files.hpp"
#include "app/setup.hpp"
#include "base/sealing_key.hpp"
#include "config/secrets.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>

#include <boost/json.hpp>
#include <termios.h>
#include <unistd.h>

namespace cistern::app {
namespace {

constexpr std::size_t kMostSecret = 1U << 20;

/// Nothing is shown of what is typed until it goes away.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

void cut_line_break(std::string& text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
}

Result<Secret> ask_secret(const std::string& name, const Output& output) {
  std::string text;
  if (isatty(STDIN_FILENO) == 1) {
    const NoEcho silent;
    output.note("The secret '" + name + "' (nothing is shown):");
    std::getline(std::cin, text);
  } else {
    text.resize(kMostSecret + 1);
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
  }
  if (text.size() > kMostSecret) {
    return fail_stop("secret/too-large", "what was given is larger than 1 MiB",
                     "give the secret alone");
  }
  cut_line_break(text);
  return Secret{std::move(text)};
}

Result<Secret> read_secret(const SecretCommand& command, const Output& output) {
  if (command.file.empty()) return ask_secret(command.name, output);
  auto text = read_whole_file(command.file, kMostSecret);
  if (!text) return fail(text.error());
  cut_line_break(*text);
  return Secret{std::move(*text)};
}

/// The store's folder. A file with mistakes will do: one of them may be that this very secret is
/// not there yet.
Result<std::string> store_of(const SecretCommand& command) {
  const auto file =
      command.configuration.empty() ? default_configuration_path() : command.configuration;
  const auto loaded = load_any_configuration(file, make_registry().schema());
  const auto& store = loaded.configuration.store.values;
  if (store.contains("path") && loaded.configuration.store.has("path") &&
      !loaded.configuration.store.text("path").empty())
    return loaded.configuration.store.text("path");
  return fail_stop("secret/no-store",
                   loaded.problems.empty() ? file + " names no store"
                                           : file + ": " + loaded.problems.front().what,
                   "sealed secrets stand in the store: name its folder with `store: {path: ...}`");
}

std::unique_ptr<Sealer> sealer_of(const SecretCommand& command, const std::string& store) {
  if (command.key_file.empty()) return make_store_sealer(store);
  return make_sealer([place = command.key_file, store] {
    auto places = sealing_key_places(store);
    places.credential = place;
    return read_sealing_keys(places, store);
  });
}

/// Whole under another name first: a running cistern never reads half of it.
Status write_sealed(const std::string& store, const std::string& name, const std::string& text) {
  const auto files = make_system_files();
  const std::string folder = store + "/sealed";
  if (auto made = files->make_directory(folder); !made) return made;
  give_to_owner_of(folder, store);
  const std::string path = config::sealed_secret_path(store, name);
  const std::string beside = folder + "/." + name + ".new";
  auto file = files->open(beside, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto cut = (*file)->truncate(0); !cut) return cut;
  if (auto written = (*file)->write_at(0, text + "\n"); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  give_to_owner_of(beside, store);
  if (auto moved = files->rename(beside, path); !moved) return moved;
  return files->sync_directory(folder);
}

Status seal(const SecretCommand& command, const std::string& store, const Secret& secret) {
  if (secret.empty())
    return fail_stop("secret/empty", "the secret is empty", "give the secret, nothing was changed");
  const auto sealer = sealer_of(command, store);
  const auto name = config::sealed_secret_name(command.name);
  const auto sealed = sealer->seal(name, secret);
  if (!sealed) return fail(sealed.error());
  return write_sealed(store, command.name, *sealed);
}

std::optional<Failure> bad_name(const std::string& name) {
  if (config::is_sealed_secret_name(name)) return std::nullopt;
  return Failure{.verdict = Verdict::stop,
                 .code = "secret/name",
                 .cause = "this cannot be the name of a sealed secret",
                 .consequence = {},
                 .next_step =
                     "use at most 64 letters, digits and the characters - _ . beginning "
                     "with a letter or digit"};
}

/// "connector 'endpoint': api_key"
std::vector<std::string> users_of(const config::Configuration& configuration,
                                  const std::string& path) {
  std::vector<std::string> out;
  const auto look = [&](std::string_view kind, const std::vector<config::Component>& components) {
    for (const auto& component : components) {
      for (const auto& [option, value] : component.values.values) {
        if (value.file == path)
          out.push_back(std::string{kind} + " '" + component.name + "': " + option);
      }
    }
  };
  look("connector", configuration.connectors);
  look("destination", configuration.destinations);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

}  // namespace

ExitCode secret_set(const SecretCommand& command, const Output& output) {
  if (const auto bad = bad_name(command.name)) return output.failure(*bad, ExitCode::usage);
  const auto store = store_of(command);
  if (!store) return output.failure(store.error(), ExitCode::configuration);
  const auto secret = read_secret(command, output);
  if (!secret) return output.failure(secret.error(), ExitCode::failed);
  if (const auto sealed = seal(command, *store, *secret); !sealed)
    return output.failure(sealed.error(), ExitCode::failed);
  output.line(command.json
                  ? R"({"ok":true})"
                  : "sealed; the configuration names it as ${sealed:" + command.name + "}");
  return ExitCode::ok;
}

ExitCode secret_list(const SecretCommand& command, const Output& output) {
  const auto store = store_of(command);
  if (!store) return output.failure(store.error(), ExitCode::configuration);
  const auto files = make_system_files();
  const auto file =
      command.configuration.empty() ? default_configuration_path() : command.configuration;
  const auto loaded = load_any_configuration(file, make_registry().schema());
  const auto names = files->list(*store + "/sealed");
  Table table({"NAME", "USED BY"});
  boost::json::array all;
  for (const auto& name : names.value_or(std::vector<std::string>{})) {
    if (!config::is_sealed_secret_name(name)) continue;
    const auto users = users_of(loaded.configuration, config::sealed_secret_path(*store, name));
    table.row({name, users.empty() ? "nobody" : joined(users)});
    all.push_back({{"name", name}, {"used_by", boost::json::value_from(users)}});
  }
  if (command.json) {
    output.line(boost::json::serialize(boost::json::object{{"secrets", std::move(all)}}));
  } else if (all.empty()) {
    output.line("nothing is sealed");
  } else {
    output.print(table.text(output));
  }
  return ExitCode::ok;
}

ExitCode secret_remove(const SecretCommand& command, const Output& output) {
  if (const auto bad = bad_name(command.name)) return output.failure(*bad, ExitCode::usage);
  const auto store = store_of(command);
  if (!store) return output.failure(store.error(), ExitCode::configuration);
  const auto files = make_system_files();
  const auto path = config::sealed_secret_path(*store, command.name);
  const auto there = files->exists(path);
  if (!there || !*there) {
    return output.failure({.verdict = Verdict::stop,
                           .code = "secret/unknown",
                           .cause = "nothing is sealed under the name " + command.name,
                           .consequence = {},
                           .next_step = "`cistern secret list` shows what is"},
                          ExitCode::failed);
  }
  if (const auto removed = files->remove(path); !removed)
    return output.failure(removed.error(), ExitCode::failed);
  if (const auto synced = files->sync_directory(*store + "/sealed"); !synced)
    return output.failure(synced.error(), ExitCode::failed);
  output.line(command.json ? R"({"ok":true})" : "removed");
  return ExitCode::ok;
}

}  // namespace cistern::app
