#include "lab/cisco_umbrella/umbrella_state.hpp"

#include "codec/json.hpp"

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

std::int64_t nanoseconds(TimePoint time) {
  return time.time_since_epoch().count();
}

TimePoint time_of(const json::value& value) {
  return TimePoint{Duration{value.to_number<std::int64_t>()}};
}

ExportObject object_from(const json::object& row) {
  ExportObject object;
  object.name = std::string(row.at("name").as_string());
  object.folder = std::string(row.at("folder").as_string());
  object.slot = time_of(row.at("slot"));
  object.length = std::chrono::seconds{10};
  object.visible = time_of(row.at("visible"));
  object.rows = row.at("rows").to_number<std::uint64_t>();
  object.number = fingerprint_of(object.name);
  return object;
}

}  // namespace

std::uint64_t fingerprint_of(std::string_view text) {
  std::uint64_t key = 0;
  for (const char letter : text)
    key = mix(key ^ static_cast<unsigned char>(letter));
  return key;
}

std::string umbrella_state_text(unsigned rotations, const ExportIndex& index,
                                const UmbrellaDemand& demand) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("rotations").number(std::uint64_t{rotations});
  writer.key("planted").begin_array();
  for (const auto& object : index.planted()) {
    writer.begin_object().key("name").string(object.name).key("folder").string(object.folder);
    writer.key("slot").number(nanoseconds(object.slot));
    writer.key("visible").number(nanoseconds(object.visible));
    writer.key("rows").number(object.rows).end_object();
  }
  writer.end_array().key("replaced").begin_object();
  for (const auto& [name, rows] : index.replaced())
    writer.key(name).number(rows);
  writer.end_object().key("purged").begin_object();
  for (const auto& [name, when] : index.purged())
    writer.key(name).number(nanoseconds(when));
  writer.end_object().key("demand");
  demand.write(writer);
  writer.end_object();
  return out;
}

Result<unsigned> read_umbrella_state(const std::string& text, ExportIndex& index,
                                     UmbrellaDemand& demand) {
  try {
    const auto whole = json::parse(text);
    const auto& root = whole.as_object();
    std::vector<ExportObject> planted;
    for (const auto& row : root.at("planted").as_array())
      planted.push_back(object_from(row.as_object()));
    std::map<std::string, std::uint64_t> replaced;
    for (const auto& [name, rows] : root.at("replaced").as_object())
      replaced[std::string(name)] = rows.to_number<std::uint64_t>();
    std::map<std::string, TimePoint> purged;
    for (const auto& [name, when] : root.at("purged").as_object())
      purged[std::string(name)] = time_of(when);
    demand.read(root.at("demand").as_object());
    index.restore(std::move(planted), std::move(replaced), std::move(purged));
    return root.at("rotations").to_number<unsigned>();
  } catch (const std::exception&) {
    return fail_stop("lab/bad-state", "the lab's state of Umbrella cannot be read",
                     "remove the state file; the lab then starts as another vendor");
  }
}

}  // namespace cistern::lab
