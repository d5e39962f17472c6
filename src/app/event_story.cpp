#include "app/event_story.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

using Standing = EventDelivery::Standing;

Result<EventStory> read_event(journal::Journal& journal, Sequence sequence) {
  auto read = journal.reader()->read(sequence);
  if (!read) return fail(read.error());
  if (read->group != nullptr) {
    for (const auto& envelope : read->group->envelopes) {
      if (envelope.sequence != sequence) continue;
      EventStory story;
      story.group = read->group;
      story.envelope = &envelope;
      return story;
    }
  }
  const auto reason = read->hole ? read->hole->reason : std::string{"it is not in the store"};
  return fail_stop("cistern/no-such-event",
                   "there is no event " + std::to_string(sequence) + ": " + reason,
                   "`cistern status` says which sequences the store holds");
}

Result<EventStory> find_event(journal::Journal& journal, const std::string& id) {
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

const config::Component* find_component(const std::vector<config::Component>& components,
                                        std::string_view name) {
  const auto found = std::find_if(components.begin(), components.end(),
                                  [&](const auto& component) { return component.name == name; });
  return found == components.end() ? nullptr : &*found;
}

std::string item_of(const journal::Envelope& envelope) {
  boost::json::error_code error;
  const auto meta = boost::json::parse(envelope.meta.empty() ? "{}" : envelope.meta, error);
  if (error || !meta.is_object()) return {};
  for (const char* name : {"blob", "object"}) {
    const auto* value = meta.get_object().if_contains(name);
    if (value != nullptr && value->is_string()) return std::string{value->get_string()};
  }
  return {};
}

Result<RenderedEvent> render_event(const config::Component* component, const Registry& registry,
                                   const EventStory& story) {
  RenderedEvent rendered;
  if (component == nullptr) return rendered;
  const auto* type = registry.connector(component->type);
  auto view = compile_view_of(*type, type->view_options(component->values), {});
  if (!view) return fail(view.error());
  rendered.configured = true;
  const auto scratch = (*view)->make_scratch();
  rendered.dropped =
      (*view)->render(*story.envelope, {}, *scratch, rendered.document) == ecs::Outcome::dropped;
  rendered.mapping_version = (*view)->version();
  for (const auto& [stream, drift] : scratch->take_drift()) {
    for (const auto& [name, count] : drift.unknown_fields)
      rendered.unknown.push_back(name);
    for (const auto& [name, count] : drift.wrong_types)
      rendered.wrong.push_back(name);
  }
  return rendered;
}

/// The ledger's window around the moment in which the item became available.
std::optional<journal::LedgerRow> window_of(const std::vector<journal::LedgerRow>& ledger,
                                            const EventStory& story) {
  if (!story.blob) return std::nullopt;
  for (const auto& row : ledger) {
    const Coverage& window = row.coverage;
    if (window.kind != "window" || window.stream != story.envelope->stream) continue;
    if (window.from <= story.blob->from && story.blob->from < window.to) return row;
  }
  return std::nullopt;
}

/// Why a destination that has passed the event does not have it; empty when it has.
std::string left_out(const config::Component& destination, const EventStory& story) {
  if (destination.values.has("connectors")) {
    const auto& wanted = destination.values.list("connectors");
    const bool named = std::find(wanted.begin(), wanted.end(), story.connector) != wanted.end();
    if (!wanted.empty() && !named) return "its `connectors` do not name " + story.connector;
  }
  if (story.rendered.dropped && destination.values.text("format") == "ecs") {
    return "the mapping drops it";
  }
  return {};
}

void judge(EventDelivery& delivery, const journal::Passing* passing,
           const config::Component* destination, const EventStory& story,
           const std::vector<journal::SetAside>& aside) {
  if (passing != nullptr) {
    delivery.at = passing->at;
    delivery.at_latest = passing->how == journal::Passing::How::by;
  }
  const std::string owner = "destination/" + delivery.destination;
  for (const auto& item : aside) {
    if (item.owner != owner || item.sequence != story.envelope->sequence) continue;
    delivery.standing = Standing::set_aside;
    delivery.reason = item.reason;
    delivery.at = item.since;
    return;
  }
  if (passing != nullptr && passing->how == journal::Passing::How::behind) {
    delivery.standing = Standing::behind;
    return;
  }
  if (destination == nullptr) {
    delivery.standing = Standing::unknown;
    return;
  }
  delivery.reason = left_out(*destination, story);
  delivery.standing = delivery.reason.empty() ? Standing::confirmed : Standing::not_for_it;
}

Status tell_deliveries(EventStory& story, const config::Configuration& configuration,
                       OpenStore& store) {
  const Sequence sequence = story.envelope->sequence;
  auto cursors = store.journal->cursors();
  if (!cursors) return fail(cursors.error());
  auto aside = store.journal->set_aside_list();
  if (!aside) return fail(aside.error());
  std::vector<std::string> passed;
  std::erase_if(*cursors, [](const auto& one) { return journal::is_deriver_cursor(one.first); });
  for (const auto& [name, cursor] : *cursors) {
    if (cursor.next > sequence) passed.push_back(name);
  }
  auto way = journal::event_way(configuration.store.text("path"), *store.files, sequence,
                                std::string{story.envelope->connector}, passed);
  if (!way) return fail(way.error());
  story.commit = std::move(way->commit);
  for (const auto& known : *cursors) {
    const std::string& name = known.first;
    EventDelivery delivery{.destination = name, .reason = {}};
    if (known.second.next > sequence) {
      const auto at = std::find_if(way->passings.begin(), way->passings.end(),
                                   [&](const auto& one) { return one.reader == name; });
      judge(delivery, at == way->passings.end() ? nullptr : &*at,
            find_component(configuration.destinations, name), story, *aside);
    }
    story.deliveries.push_back(std::move(delivery));
  }
  return {};
}

}  // namespace

