#include "app/commands.hpp"
#include "app/service_plan.hpp"
#include "app/setup.hpp"
#include "base/file_errors.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cistern::app {
namespace {

namespace fs = std::filesystem;
using Kind = ServiceStep::Kind;

constexpr std::uint64_t kLargestProgram = 1ULL << 30;
constexpr std::uint64_t kLargestUnit = 1ULL << 20;

/// "/srv/image/" becomes "/srv/image", the machine's own root becomes nothing.
std::string normal_root(const std::string& root) {
  auto text = fs::absolute(root).lexically_normal().string();
  while (text.ends_with('/'))
    text.pop_back();
  return text;
}

/// Number of a name in the root's own passwd or group file: its users are not those of this
/// machine.
template <class Entry>
std::optional<unsigned> number_in(const std::string& file, const std::string& name,
                                  Entry* (*next)(std::FILE*), char* Entry::*entry_name,
                                  unsigned Entry::*number) {
  std::FILE* stream = std::fopen(file.c_str(), "re");
  if (stream == nullptr) return std::nullopt;
  std::optional<unsigned> found;
  while (const auto* entry = next(stream)) {
    if (name == entry->*entry_name) {
      found = entry->*number;
      break;
    }
  }
  std::fclose(stream);
  return found;
}

std::optional<unsigned> user_number(const std::string& root, const std::string& name) {
  if (auto found =
          number_in(root + "/etc/passwd", name, fgetpwent, &passwd::pw_name, &passwd::pw_uid))
    return found;
  // Users may also come from a directory service; that knows only this machine.
  const auto* entry = root.empty() ? getpwnam(name.c_str()) : nullptr;
  return entry == nullptr ? std::nullopt : std::optional<unsigned>{entry->pw_uid};
}

std::optional<unsigned> group_number(const std::string& root, const std::string& name) {
  if (auto found = number_in(root + "/etc/group", name, fgetgrent, &group::gr_name, &group::gr_gid))
    return found;
  const auto* entry = root.empty() ? getgrnam(name.c_str()) : nullptr;
  return entry == nullptr ? std::nullopt : std::optional<unsigned>{entry->gr_gid};
}

ServiceFacts gather(const std::string& root) {
  ServiceFacts facts;
  facts.root = root;
  std::error_code error;
  facts.packaged = fs::exists(root + "/usr/lib/systemd/system/cistern.service", error) ||
                   fs::exists(root + "/lib/systemd/system/cistern.service", error);
  facts.user_exists = user_number(root, std::string{kServiceUser}).has_value();
  facts.systemd_runs = root.empty() && fs::is_directory("/run/systemd/system", error);
  for (const auto& path : service_paths())
    if (fs::exists(root + path, error)) facts.paths.push_back(path);
  for (const auto folder : kUnitFolders) {
    const auto unit = root + std::string{folder} + "/" + std::string{kFalconService} + ".service";
    facts.falcon_unit = facts.falcon_unit || fs::exists(unit, error);
  }
  facts.falcon_script = fs::exists(root + "/etc/init.d/" + std::string{kFalconService}, error);
  if (auto unit = read_whole_file(root + std::string{kServiceUnit}, kLargestUnit))
    facts.unit = std::move(*unit);
  const auto installed = read_whole_file(root + std::string{kServiceProgram}, kLargestProgram);
  const auto own = read_whole_file("/proc/self/exe", kLargestProgram);
  facts.same_program = installed && own && *installed == *own;
  return facts;
}

Status set_rights(const std::string& path, const ServiceStep& step, const std::string& root) {
  const auto colon = step.owner.find(':');
  const auto user = user_number(root, step.owner.substr(0, colon));
  const auto group = group_number(root, step.owner.substr(colon + 1));
  if (!user || !group)
    return fail_stop("service/no-user", "there is no user and group " + step.owner,
                     "create them, then run the command again; it goes on where it stopped");
  // The mode comes last: a change of owner takes the set-group bit away.
  if (chown(path.c_str(), *user, *group) != 0 || chmod(path.c_str(), step.mode) != 0)
    return fail(file_failure("set the owner and mode of", path, errno));
  return {};
}

/// A whole file or nothing: the text goes to a file beside it, which then takes its name.
Status write_file(const std::string& path, std::string_view text, const ServiceStep& step,
                  const std::string& root) {
  const auto files = make_system_files();
  const auto folder = fs::path{path}.parent_path().string();
  std::error_code error;
  // Folders that every system has, and images may lack: not those with secrets.
  fs::create_directories(folder, error);
  const auto beside = path + ".new";
  auto file = files->open(beside, OpenMode::create_or_open);
  if (!file) return fail(file.error());
  if (auto done = (*file)->truncate(0); !done) return done;
  if (auto done = (*file)->write_at(0, text); !done) return done;
  if (auto done = (*file)->sync(); !done) return done;
  if (auto done = set_rights(beside, step, root); !done) return done;
  if (auto done = files->rename(beside, path); !done) return done;
  return files->sync_directory(folder);
}

Status make_folder(const std::string& path, const ServiceStep& step, const std::string& root) {
  std::error_code error;
  fs::create_directories(fs::path{path}.parent_path(), error);
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(file_failure("make", path, errno));
  return set_rights(path, step, root);
}

Status run_command(const ServiceStep& step) {
  std::vector<char*> arguments;
  for (const auto& word : step.command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ);
  int status = 0;
  if (error == 0) {
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  }
  if (step.optional) return {};
  return fail_stop("service/command",
                   step.command[0] + " failed" +
                       (error != 0 ? ": " + std::string{std::strerror(error)} : std::string{}),
                   "cure what it says, then run the command again; it goes on where it stopped");
}

Status perform(const ServiceStep& step, const std::string& root) {
  const auto path = root + step.path;
  std::error_code error;
  switch (step.kind) {
    case Kind::directory:
      return make_folder(path, step, root);
    case Kind::file:
      return write_file(path, step.text, step, root);
    case Kind::program: {
      const auto own = read_whole_file("/proc/self/exe", kLargestProgram);
      if (!own) return fail(own.error());
      return write_file(path, *own, step, root);
    }
    case Kind::rename:
      fs::rename(path, root + step.text, error);
      break;
    case Kind::remove:
      fs::remove(path, error);
      break;
    case Kind::erase:
      fs::remove_all(path, error);
      break;
    case Kind::command:
      return run_command(step);
    case Kind::keep:
      break;
  }
  if (error) return fail(file_failure("change", path, error.value()));
  return {};
}

/// The step in one line; a file's text is shown only where nothing is done.
std::string line_of(const ServiceStep& step, const std::string& root) {
  const auto text = describe(step, root);
  return text.substr(0, text.find('\n'));
}

ExitCode carry_out(const Result<std::vector<ServiceStep>>& steps, const std::string& root,
                   bool dry_run, const Output& output) {
  if (!steps) return output.failure(steps.error(), ExitCode::failed);
  for (const auto& step : *steps) {
    output.line(dry_run ? describe(step, root) : line_of(step, root));
    if (dry_run) continue;
    if (auto done = perform(step, root); !done)
      return output.failure(done.error(), ExitCode::failed);
  }
  if (dry_run) output.line("nothing was changed (--dry-run)");
  return ExitCode::ok;
}

std::optional<Failure> not_allowed(const ServiceCommand& command, const std::string& words) {
  if (command.dry_run || geteuid() == 0) return std::nullopt;
  return Failure{.verdict = Verdict::stop,
                 .code = "service/not-root",
                 .cause = "only root may install or remove a service",
                 .consequence = "nothing was changed",
                 .next_step = "run: sudo " + fs::read_symlink("/proc/self/exe").string() + " " +
                              words + "   (--dry-run shows what it would do)"};
}

void print_next_steps(const ServiceFacts& before, const Output& output) {
  const auto wanted = service_unit();
  if (before.unit && (before.unit != wanted || !before.same_program)) {
    output.line("next step: systemctl restart cistern");
  } else if (!before.unit) {
    output.line("next step: fill in " + std::string{kServiceConfiguration} +
                ", which says how; then: systemctl enable --now cistern");
  }
}

}  // namespace

ExitCode service_install(const ServiceCommand& command, const Output& output) {
  if (auto failure = not_allowed(command, "service install"))
    return output.failure(*failure, ExitCode::failed);
  const auto root = normal_root(command.root);
  const auto facts = gather(root);
  const auto code = carry_out(plan_service_install(facts), root, command.dry_run, output);
  if (code == ExitCode::ok && !command.dry_run) print_next_steps(facts, output);
  if (code == ExitCode::ok)
    for (const auto& line : falcon_takeover(facts))
      output.line(line);
  return code;
}

ExitCode service_uninstall(const ServiceCommand& command, const Output& output) {
  if (auto failure = not_allowed(command, "service uninstall"))
    return output.failure(*failure, ExitCode::failed);
  const auto root = normal_root(command.root);
  return carry_out(plan_service_uninstall(gather(root), command.purge), root, command.dry_run,
                   output);
}

}  // namespace cistern::app
