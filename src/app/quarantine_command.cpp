#include "app/commands.hpp"
#include "app/running.hpp"

#include <algorithm>
#include <deque>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using journal::SetAside;

struct Unread {
  Sequence sequence = 0;
  std::string connector;
  std::string stream;
  std::string reason;
};

bool belongs(const SetAside& item, const std::string& owner) {
  return owner.empty() || item.owner == owner || item.owner == "connector/" + owner ||
         item.owner == "destination/" + owner;
}

/// Events that were stored with a problem: the newest `most`. The counts say when all are found.
Result<std::vector<Unread>> with_problem(journal::Journal& journal,
                                         const QuarantineCommand& command) {
  const auto totals = journal.totals();
  if (!totals) return fail(totals.error());
  std::uint64_t known = 0;
  for (const auto& total : *totals)
    known += total.problems;
  std::deque<Unread> found;
  const auto reader = journal.reader();
  Sequence next = journal.health().oldest;
  while (known > 0) {
    const auto read = reader->read(next);
    if (!read) return fail(read.error());
    if (!read->group) break;
    for (const auto& envelope : read->group->envelopes) {
      if (envelope.problem.empty()) continue;
      --known;
      if (!command.owner.empty() && envelope.connector != command.owner) continue;
      found.push_back({envelope.sequence, std::string{envelope.connector},
                       std::string{envelope.stream}, std::string{envelope.problem}});
      if (found.size() > command.most) found.pop_front();
      if (known == 0) break;
    }
    next = read->group->last + 1;
  }
  return std::vector<Unread>{found.begin(), found.end()};
}

void print_lists(const std::vector<SetAside>& items, const std::vector<Unread>& unread,
                 const Output& output) {
  if (items.empty() && unread.empty()) return output.line("nothing is set aside");
  if (!items.empty()) {
    Table table{{"ID", "BY", "ITEM", "SINCE", "REASON"}};
    for (const auto& item : items) {
      table.row({std::to_string(item.id), item.owner, item.item,
                 format_time_seconds(item.since) + "Z", item.reason});
    }
    output.print(table.text(output));
  }
  if (unread.empty()) return;
  Table table{{"SEQUENCE", "CONNECTOR", "STREAM", "STORED AS IT CAME, BECAUSE"}};
  for (const auto& event : unread)
    table.row({std::to_string(event.sequence), event.connector, event.stream, event.reason});
  output.print((items.empty() ? "" : "\n") + table.text(output));
}

void print_json(const std::vector<SetAside>& items, const std::vector<Unread>& unread,
                const Output& output) {
  boost::json::array aside;
  for (const auto& item : items) {
    aside.push_back({{"id", item.id},
                     {"owner", item.owner},
                     {"item", item.item},
                     {"sequence", item.sequence},
                     {"reason", item.reason},
                     {"since", format_time(item.since)}});
  }
  boost::json::array problems;
  for (const auto& event : unread) {
    problems.push_back({{"sequence", event.sequence},
                        {"connector", event.connector},
                        {"stream", event.stream},
                        {"reason", event.reason}});
  }
  output.line(boost::json::serialize(boost::json::object{
      {"set_aside", std::move(aside)}, {"stored_with_problem", std::move(problems)}}));
}

/// The numbers that the command means; a failure when there are none.
Result<std::vector<std::uint64_t>> chosen_ids(const config::Configuration& configuration,
                                              const QuarantineCommand& command,
                                              const Output& output) {
  if (!command.all) {
    if (command.ids.empty()) {
      return fail_stop("cistern/no-items", "no item is named",
                       "give numbers of `cistern quarantine list`, or --all");
    }
    return command.ids;
  }
  const auto store = open_store(configuration, output);
  if (!store) return fail_stop("store/unreadable", "the store cannot be read", "see above");
  const auto list = store->journal->set_aside_list();
  if (!list) return fail(list.error());
  std::vector<std::uint64_t> ids;
  for (const auto& item : *list) {
    if (belongs(item, command.owner)) ids.push_back(item.id);
  }
  return ids;
}

Status drop_one(const config::Configuration& configuration, std::uint64_t id) {
  const auto answer = ask_running(configuration, {{"command", "quarantine_drop"}, {"id", id}});
  if (answer) return {};
  if (answer.error().code != "control/not-running") return fail(answer.error());
  return change_stopped_store(configuration,
                              {.kind = journal::StoreEdit::Kind::drop_set_aside, .id = id});
}

ExitCode for_each_item(
    const QuarantineCommand& command, const std::string& question, const std::string& done,
    const std::function<Status(const config::Configuration&, std::uint64_t)>& act,
    const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto ids = chosen_ids(*configuration, command, output);
  if (!ids) return output.failure(ids.error(), ExitCode::usage);
  if (!question.empty() && !ids->empty()) {
    const auto agreed = confirmed(command.yes, std::to_string(ids->size()) + question, output);
    if (!agreed) return output.failure(agreed.error(), ExitCode::usage);
    if (!*agreed) return ExitCode::ok;
  }
  boost::json::array results;
  ExitCode code = ExitCode::ok;
  for (const auto id : *ids) {
    const auto acted = act(*configuration, id);
    if (!acted && acted.error().code == "control/not-running")
      return output.failure(acted.error(), ExitCode::not_running);
    if (!acted) code = ExitCode::findings;
    results.push_back({{"id", id},
                       {"ok", acted.has_value()},
                       {"reason", acted ? std::string{} : acted.error().sentence()}});
    if (!command.json)
      output.line(std::to_string(id) + "  " + (acted ? done : acted.error().sentence()));
  }
  if (command.json) output.line(boost::json::serialize(boost::json::object{{"items", results}}));
  return code;
}

}  // namespace

ExitCode quarantine_list(const QuarantineCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  auto items = store->journal->set_aside_list();
  if (!items) return output.failure(items.error(), ExitCode::store);
  std::erase_if(*items, [&](const auto& item) { return !belongs(item, command.owner); });
  std::vector<Unread> unread;
  if (command.problems) {
    auto found = with_problem(*store->journal, command);
    if (!found) return output.failure(found.error(), ExitCode::store);
    unread = std::move(*found);
  }
  if (command.json) {
    print_json(*items, unread, output);
  } else {
    print_lists(*items, unread, output);
  }
  return items->empty() && unread.empty() ? ExitCode::ok : ExitCode::findings;
}

ExitCode quarantine_retry(const QuarantineCommand& command, const Output& output) {
  return for_each_item(
      command, {}, "delivered",
      [](const config::Configuration& configuration, std::uint64_t id) -> Status {
        const auto answer =
            ask_running(configuration, {{"command", "quarantine_retry"}, {"id", id}});
        return answer ? Status{} : Status{fail(answer.error())};
      },
      output);
}

ExitCode quarantine_drop(const QuarantineCommand& command, const Output& output) {
  return for_each_item(command, " items leave the list and are not delivered.", "dropped", drop_one,
                       output);
}

}  // namespace cistern::app