std::string_view to_string(EventDelivery::Standing standing) {
  switch (standing) {
    case Standing::confirmed:
      return "confirmed";
    case Standing::waiting:
      return "waiting";
    case Standing::set_aside:
      return "set aside";
    case Standing::not_for_it:
      return "not for it";
    case Standing::behind:
      return "began behind it";
    case Standing::unknown:
      return "passed";
  }
  return "?";
}

Result<EventStory> tell_event(const std::string& id, const config::Configuration& configuration,
                              const Registry& registry, OpenStore& store) {
  auto story = find_event(*store.journal, id);
  if (!story) return fail(story.error());
  story->connector = story->envelope->connector;
  if (auto renamed = store.journal->renamed()) {
    for (const auto& one : *renamed) {
      if (one.former == story->connector) story->connector = one.present;
    }
  }
  const auto* component = find_component(configuration.connectors, story->connector);
  auto rendered = render_event(component, registry, *story);
  if (!rendered) return fail(rendered.error());
  story->rendered = std::move(*rendered);
  if (auto told = tell_deliveries(*story, configuration, store); !told) return fail(told.error());
  story->item = item_of(*story->envelope);
  if (story->commit) {
    for (const auto& row : story->commit->coverage) {
      if (row.coverage.stream == story->envelope->stream && row.coverage.item == story->item) {
        story->blob = row.coverage;
      }
    }
  }
  const auto ledger = store.journal->ledger(story->connector);
  if (!ledger) return fail(ledger.error());
  story->window = window_of(*ledger, *story);
  const auto* type = component == nullptr ? nullptr : registry.connector(component->type);
  if (type != nullptr && type->origin) {
    const auto position = store.journal->position(story->connector);
    if (!position) return fail(position.error());
    story->origin = type->origin({.values = component->values,
                                  .position = *position,
                                  .stream = story->envelope->stream,
                                  .item = story->item});
  }
  return story;
}

}  // namespace cistern::app
