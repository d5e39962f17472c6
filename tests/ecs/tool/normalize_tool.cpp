// Renders records offline with the mappings of Microsoft 365: a line of standard input is a record,
// or {"raw":"..."}; a line of standard output is its document, or null for a dropped one.
//   normalize_tool [--tenant GUID=NAME]... [--drift]
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "connectors/microsoft_365/functions.hpp"
#include "ecs/view.hpp"

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::embedded::microsoft_365 {
std::span<const File> files();
}

namespace {

/// The record inside {"raw":"..."}, or the line itself.
std::string record_of(const std::string& line) {
  cistern::codec::JsonMembers members(line);
  if (members.next() && members.key() == "raw" && !members.value().empty()) {
    std::string record;
    const std::string_view value = members.value();
    if (value.front() != '"') return std::string(value);
    cistern::codec::append_unescaped(record, value.substr(1, value.size() - 2));
    return record;
  }
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cistern;
  ecs::ViewOptions options;
  bool drift = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--drift") drift = true;
    if (argument != "--tenant" || i + 1 == argc) continue;
    const std::string pair = argv[++i];
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    options.tables["tenant_names"][pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  const auto view = ecs::compile_view(embedded::microsoft_365::files(),
                                      connectors::microsoft_365::mapping_functions(), options);
  if (!view) {
    std::cerr << view.error().cause << "\n";
    return 1;
  }
  const auto scratch = (*view)->make_scratch();
  codec::JsonSplitter splitter;
  std::string line;
  std::uint64_t sequence = 0;
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    const std::string raw = record_of(line);
    std::string escaped;
    journal::Envelope envelope;
    envelope.sequence = ++sequence;
    envelope.id = "00000000000000000000000000000000";
    envelope.connector = "normalize";
    envelope.stream = "audit.general";
    envelope.received = "2026-03-04T06:00:00.000Z";
    envelope.problem = splitter.why_invalid(raw);
    envelope.raw = raw;
    if (!envelope.problem.empty()) {
      codec::append_json_string(escaped, raw);
      envelope.raw = std::string_view(escaped).substr(1, escaped.size() - 2);
      envelope.form = RawForm::text;
    }
    std::string out;
    const auto outcome = (*view)->render(envelope, {}, *scratch, out);
    std::cout << (outcome == ecs::Outcome::dropped ? "null" : out) << "\n";
  }
  if (!drift) return 0;
  for (const auto& [stream, counts] : scratch->take_drift()) {
    for (const auto& [name, count] : counts.unknown_fields)
      std::cerr << name << " " << count << "\n";
    for (const auto& [name, count] : counts.wrong_types) {
      std::cerr << "type of " << name << " " << count << "\n";
    }
  }
  return 0;
}
