#include "lab/crowdstrike_falcon/feed_state.hpp"

#include <stdexcept>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

std::uint64_t number_at(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::uint64_t>();
}

TimePoint time_at(const json::object& object, std::string_view name) {
  return TimePoint{Duration{object.at(name).to_number<std::int64_t>()}};
}

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

AddedEvent added_from(const json::object& object) {
  AddedEvent event;
  const auto kind = number_at(object, "kind");
  if (kind > static_cast<std::uint64_t>(AddedKind::large)) throw std::invalid_argument("kind");
  event.kind = static_cast<AddedKind>(kind);
  event.after = number_at(object, "after");
  event.time = time_at(object, "time");
  event.app_id = text_at(object, "app_id");
  event.client_id = text_at(object, "client_id");
  event.asked = text_at(object, "asked");
  event.filter = text_at(object, "filter");
  event.bytes = number_at(object, "bytes");
  return event;
}

void write_added(codec::JsonWriter& writer, const AddedEvent& event) {
  writer.begin_object().key("kind").number(static_cast<std::uint64_t>(event.kind));
  writer.key("after").number(event.after).key("time").number(nanoseconds(event.time));
  writer.key("app_id").string(event.app_id).key("client_id").string(event.client_id);
  writer.key("asked").string(event.asked).key("filter").string(event.filter);
  writer.key("bytes").number(event.bytes).end_object();
}

void write_demand(codec::JsonWriter& writer, const FeedDemand& demand) {
  writer.begin_object().key("asked").number(demand.asked);
  if (demand.first) writer.key("first").number(*demand.first);
  writer.key("gaps").begin_array();
  for (const auto& gap : demand.gaps) {
    writer.begin_object().key("from").number(gap.from).key("to").number(gap.to);
    writer.key("events").number(gap.events).key("noticed").number(nanoseconds(gap.noticed));
    writer.end_object();
  }
  writer.end_array();
  if (demand.types) {
    writer.key("types").begin_array();
    for (const auto& type : *demand.types)
      writer.string(type);
    writer.end_array();
  }
  writer.end_object();
}

FeedDemand demand_from(const json::object& object) {
  FeedDemand demand;
  demand.asked = number_at(object, "asked");
  if (object.contains("first")) demand.first = number_at(object, "first");
  for (const auto& entry : object.at("gaps").as_array()) {
    const auto& gap = entry.as_object();
    demand.gaps.push_back({number_at(gap, "from"), number_at(gap, "to"), number_at(gap, "events"),
                           time_at(gap, "noticed")});
  }
  if (const auto* types = object.if_contains("types")) {
    demand.types.emplace();
    for (const auto& type : types->as_array())
      demand.types->insert(std::string(type.as_string()));
  }
  return demand;
}

}  // namespace

void write_feed_row(codec::JsonWriter& writer, const FeedRow& row) {
  writer.begin_object().key("customer").number(std::uint64_t{row.customer});
  writer.key("partition").number(std::uint64_t{row.partition});
  writer.key("floor_own").number(row.floor.own).key("floor_added").number(row.floor.added);
  writer.key("added").begin_array();
  for (const auto& event : row.added)
    write_added(writer, event);
  writer.end_array().key("demand");
  write_demand(writer, row.demand);
  writer.end_object();
}

FeedRow feed_row_from(const json::object& object) {
  FeedRow row;
  row.customer = object.at("customer").to_number<unsigned>();
  row.partition = object.at("partition").to_number<unsigned>();
  row.floor = {number_at(object, "floor_own"), number_at(object, "floor_added")};
  for (const auto& event : object.at("added").as_array())
    row.added.push_back(added_from(event.as_object()));
  row.demand = demand_from(object.at("demand").as_object());
  return row;
}

}  // namespace cistern::lab
