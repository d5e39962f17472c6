// connector rename, connector remove, destination forget: through the running process, or in the
// store itself where none runs.
#include "app/commands.hpp"
#include "app/reload_output.hpp"
#include "app/running.hpp"
#include "app/vendor_release.hpp"
#include "runtime/reload/store_change.hpp"

#include <algorithm>
#include <functional>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using Kind = journal::StoreEdit::Kind;

struct Change {
  journal::StoreEdit edit;
  boost::json::object request;
  std::string done;  ///< What is said when it is done.
};

/// What would be given up, as a question; nothing when nothing is.
using Question = std::function<std::string(journal::Journal&)>;

ExitCode make_change(const config::Configuration& configuration, const Change& change, bool json,
                     const Output& output) {
  const auto answer = ask_running(configuration, change.request);
  if (answer) {
    const auto code = print_reload(*answer, json, output);
    if (code == ExitCode::ok && !json) output.line(change.done);
    return code;
  }
  if (answer.error().code != "control/not-running")
    return output.failure(answer.error(), ExitCode::failed);
  const auto changed = change_stopped_store(configuration, change.edit);
  if (!changed) return output.failure(changed.error(), ExitCode::store);
  output.line(json ? R"({"ok":true,"running":false})" : change.done);
  return ExitCode::ok;
}

ExitCode ask_and_change(const std::string& file, const Change& change, bool yes, bool json,
                        const Question& question, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(file, registry, output);
  if (!configuration) return ExitCode::configuration;
  std::string what;
  {
    const auto store = open_store(*configuration, output);
    if (!store) return ExitCode::store;
    what = question(*store->journal);
  }
  if (!what.empty()) {
    const auto agreed = confirmed(yes, what, output);
    if (!agreed) return output.failure(agreed.error(), ExitCode::usage);
    if (!*agreed) {
      output.note("nothing was changed");
      return ExitCode::ok;
    }
  }
  return make_change(*configuration, change, json, output);
}

/// What stands at the vendor because of the connector that is to be removed.
struct MadeAtVendor {
  Position position;
  std::vector<LeftBehind> left;
};

/// Fails where the removal is not permitted, so that nothing is removed at the vendor for a
/// connector that stays.
Result<MadeAtVendor> made_at_vendor(const config::Configuration& configuration,
                                    const Registry& registry, const journal::StoreEdit& edit,
                                    const Output& output) {
  const auto store = open_store(configuration, output);
  if (!store) return fail_stop("store/unusable", "the store cannot be read", "see above");
  if (auto allowed = runtime::permitted(edit, configuration, *store->journal); !allowed)
    return fail(allowed.error());
  auto position = store->journal->position(edit.name);
  if (!position) return fail(position.error());
  auto left = left_behind(registry, *position);
  return MadeAtVendor{.position = std::move(*position), .left = std::move(left)};
}

/// A running cistern lets go of the connector first: it would make again what is removed here.
Status release_all(const config::Configuration& configuration, const MadeAtVendor& made,
                   const Output& output) {
  if (made.left.empty()) return {};
  const auto answer = ask_running(configuration, {{"command", "reload"}});
  if (!answer && answer.error().code != "control/not-running") return fail(answer.error());
  for (const auto& left : made.left) {
    auto released =
        release_at_vendor(left, made.position, configuration.store.text("path"), output);
    if (!released) return released;
  }
  return {};
}

std::string undelivered(const std::string& name, journal::Journal& journal) {
  const auto cursor = journal.cursor(name);
  if (!cursor || !*cursor) return {};
  const auto last = journal.health().last;
  const auto waiting = (*cursor)->next > last ? 0 : last - (*cursor)->next + 1;
  return "Destination '" + name + "' is forgotten: " + grouped(waiting) +
         " events that wait for it are not delivered to it any more.";
}

}  // namespace

ExitCode connector_rename(const ConnectorCommand& command, const Output& output) {
  const Change change{
      .edit = {.kind = Kind::rename_connector, .name = command.name, .to = command.to},
      .request = {{"command", "rename_connector"}, {"name", command.name}, {"to", command.to}},
      .done = "'" + command.name + "' is '" + command.to + "' now and goes on where it was"};
  const auto question = [&](journal::Journal& journal) -> std::string {
    const auto own = journal.position(command.to);
    if (!own || own->empty()) return {};
    return "'" + command.to + "' has begun to read by itself already. Its position gives way to '" +
           command.name + "''s; what it has read since is read again, and repeats are dropped.";
  };
  return ask_and_change(command.configuration, change, command.yes, command.json, question, output);
}

ExitCode connector_remove(const ConnectorCommand& command, const Output& output) {
  const Change change{
      .edit = {.kind = Kind::remove_connector, .name = command.name},
      .request = {{"command", "remove_connector"}, {"name", command.name}},
      .done = "the store knows no connector '" + command.name + "' any more; its events stay"};
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto made = made_at_vendor(*configuration, registry, change.edit, output);
  if (!made) return output.failure(made.error(), ExitCode::failed);
  std::string question = "Position, ledger and counts of connector '" + command.name +
                         "' are removed: what it has proven complete is not proven any more. Its "
                         "events stay.";
  for (const auto& left : made->left)
    question += (command.leave_at_vendor ? " Left at the vendor: " : " Removed at the vendor: ") +
                left.words + ".";
  const auto agreed = confirmed(command.yes, question, output);
  if (!agreed) return output.failure(agreed.error(), ExitCode::usage);
  if (!*agreed) {
    output.note("nothing was changed");
    return ExitCode::ok;
  }
  if (!command.leave_at_vendor) {
    if (const auto released = release_all(*configuration, *made, output); !released)
      return output.failure(released.error(), ExitCode::failed);
  }
  return make_change(*configuration, change, command.json, output);
}

ExitCode destination_forget(const DestinationCommand& command, const Output& output) {
  const Change change{.edit = {.kind = Kind::forget_reader, .name = command.name},
                      .request = {{"command", "forget_destination"}, {"name", command.name}},
                      .done = "destination '" + command.name + "' is forgotten"};
  const auto question = [&](journal::Journal& journal) {
    return undelivered(command.name, journal);
  };
  return ask_and_change(command.configuration, change, command.yes, command.json, question, output);
}

}  // namespace cistern::app
