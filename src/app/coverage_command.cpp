#include "app/commands.hpp"
#include "app/coverage_strip.hpp"
#include "app/coverage_verify.hpp"
#include "app/setup.hpp"
#include "journal/index/completeness.hpp"
#include "runtime/status/coverage_hours.hpp"

#include <algorithm>

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

struct Report {
  std::vector<StreamCompleteness> streams;
  std::vector<runtime::StreamHours> hours;  ///< In the same order of names.
  std::vector<runtime::DamagedStretch> damaged;
  bool whole = true;
};

/// When the events around a hole arrived: what lies between them is what it may have hit.
TimePoint received_near(journal::Journal& journal, Sequence sequence, TimePoint otherwise) {
  const auto read = journal.reader()->read(sequence);
  if (!read || read->group == nullptr) return otherwise;
  const auto& envelopes = read->group->envelopes;
  const auto at = std::find_if(envelopes.begin(), envelopes.end(),
                               [&](const auto& envelope) { return envelope.sequence >= sequence; });
  if (at == envelopes.end()) return otherwise;
  return parse_time(at->received).value_or(otherwise);
}

std::vector<runtime::DamagedStretch> damaged_stretches(OpenStore& store) {
  std::vector<runtime::DamagedStretch> stretches;
  for (const auto& hole : store.journal->health().holes) {
    // The event before it must be the one before it, or the lower end would be too late.
    TimePoint from{};
    const auto before = hole.from > 1 ? store.journal->reader()->read(hole.from - 1)
                                      : Result<journal::ReadResult>{};
    if (before && before->group && before->group->first < hole.from) {
      from = received_near(*store.journal, hole.from - 1, {});
    }
    stretches.push_back(
        {.hole = hole,
         .received_from = from,
         .received_to = received_near(*store.journal, hole.to + 1, store.clock.now())});
  }
  return stretches;
}

bool within(const CoverageCommand& command, TimePoint from, TimePoint to) {
  return (!command.from || to >= *command.from) && (!command.to || from < *command.to);
}

Result<Report> make_report(const CoverageCommand& command, OpenStore& store) {
  auto ledger = store.journal->ledger(command.connector);
  if (!ledger) return fail(ledger.error());
  auto totals = store.journal->totals();
  if (!totals) return fail(totals.error());
  const auto other_stream = [&](const std::string& stream) {
    return !command.stream.empty() && stream != command.stream;
  };
  std::erase_if(*ledger, [&](const auto& row) { return other_stream(row.coverage.stream); });
  std::erase_if(*totals, [&](const auto& total) {
    return (!command.connector.empty() && total.connector != command.connector) ||
           other_stream(total.stream);
  });
  Report report;
  report.damaged = damaged_stretches(store);
  report.streams = journal::completeness(*ledger, *totals);
  report.hours = runtime::coverage_hours(*ledger, report.damaged,
                                         {.now = store.clock.now(),
                                          .from = command.from.value_or(TimePoint{}),
                                          .to = command.to.value_or(TimePoint{})});
  for (auto& stream : report.streams) {
    std::erase_if(stream.gaps, [&](const Gap& gap) { return !within(command, gap.from, gap.to); });
    report.whole = report.whole && stream.whole();
  }
  for (auto& stretch : report.damaged) {
    stretch.asked_again = runtime::asked_again(*ledger, stretch);
    report.whole = report.whole && stretch.asked_again;
  }
  report.whole = report.whole && std::none_of(report.hours.begin(), report.hours.end(),
                                              [](const auto& hours) { return hours.has_gap(); });
  return report;
}

/// One line a stretch, for tools that read lines.
void print_spans(const runtime::StreamHours& stream, TimePoint now, const Output& output) {
  for (const auto& span : stream.spans) {
    std::string line = stream.connector + "  " + stream.stream + "  " + when(span.from) + "  " +
                       when(span.to) + "  " + std::string{to_string(span.state)};
    if (!span.reason.empty()) line += "  " + span.reason;
    const auto until = expiry_words(span.expires, now);
    if (span.state == runtime::HourState::gap && !until.empty()) line += "; " + until;
    for (const auto& item : span.items)
      line += "  " + item;
    output.line(line);
  }
}

void print_report(const Report& report, TimePoint now, const Output& output) {
  Table table{{"CONNECTOR", "STREAM", "COMPLETE FROM", "COMPLETE THROUGH", "EVENTS",
               "VENDOR'S DUPLICATES", "GAPS"}};
  for (const auto& stream : report.streams) {
    table.row({stream.connector, stream.stream, when(stream.from), when(stream.through),
               grouped(stream.stored), grouped(stream.duplicates),
               stream.gaps.empty() ? "none" : std::to_string(stream.gaps.size())});
  }
  output.print(table.text(output) + "\n");
  if (output.terminal()) output.line("an hour: # whole  ~ filling  ! gap  . no data expected");
  for (const auto& stream : report.hours) {
    if (!output.terminal()) {
      print_spans(stream, now, output);
      continue;
    }
    output.line(output.toned(stream.connector + "  " + stream.stream, Tone::bold));
    output.print(coverage_strip(stream, output));
    for (const auto& line : coverage_notes(stream, now, output))
      output.line(line);
  }
  for (const auto& stretch : report.damaged) {
    output.line(output.toned("damaged", Tone::bad) + "  sequences " +
                std::to_string(stretch.hole.from) + " to " + std::to_string(stretch.hole.to) +
                " of the store cannot be read (" + stretch.hole.reason +
                "); they arrived between " + when(stretch.received_from) + " and " +
                when(stretch.received_to) +
                (stretch.asked_again ? "; what the vendor still had was stored again" : ""));
  }
}

boost::json::array json_of(const runtime::StreamHours& stream) {
  boost::json::array hours;
  for (const auto& span : stream.spans) {
    boost::json::array items;
    for (const auto& item : span.items)
      items.push_back(boost::json::value(item));
    hours.push_back({{"state", to_string(span.state)},
                     {"from", json_time(span.from)},
                     {"to", json_time(span.to)},
                     {"reason", span.reason},
                     {"expires", json_time(span.expires)},
                     {"missing_items", span.missing_items},
                     {"items", std::move(items)}});
  }
  return hours;
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

std::string report_json(const Report& report) {
  boost::json::array rows;
  for (const auto& stream : report.streams) {
    auto row = json_of(stream);
    for (const auto& hours : report.hours) {
      if (hours.connector == stream.connector && hours.stream == stream.stream) {
        row["hours"] = json_of(hours);
      }
    }
    rows.push_back(std::move(row));
  }
  boost::json::array missing;
  for (const auto& stretch : report.damaged) {
    missing.push_back({{"from", stretch.hole.from},
                       {"to", stretch.hole.to},
                       {"reason", stretch.hole.reason},
                       {"received_from", json_time(stretch.received_from)},
                       {"received_to", json_time(stretch.received_to)},
                       {"asked_again", stretch.asked_again}});
  }
  return boost::json::serialize(boost::json::object{
      {"whole", report.whole}, {"streams", std::move(rows)}, {"missing", std::move(missing)}});
}

}  // namespace

ExitCode coverage(const CoverageCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  if (command.verify) {
    return coverage_verify(command, *configuration, registry, *store, output);
  }
  const auto report = make_report(command, *store);
  if (!report) return output.failure(report.error(), ExitCode::store);
  if (command.json) {
    output.line(report_json(*report));
  } else {
    print_report(*report, store->clock.now(), output);
  }
  return report->whole ? ExitCode::ok : ExitCode::findings;
}

}  // namespace cistern::app
