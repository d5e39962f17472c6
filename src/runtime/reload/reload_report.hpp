// What a reload did, in words and as JSON.
#pragma once

#include "base/log.hpp"
#include "config/difference.hpp"
#include "runtime/reload/components.hpp"

#include <string>
#include <vector>

namespace cistern::runtime {

struct ReloadedComponent {
  ComponentKind kind = ComponentKind::connector;
  config::ComponentChange change;
  /// Why it still runs with its old values, or does not run; empty when all went well.
  std::string trouble;
};

struct ReloadReport {
  std::string reason;                         ///< "SIGHUP", "asked with `cistern reload`", ...
  std::vector<config::Problem> problems;      ///< An error among them: nothing was changed.
  std::vector<ReloadedComponent> components;  ///< Those that are not unchanged.
  std::size_t unchanged = 0;
  std::vector<std::string> after_restart;  ///< "store.path"
  std::vector<Failure> failures;           ///< Why something else could not be done.

  [[nodiscard]] bool refused() const;
  /// Everything is as the file says, but for what needs a restart.
  [[nodiscard]] bool clean() const;
};

/// "1 connector added, 2 changed, 997 components unchanged"
std::string summary(const ReloadReport& report);

/// {"ok","reason","summary","problems","components","unchanged","after_restart","failures"}
std::string report_json(const ReloadReport& report);

/// A line for each fact.
void write_report(const ReloadReport& report, Log& log);

}  // namespace cistern::runtime
