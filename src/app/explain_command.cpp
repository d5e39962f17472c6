#include "app/commands.hpp"
#include "app/setup.hpp"
#include "base/bytes.hpp"

#include <charconv>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

/// An event found in the store, with the memory behind its envelope.
struct Found {
  std::shared_ptr<const journal::Group> group;
  const journal::Envelope* envelope = nullptr;
};

Result<Found> read_event(journal::Journal& journal, Sequence sequence) {
  auto read = journal.reader()->read(sequence);
  if (!read) return fail(read.error());
  if (read->group != nullptr) {
    for (const auto& envelope : read->group->envelopes) {
      if (envelope.sequence == sequence) return Found{read->group, &envelope};
    }
  }
  const auto reason = read->hole ? read->hole->reason : std::string{"it is not in the store"};
  return fail_stop("cistern/no-such-event",
                   "there is no event " + std::to_string(sequence) + ": " + reason,
                   "`cistern status` says which sequences the store holds");
}

Result<Found> find_event(journal::Journal& journal, const std::string& id) {
  if (const auto identity = identity_from_hex(lower_case(id))) {
    auto sequence = journal.find(*identity);
    if (!sequence) return fail(sequence.error());
    if (!*sequence) {
      return fail_stop(
          "cistern/no-such-event", "no event of the store has the id " + id,
          "check the id (cistern.id of a document); events older than `store.keep` are gone");
    }
    return read_event(journal, **sequence);
  }
  Sequence sequence = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), sequence);
  if (error != std::errc{} || end != id.data() + id.size()) {
    return fail_stop("cistern/usage",
                     "'" + id + "' is neither 32 hexadecimal digits nor a sequence number",
                     "copy cistern.id of a document");
  }
  return read_event(journal, sequence);
}

struct Delivered {
  std::string destination;
  bool done = false;
};

/// Which destinations have moved past the event. A cursor tells only that.
Result<std::vector<Delivered>> deliveries(journal::Journal& journal, Sequence sequence) {
  auto cursors = journal.cursors();
  if (!cursors) return fail(cursors.error());
  std::vector<Delivered> all;
  for (const auto& [name, cursor] : *cursors)
    all.push_back({name, cursor.next > sequence});
  return all;
}

struct Rendered {
  std::string document;
  std::string mapping_version;
  std::vector<std::string> unknown;
  std::vector<std::string> wrong;
};

Result<Rendered> render_event(const config::Configuration& configuration, const Registry& registry,
                              const journal::Envelope& envelope) {
  auto views = compile_views(configuration, registry);
  if (!views) return fail(views.error());
  const auto view = (*views)->find(envelope.connector);
  Rendered rendered;
  if (view == (*views)->end()) return rendered;
  const auto scratch = view->second->make_scratch();
  view->second->render(envelope, {}, *scratch, rendered.document);
  rendered.mapping_version = view->second->version();
  for (const auto& [stream, drift] : scratch->take_drift()) {
    for (const auto& [name, count] : drift.unknown_fields)
      rendered.unknown.push_back(name);
    for (const auto& [name, count] : drift.wrong_types)
      rendered.wrong.push_back(name);
  }
  return rendered;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names)
    all += (all.empty() ? "" : ", ") + name;
  return all.empty() ? "none" : all;
}

void print(const journal::Envelope& envelope, const Rendered& rendered,
           const std::vector<Delivered>& delivered, const Output& output) {
  Table table{{"EVENT", std::string{envelope.id}}};
  table.row({"sequence", std::to_string(envelope.sequence)});
  table.row({"connector", std::string{envelope.connector}});
  table.row({"stream", std::string{envelope.stream}});
  table.row({"happened", envelope.time.empty() ? "not known" : std::string{envelope.time}});
  table.row({"received", std::string{envelope.received}});
  table.row({"read from", envelope.meta.empty() ? "not recorded" : std::string{envelope.meta}});
  table.row({"form", envelope.problem.empty()
                         ? "sound"
                         : "kept with a problem: " + std::string{envelope.problem}});
  table.row({"mapping", rendered.mapping_version.empty() ? "its connector is no longer configured"
                                                         : rendered.mapping_version});
  table.row({"unknown fields", joined(rendered.unknown)});
  table.row({"wrong types", joined(rendered.wrong)});
  for (const auto& one : delivered)
    table.row({"destination", one.destination + (one.done ? ": delivered" : ": waiting")});
  output.print(table.text(output));
  output.line("\n" + output.toned("the vendor's words", Tone::bold) + "\n" +
              std::string{envelope.raw});
  if (!rendered.document.empty())
    output.line("\n" + output.toned("as ECS", Tone::bold) + "\n" + rendered.document);
}

boost::json::array json_names(const std::vector<std::string>& names) {
  boost::json::array all;
  for (const auto& name : names)
    all.push_back(boost::json::value(name));
  return all;
}

std::string json_of(const journal::Envelope& envelope, const Rendered& rendered,
                    const std::vector<Delivered>& delivered) {
  boost::json::array destinations;
  for (const auto& one : delivered)
    destinations.push_back({{"destination", one.destination}, {"delivered", one.done}});
  boost::json::object object{{"id", envelope.id},
                             {"sequence", envelope.sequence},
                             {"connector", envelope.connector},
                             {"stream", envelope.stream},
                             {"received", envelope.received},
                             {"time", envelope.time},
                             {"problem", envelope.problem},
                             {"mapping_version", rendered.mapping_version},
                             {"unknown_fields", json_names(rendered.unknown)},
                             {"wrong_types", json_names(rendered.wrong)},
                             {"destinations", std::move(destinations)}};
  boost::json::error_code error;
  if (!envelope.meta.empty()) object["meta"] = boost::json::parse(envelope.meta, error);
  object["raw"] = envelope.raw;
  object["document"] = rendered.document;
  return boost::json::serialize(object);
}

}  // namespace

ExitCode explain(const ExplainCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  const auto found = find_event(*store->journal, command.id);
  if (!found)
    return output.failure(found.error(), found.error().code == "cistern/usage"
                                             ? ExitCode::usage
                                             : ExitCode::findings);
  const auto rendered = render_event(*configuration, registry, *found->envelope);
  if (!rendered) return output.failure(rendered.error(), ExitCode::configuration);
  const auto delivered = deliveries(*store->journal, found->envelope->sequence);
  if (!delivered) return output.failure(delivered.error(), ExitCode::store);
  if (command.json) {
    output.line(json_of(*found->envelope, *rendered, *delivered));
  } else {
    print(*found->envelope, *rendered, *delivered, output);
  }
  return ExitCode::ok;
}

}  // namespace cistern::app
