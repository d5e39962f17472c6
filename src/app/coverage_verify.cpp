#include "app/coverage_verify.hpp"

#include "app/coverage_strip.hpp"
#include "journal/index/completeness.hpp"
#include "net/io_loop.hpp"
#include "runtime/poll/relist_check.hpp"

#include <algorithm>
#include <csignal>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using runtime::ItemStanding;
using runtime::RelistResult;

constexpr Duration kUsualWindow = std::chrono::hours{24};

struct Window {
  TimePoint from{};
  TimePoint to{};
};

Window window_of(const CoverageCommand& command, TimePoint now) {
  const TimePoint to = command.to.value_or(now);
  return {command.from.value_or(to - kUsualWindow), to};
}

/// Lists again, on a loop of its own; fails when the listing is not whole.
Result<std::vector<runtime::OfferedItem>> relist(const runtime::ConnectorType& type,
                                                 const config::Component& component,
                                                 const Position& position, const Window& window,
                                                 const std::string& stream, const Output& output) {
  const auto loop = net::make_io_loop();
  const SystemClock clock;
  SystemRandom random;
  std::vector<runtime::OfferedItem> offered;
  Status ended = fail_stop("cistern/interrupted", "listing was interrupted", "ask again");
  const auto run = type.relist(
      component.values,
      {.loop = *loop,
       .clock = clock,
       .random = random,
       .from = window.from,
       .to = window.to,
       .stream = stream,
       .position = position,
       .offered = [&](runtime::OfferedItem item) { offered.push_back(std::move(item)); },
       .note = [&](const std::string& words) { output.note(component.name + ": " + words); },
       .finished =
           [&](const Status& status) {
             ended = status;
             loop->stop();
           }});
  loop->on_signals({SIGINT, SIGTERM}, [&](int) { loop->stop(); });
  loop->run();
  if (!ended) return fail(ended.error());
  return offered;
}

/// What the store knows, read after the listing: what was stored meanwhile counts.
Result<RelistResult> compare(const std::string& connector,
                             const std::vector<runtime::OfferedItem>& offered, OpenStore& store) {
  const auto ledger = store.journal->ledger(connector);
  if (!ledger) return fail(ledger.error());
  const auto position = store.journal->position(connector);
  if (!position) return fail(position.error());
  std::map<std::string, TimePoint> through;
  for (const auto& stream : journal::completeness(*ledger, {}))
    through[stream.stream] = stream.through;
  return runtime::check_relisted(offered, *ledger, *position, through);
}

std::string when(TimePoint time) {
  return time == TimePoint{} ? "-" : format_time_seconds(time) + "Z";
}

void print(const std::string& connector, const Window& window, const RelistResult& result,
           TimePoint now, const Output& output) {
  output.line(output.toned(connector, Tone::bold) + "  " + when(window.from) + " to " +
              when(window.to));
  std::uint64_t all = 0;
  std::string counts;
  for (const auto& [standing, count] : result.counts) {
    all += count;
    counts += ", " + grouped(count) + " " + std::string{to_string(standing)};
  }
  output.line("  the vendor lists " + grouped(all) + " items" + counts);
  for (const auto& found : result.findings) {
    auto line = "  " + output.toned(to_string(found.standing), Tone::bad) + "  " +
                found.item.stream + "  " + when(found.item.available) + "  " + found.item.item +
                "  " + found.reason;
    const auto until = expiry_words(found.item.expires, now);
    if (!until.empty()) line += "; " + until;
    output.line(line);
  }
  if (result.counts.contains(ItemStanding::missing)) {
    output.line(
        "  next step: an item that the vendor offered only now is found by the next sweep "
        "(sweep_interval); ask again after it.\n"
        "             What is missing then: keep this output and report it.");
  }
}

boost::json::object json_of(const std::string& connector, const Window& window,
                            const RelistResult& result) {
  boost::json::object counts;
  for (const auto& [standing, count] : result.counts)
    counts[to_string(standing)] = count;
  boost::json::array findings;
  for (const auto& found : result.findings) {
    findings.push_back({{"standing", to_string(found.standing)},
                        {"stream", found.item.stream},
                        {"item", found.item.item},
                        {"available", format_time(found.item.available)},
                        {"expires", found.item.expires == TimePoint{}
                                        ? boost::json::value(nullptr)
                                        : boost::json::value(format_time(found.item.expires))},
                        {"reason", found.reason}});
  }
  return {{"connector", connector},
          {"from", format_time(window.from)},
          {"to", format_time(window.to)},
          {"counts", std::move(counts)},
          {"findings", std::move(findings)}};
}

}  // namespace

ExitCode coverage_verify(const CoverageCommand& command, const config::Configuration& configuration,
                         const Registry& registry, OpenStore& store, const Output& output) {
  const TimePoint now = store.clock.now();
  const Window window = window_of(command, now);
  bool sound = true;
  boost::json::array all;
  for (const auto& component : configuration.connectors) {
    if (!command.connector.empty() && component.name != command.connector) continue;
    const auto* type = registry.connector(component.type);
    if (!type->relist) {
      output.note(component.name + ": its vendor has no listing to compare with");
      continue;
    }
    const auto position = store.journal->position(component.name);
    if (!position) return output.failure(position.error(), ExitCode::store);
    const auto offered = relist(*type, component, *position, window, command.stream, output);
    if (!offered) return output.failure(offered.error(), ExitCode::failed);
    const auto result = compare(component.name, *offered, store);
    if (!result) return output.failure(result.error(), ExitCode::store);
    sound = sound && result->sound();
    if (command.json) {
      all.push_back(json_of(component.name, window, *result));
    } else {
      print(component.name, window, *result, now, output);
    }
  }
  if (command.json) {
    output.line(boost::json::serialize(
        boost::json::object{{"sound", sound}, {"connectors", std::move(all)}}));
  }
  return sound ? ExitCode::ok : ExitCode::findings;
}

}  // namespace cistern::app
