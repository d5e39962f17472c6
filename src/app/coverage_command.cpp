#include "app/commands.hpp"
#include "app/setup.hpp"
#include "journal/completeness.hpp"

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using journal::Gap;
using journal::StreamCompleteness;

std::string when(TimePoint time) {
  return time == TimePoint{} ? "-" : format_time_seconds(time) + "Z";
}

boost::json::value json_time(TimePoint time) {
  return time == TimePoint{} ? boost::json::value(nullptr) : boost::json::value(format_time(time));
}

void print_gap(const StreamCompleteness& stream, const Gap& gap, const Output& output) {
  auto line = "  " +
              output.toned(journal::to_string(gap.kind),
                           gap.kind == Gap::Kind::pending ? Tone::warn : Tone::bad) +
              "  " + stream.connector + " " + stream.stream + "  " + when(gap.from);
  if (gap.to != gap.from) line += " to " + when(gap.to);
  if (!gap.item.empty()) line += "  " + gap.item;
  line += "  " + gap.reason;
  if (gap.expires != TimePoint{}) {
    line += (gap.kind == Gap::Kind::lost ? "; the vendor kept it until "
                                         : "; the vendor keeps it until ") +
            when(gap.expires);
  }
  output.line(line);
}

void print_report(const std::vector<StreamCompleteness>& streams,
                  const std::vector<journal::Hole>& holes, const Output& output) {
  Table table{{"CONNECTOR", "STREAM", "COMPLETE FROM", "COMPLETE THROUGH", "EVENTS",
               "VENDOR'S DUPLICATES", "GAPS"}};
  for (const auto& stream : streams) {
    table.row({stream.connector, stream.stream, when(stream.from), when(stream.through),
               grouped(stream.stored), grouped(stream.duplicates),
               stream.gaps.empty() ? "none" : std::to_string(stream.gaps.size())});
  }
  output.print(table.text(output));
  for (const auto& stream : streams) {
    for (const auto& gap : stream.gaps)
      print_gap(stream, gap, output);
  }
  for (const auto& hole : holes) {
    output.line("  " + output.toned("missing", Tone::bad) + "  sequences " +
                std::to_string(hole.from) + " to " + std::to_string(hole.to) + "  " + hole.reason);
  }
}

boost::json::object json_of(const StreamCompleteness& stream) {
  boost::json::array gaps;
  for (const auto& gap : stream.gaps) {
    gaps.push_back({{"kind", journal::to_string(gap.kind)},
                    {"from", json_time(gap.from)},
                    {"to", json_time(gap.to)},
                    {"item", gap.item},
                    {"reason", gap.reason},
                    {"expires", json_time(gap.expires)}});
  }
  return {{"connector", stream.connector},
          {"stream", stream.stream},
          {"complete_from", json_time(stream.from)},
          {"complete_through", json_time(stream.through)},
          {"whole", stream.whole()},
          {"events", stream.stored},
          {"duplicates", stream.duplicates},
          {"gaps", std::move(gaps)}};
}

}  // namespace

ExitCode coverage(const CoverageCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  const auto ledger = store->journal->ledger(command.connector);
  if (!ledger) return output.failure(ledger.error(), ExitCode::store);
  auto totals = store->journal->totals();
  if (!totals) return output.failure(totals.error(), ExitCode::store);
  std::erase_if(*totals, [&](const auto& total) {
    return !command.connector.empty() && total.connector != command.connector;
  });
  const auto streams = journal::completeness(*ledger, *totals);
  const auto holes = store->journal->health().holes;
  bool whole = holes.empty();
  for (const auto& stream : streams)
    whole = whole && stream.whole();
  if (command.json) {
    boost::json::array rows;
    for (const auto& stream : streams)
      rows.push_back(json_of(stream));
    boost::json::array missing;
    for (const auto& hole : holes)
      missing.push_back({{"from", hole.from}, {"to", hole.to}, {"reason", hole.reason}});
    output.line(boost::json::serialize(boost::json::object{
        {"whole", whole}, {"streams", std::move(rows)}, {"missing", std::move(missing)}}));
  } else {
    print_report(streams, holes, output);
  }
  return whole ? ExitCode::ok : ExitCode::findings;
}

}  // namespace cistern::app
