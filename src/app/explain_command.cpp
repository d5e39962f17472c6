#include "app/commands.hpp"
#include "app/event_story.hpp"

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using Standing = EventDelivery::Standing;

std::string when(TimePoint time) {
  return format_time(time);
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names)
    all += (all.empty() ? "" : ", ") + name;
  return all.empty() ? "none" : all;
}

std::string span_of(const Coverage& coverage) {
  return std::string{to_string(coverage.state)} + " " + when(coverage.from) + " to " +
         when(coverage.to);
}

std::string delivery_words(const EventDelivery& delivery) {
  const std::string by = delivery.at_latest ? " by " : " at ";
  const std::string at = delivery.at == TimePoint{} ? std::string{} : by + when(delivery.at);
  switch (delivery.standing) {
    case Standing::confirmed:
      return delivery.at == TimePoint{}
                 ? "confirmed; the log no longer says when, because that part of it is damaged"
                 : "confirmed" + at +
                       (delivery.at_latest ? " (the move itself is lost with damage)" : "");
    case Standing::waiting:
      return "waiting";
    case Standing::set_aside:
      return "set aside" + at + ": " + delivery.reason;
    case Standing::not_for_it:
      return "left out" + at + ": " + delivery.reason;
    case Standing::behind:
      return "began behind it" + at + "; it was never meant to have it";
    case Standing::unknown:
      return "passed" + at + "; it is no longer configured, so what it wanted is not known";
  }
  return {};
}

void print_reading(const EventStory& story, Table& table) {
  for (const auto& fact : story.origin)
    table.row({fact.name, fact.text});
  table.row({"blob", story.item.empty() ? "not recorded" : story.item});
  if (story.blob) {
    std::string words = "became available " + when(story.blob->from);
    if (story.blob->expires != TimePoint{}) {
      words += ", kept by the vendor until " + when(story.blob->expires);
    }
    table.row({"", words});
  }
  table.row({"window", story.window ? span_of(story.window->coverage)
                                    : "not in the ledger (yet): see `cistern coverage`"});
  if (!story.envelope->meta.empty()) table.row({"meta", std::string{story.envelope->meta}});
}

void print_mapping(const RenderedEvent& rendered, Table& table) {
  if (!rendered.configured) {
    table.row({"mapping", "its connector is no longer configured"});
    return;
  }
  table.row({"mapping", rendered.mapping_version + (rendered.dropped ? ", which drops it" : "")});
  table.row({"unmapped fields", joined(rendered.unknown)});
  table.row({"unexpected types", joined(rendered.wrong)});
}

void print(const EventStory& story, const Output& output) {
  const auto& envelope = *story.envelope;
  Table table{{"EVENT", std::string{envelope.id}}};
  table.row({"sequence", std::to_string(envelope.sequence)});
  table.row({"connector", story.connector});
  table.row({"stream", std::string{envelope.stream}});
  table.row({"happened", envelope.time.empty() ? "not known" : std::string{envelope.time}});
  print_reading(story, table);
  table.row({"received", std::string{envelope.received}});
  table.row({"committed",
             story.commit
                 ? when(story.commit->written) + ", group " + std::to_string(story.commit->group) +
                       " (sequences " + std::to_string(story.commit->first) + " to " +
                       std::to_string(story.commit->last) + ") in journal/" + story.commit->segment
                 : "its control frame is damaged: run `cistern store verify`"});
  table.row({"form", envelope.problem.empty()
                         ? "sound"
                         : "kept with a problem: " + std::string{envelope.problem}});
  print_mapping(story.rendered, table);
  for (const auto& delivery : story.deliveries)
    table.row({"to " + delivery.destination, delivery_words(delivery)});
  output.print(table.text(output));
  output.line("\n" + output.toned("the vendor's words", Tone::bold) + "\n" +
              std::string{envelope.raw});
  if (!story.rendered.document.empty())
    output.line("\n" + output.toned("as ECS", Tone::bold) + "\n" + story.rendered.document);
}

boost::json::value json_time(TimePoint time) {
  return time == TimePoint{} ? boost::json::value(nullptr) : boost::json::value(when(time));
}

boost::json::array json_names(const std::vector<std::string>& names) {
  boost::json::array all;
  for (const auto& name : names)
    all.push_back(boost::json::value(name));
  return all;
}

boost::json::object json_of(const Coverage& coverage) {
  return {{"state", to_string(coverage.state)},
          {"from", json_time(coverage.from)},
          {"to", json_time(coverage.to)},
          {"item", coverage.item},
          {"expires", json_time(coverage.expires)}};
}

boost::json::object json_reading(const EventStory& story) {
  boost::json::object reading{{"item", story.item}};
  boost::json::object facts;
  for (const auto& fact : story.origin)
    facts[fact.name] = fact.text;
  reading["facts"] = std::move(facts);
  if (story.blob) reading["blob"] = json_of(*story.blob);
  if (story.window) reading["window"] = json_of(story.window->coverage);
  return reading;
}

boost::json::array json_deliveries(const EventStory& story) {
  boost::json::array destinations;
  for (const auto& delivery : story.deliveries) {
    destinations.push_back({{"destination", delivery.destination},
                            {"standing", to_string(delivery.standing)},
                            {"delivered", delivery.standing == Standing::confirmed},
                            {"at", json_time(delivery.at)},
                            {"at_latest", delivery.at_latest},
                            {"reason", delivery.reason}});
  }
  return destinations;
}

std::string json_of(const EventStory& story) {
  const auto& envelope = *story.envelope;
  boost::json::object object{{"id", envelope.id},
                             {"sequence", envelope.sequence},
                             {"connector", story.connector},
                             {"stream", envelope.stream},
                             {"received", envelope.received},
                             {"time", envelope.time},
                             {"problem", envelope.problem},
                             {"read", json_reading(story)},
                             {"mapping_version", story.rendered.mapping_version},
                             {"unknown_fields", json_names(story.rendered.unknown)},
                             {"wrong_types", json_names(story.rendered.wrong)},
                             {"destinations", json_deliveries(story)}};
  if (story.commit) {
    object["commit"] = {{"group", story.commit->group},
                        {"segment", story.commit->segment},
                        {"written", json_time(story.commit->written)},
                        {"first", story.commit->first},
                        {"last", story.commit->last}};
  }
  boost::json::error_code error;
  if (!envelope.meta.empty()) object["meta"] = boost::json::parse(envelope.meta, error);
  object["raw"] = envelope.raw;
  object["document"] = story.rendered.document;
  return boost::json::serialize(object);
}

}  // namespace

ExitCode explain(const ExplainCommand& command, const Output& output) {
  const auto registry = make_registry();
  const auto configuration = load_configuration(command.configuration, registry, output);
  if (!configuration) return ExitCode::configuration;
  const auto store = open_store(*configuration, output);
  if (!store) return ExitCode::store;
  const auto story = tell_event(command.id, *configuration, registry, *store);
  if (!story) {
    const auto& failure = story.error();
    const auto code = failure.code == "cistern/usage"           ? ExitCode::usage
                      : failure.code == "cistern/no-such-event" ? ExitCode::findings
                      : failure.code == "ecs/mapping"           ? ExitCode::configuration
                                                                : ExitCode::store;
    return output.failure(failure, code);
  }
  if (command.json) {
    output.line(json_of(*story));
  } else {
    print(*story, output);
  }
  return ExitCode::ok;
}

}  // namespace cistern::app
