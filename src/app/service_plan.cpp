#include "app/service_plan.hpp"

#include "base/embedded.hpp"

#include <algorithm>
#include <cstdio>

namespace cistern::embedded::packaging {
std::span<const File> files();
}

namespace cistern::app {
namespace {

using Kind = ServiceStep::Kind;

struct Folder {
  std::string_view path;
  std::string_view owner;
  unsigned mode;
};

// The group may read the configuration and the secrets, and changes neither. The set-group bit
// gives a new secret's file to the service's group.
constexpr Folder kFolders[] = {
    {"/etc/cistern", "root:cistern", 0750},
    {"/etc/cistern/secrets", "root:cistern", 02750},
    {"/var/lib/cistern", "cistern:cistern", 0700},
    {"/var/lib/cistern-keys", "cistern:cistern", 0700},
    {"/var/log/cistern", "cistern:cistern", 0750},
};
constexpr std::string_view kErased[] = {"/etc/cistern", "/var/lib/cistern", "/var/lib/cistern-keys",
                                        "/var/log/cistern"};

std::string_view embedded_text(std::string_view path) {
  for (const auto& file : embedded::packaging::files())
    if (file.path == path) return file.text;
  return {};
}

bool exists(const ServiceFacts& facts, std::string_view path) {
  return std::find(facts.paths.begin(), facts.paths.end(), path) != facts.paths.end();
}

ServiceStep keep(std::string_view path, std::string why) {
  return {.path = std::string{path}, .text = std::move(why)};
}

ServiceStep run(std::vector<std::string> command, bool optional = false) {
  return {.kind = Kind::command, .command = std::move(command), .optional = optional};
}

/// The tools for users know a root of their own.
std::vector<std::string> user_tool(const ServiceFacts& facts, std::string tool,
                                   std::vector<std::string> arguments) {
  std::vector<std::string> out{std::move(tool)};
  if (!facts.root.empty()) out.insert(out.end(), {"--prefix", facts.root});
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

std::optional<Failure> refused(const ServiceFacts& facts) {
  if (!facts.packaged) return std::nullopt;
  return Failure{.verdict = Verdict::stop,
                 .code = "service/packaged",
                 .cause = "the Debian package cistern has installed the service on this machine",
                 .consequence = "nothing was changed",
                 .next_step =
                     "use it: systemctl enable --now cistern; or remove the package first: "
                     "apt remove cistern"};
}

void plan_unit(const ServiceFacts& facts, std::vector<ServiceStep>& steps) {
  const auto wanted = service_unit();
  if (facts.unit == wanted) {
    steps.push_back(keep(kServiceUnit, "it is as it should be"));
    return;
  }
  if (facts.unit)
    steps.push_back({.kind = Kind::rename,
                     .path = std::string{kServiceUnit},
                     .text = std::string{kServiceUnit} + ".old"});
  steps.push_back({.kind = Kind::file,
                   .path = std::string{kServiceUnit},
                   .text = wanted,
                   .owner = "root:root",
                   .mode = 0644});
  if (facts.systemd_runs) steps.push_back(run({"systemctl", "daemon-reload"}));
}

std::string mode_text(unsigned mode) {
  char text[8];
  std::snprintf(text, sizeof text, "%04o", mode);
  return text;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out +=
        (out.empty() ? "" : " ") + (word.find(' ') == std::string::npos ? word : "'" + word + "'");
  return out;
}

}  // namespace

std::vector<std::string> service_paths() {
  std::vector<std::string> paths{std::string{kServiceProgram}, std::string{kServiceUnit},
                                 std::string{kServiceUnit} + ".old",
                                 std::string{kServiceConfiguration}};
  for (const auto& folder : kFolders)
    paths.emplace_back(folder.path);
  return paths;
}

std::string service_unit() {
  constexpr std::string_view kPackaged = "/usr/bin/cistern";
  std::string unit{embedded_text("cistern.service")};
  for (auto at = unit.find(kPackaged); at != std::string::npos;
       at = unit.find(kPackaged, at + kServiceProgram.size()))
    unit.replace(at, kPackaged.size(), kServiceProgram);
  return unit;
}

Result<std::vector<ServiceStep>> plan_service_install(const ServiceFacts& facts) {
  if (auto failure = refused(facts)) return fail(std::move(*failure));
  std::vector<ServiceStep> steps;
  if (facts.user_exists) {
    steps.push_back(keep("user cistern", "it exists"));
  } else {
    steps.push_back(
        run(user_tool(facts, "useradd",
                      {"--system", "--user-group", "--no-create-home", "--home-dir",
                       "/var/lib/cistern", "--shell", "/usr/sbin/nologin", "--comment",
                       "cistern, collector of security logs", std::string{kServiceUser}})));
  }
  for (const auto& folder : kFolders) {
    if (exists(facts, folder.path)) {
      steps.push_back(keep(folder.path, "it exists"));
    } else {
      steps.push_back({.kind = Kind::directory,
                       .path = std::string{folder.path},
                       .owner = std::string{folder.owner},
                       .mode = folder.mode});
    }
  }
  if (exists(facts, kServiceConfiguration)) {
    steps.push_back(keep(kServiceConfiguration, "it exists, and is never overwritten"));
  } else {
    steps.push_back({.kind = Kind::file,
                     .path = std::string{kServiceConfiguration},
                     .text = std::string{embedded_text("cistern.yaml")},
                     .owner = "root:cistern",
                     .mode = 0640});
  }
  if (facts.same_program) {
    steps.push_back(keep(kServiceProgram, "it is this program"));
  } else {
    steps.push_back({.kind = Kind::program,
                     .path = std::string{kServiceProgram},
                     .owner = "root:root",
                     .mode = 0755});
  }
  plan_unit(facts, steps);
  return steps;
}

Result<std::vector<ServiceStep>> plan_service_uninstall(const ServiceFacts& facts, bool purge) {
  if (auto failure = refused(facts)) return fail(std::move(*failure));
  std::vector<ServiceStep> steps;
  if (facts.systemd_runs && facts.unit)
    steps.push_back(run({"systemctl", "disable", "--now", "cistern.service"}));
  for (const auto& path : {std::string{kServiceUnit}, std::string{kServiceUnit} + ".old",
                           std::string{kServiceProgram}})
    if (exists(facts, path)) steps.push_back({.kind = Kind::remove, .path = path});
  if (facts.systemd_runs && facts.unit) steps.push_back(run({"systemctl", "daemon-reload"}));
  for (const auto path : kErased) {
    if (!exists(facts, path)) continue;
    if (purge) {
      steps.push_back({.kind = Kind::erase, .path = std::string{path}});
    } else {
      steps.push_back(keep(path, "only --purge removes it"));
    }
  }
  if (!facts.user_exists) return steps;
  if (purge) {
    // Where groups are shared the group goes with its user.
    steps.push_back(run(user_tool(facts, "userdel", {std::string{kServiceUser}})));
    steps.push_back(run(user_tool(facts, "groupdel", {std::string{kServiceUser}}), true));
  } else {
    steps.push_back(keep("user cistern", "only --purge removes it"));
  }
  return steps;
}

std::vector<std::string> falcon_takeover(const ServiceFacts& facts) {
  if (!facts.falcon_unit && !facts.falcon_script) return {};
  const std::string service{kFalconService};
  std::vector<std::string> lines = {
      "the Falcon SIEM Connector is installed here and was not touched; to take over from it:",
      "  mv /etc/cistern/cistern.yaml /etc/cistern/cistern.yaml.example",
      "  cistern import falcon-siem-connector " + std::string{kFalconConfiguration} +
          " --out /etc/cistern",
      "  chown -R cistern: /etc/cistern/secrets /etc/cistern/cistern.yaml /etc/cistern/*.template",
  };
  if (facts.falcon_unit) {
    lines.push_back("  systemctl disable --now " + service);
  } else {
    lines.push_back("  service " + service + " stop");
    lines.push_back("  chkconfig " + service + " off    (Debian: update-rc.d " + service +
                    " disable)");
  }
  lines.emplace_back(
      "  systemctl enable --now cistern    (not before: the vendor gives one app_id to one "
      "collector)");
  lines.emplace_back(
      "  docs/migration-falcon.md says how the service may write into /var/log/crowdstrike");
  return lines;
}

std::string describe(const ServiceStep& step, const std::string& root) {
  const auto path = root + step.path;
  const auto rights = " (" + step.owner + ", " + mode_text(step.mode) + ")";
  switch (step.kind) {
    case Kind::directory:
      return "make    " + path + rights;
    case Kind::file:
      return "write   " + path + rights + "\n" + step.text;
    case Kind::program:
      return "copy    this program to " + path + rights;
    case Kind::rename:
      return "rename  " + path + " to " + root + step.text;
    case Kind::remove:
      return "remove  " + path;
    case Kind::erase:
      return "erase   " + path + " with all that is in it";
    case Kind::command:
      return "run     " + joined(step.command);
    case Kind::keep:
      return "keep    " + (step.path.starts_with('/') ? path : step.path) + ": " + step.text;
  }
  return {};
}

}  // namespace cistern::app
