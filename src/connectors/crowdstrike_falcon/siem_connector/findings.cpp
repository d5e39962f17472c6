#include "connectors/crowdstrike_falcon/siem_connector/findings.hpp"

namespace cistern::connectors::crowdstrike_falcon {

std::string_view to_string(Finding::Severity severity) {
  switch (severity) {
    case Finding::Severity::note:
      return "note";
    case Finding::Severity::warning:
      return "warning";
    case Finding::Severity::error:
      return "error";
  }
  return {};
}

std::string Finding::place() const {
  return line > 0 ? file + ":" + std::to_string(line) : file;
}

void FindingList::add(Finding::Severity severity, int line, std::string what,
                      std::string next_step) {
  list_.push_back({severity, file_, line, std::move(what), std::move(next_step)});
}

}  // namespace cistern::connectors::crowdstrike_falcon
