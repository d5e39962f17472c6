// Header and control frames to bytes.
#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "journal/segment/segment_format.hpp"

#include <algorithm>
#include <array>

namespace cistern::journal {
namespace {

using codec::JsonWriter;

void put(JsonWriter& json, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  if (is_utf8(text)) {
    json.key(name).string(text);
  } else {
    json.key(std::string{name} + "_base64").string(base64_encode(text));
  }
}

void put(JsonWriter& json, std::string_view name, std::uint64_t number) {
  if (number != 0) json.key(name).number(number);
}

void put(JsonWriter& json, std::string_view name, TimePoint time) {
  if (time != TimePoint{}) json.key(name).string(format_time(time));
}

template <class T, class Each>
void put_list(JsonWriter& json, std::string_view name, const std::vector<T>& list, Each&& each) {
  if (list.empty()) return;
  json.key(name).begin_array();
  for (const T& item : list) {
    json.begin_object();
    each(item);
    json.end_object();
  }
  json.end_array();
}

void put_state(JsonWriter& json, const StateDelta& state) {
  put_list(json, "state", state, [&](const StateChange& change) {
    put(json, "key", change.key);
    if (!change.value) return;
    // An empty value is not a deletion, so it is written although it is empty.
    if (change.value->empty()) json.key("value").string("");
    put(json, "value", *change.value);
  });
}

void put_row(JsonWriter& json, const LedgerRow& row) {
  const Coverage& coverage = row.coverage;
  put(json, "stream", coverage.stream);
  put(json, "kind", coverage.kind);
  put(json, "item", coverage.item);
  put(json, "from", coverage.from);
  put(json, "to", coverage.to);
  json.key("state").string(to_string(coverage.state));
  put(json, "reason", coverage.reason);
  put(json, "expires", coverage.expires);
  put(json, "offered", coverage.offered);
  put(json, "stored", row.stored);
  put(json, "duplicates", row.duplicates);
  put(json, "updated", row.updated);
}

void put_connectors(JsonWriter& json, const std::vector<ConnectorPart>& connectors) {
  put_list(json, "connectors", connectors, [&](const ConnectorPart& part) {
    put(json, "connector", part.connector);
    put_state(json, part.state);
    put_list(json, "coverage", part.coverage, [&](const LedgerRow& row) { put_row(json, row); });
  });
}

void put_cursors(JsonWriter& json, const std::vector<NamedCursor>& cursors) {
  put_list(json, "cursors", cursors, [&](const NamedCursor& named) {
    put(json, "name", named.first);
    put(json, "next", named.second.next);
    put(json, "state", named.second.state);
    put(json, "delivered", named.second.delivered);
    put(json, "skipped", named.second.skipped);
  });
}

void put_set_aside(JsonWriter& json, const std::vector<SetAside>& items) {
  put_list(json, "set_aside", items, [&](const SetAside& item) {
    put(json, "id", item.id);
    put(json, "owner", item.owner);
    put(json, "item", item.item);
    put(json, "sequence", item.sequence);
    put(json, "reason", item.reason);
    put(json, "since", item.since);
  });
}

void put_totals(JsonWriter& json, std::string_view name, const std::vector<StreamTotals>& totals) {
  put_list(json, name, totals, [&](const StreamTotals& stream) {
    put(json, "connector", stream.connector);
    put(json, "stream", stream.stream);
    put(json, "events", stream.events);
    put(json, "duplicates", stream.duplicates);
    put(json, "problems", stream.problems);
    put(json, "bytes", stream.bytes);
    put(json, "oldest", stream.oldest);
    put(json, "newest", stream.newest);
    put(json, "received", stream.last_received);
  });
}

void put_missing(JsonWriter& json, const std::vector<Hole>& holes) {
  put_list(json, "missing", holes, [&](const Hole& hole) {
    put(json, "from", hole.from);
    put(json, "to", hole.to);
    put(json, "reason", hole.reason);
  });
}

void put_edits(JsonWriter& json, const std::vector<StoreEdit>& edits) {
  put_list(json, "edits", edits, [&](const StoreEdit& edit) {
    json.key("kind").string(to_string(edit.kind));
    put(json, "name", edit.name);
    put(json, "to", edit.to);
    put(json, "id", edit.id);
  });
}

void put_renamed(JsonWriter& json, const std::vector<Renamed>& names) {
  put_list(json, "renamed", names, [&](const Renamed& name) {
    put(json, "former", name.former);
    put(json, "present", name.present);
  });
}

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(value >> shift & 0xFF));
}

}  // namespace

std::string_view to_string(StoreEdit::Kind kind) {
  switch (kind) {
    case StoreEdit::Kind::rename_connector:
      return "rename_connector";
    case StoreEdit::Kind::remove_connector:
      return "remove_connector";
    case StoreEdit::Kind::forget_reader:
      return "forget_reader";
    case StoreEdit::Kind::drop_set_aside:
      return "drop_set_aside";
  }
  return {};
}

std::uint32_t read_u32(std::string_view bytes, std::uint64_t at) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return value;
}

void append_frame(std::string& out, std::uint32_t magic, std::string_view payload) {
  append_u32(out, magic);
  append_u32(out, static_cast<std::uint32_t>(payload.size()));
  out += payload;
}

void append_sealed_frame(std::string& out, std::uint32_t magic, std::string_view json) {
  append_u32(out, magic);
  append_u32(out, static_cast<std::uint32_t>(json.size() + 34));
  out += json;
  out += '\n';
  append_hex(out, make_identity({json}));
  out += '\n';
}

std::optional<std::string_view> unseal(std::string_view payload) {
  if (payload.size() < 36 || payload.front() != '{' || payload.back() != '\n') return std::nullopt;
  const std::string_view json = payload.substr(0, payload.size() - 34);
  if (payload[json.size()] != '\n') return std::nullopt;
  const auto sum = identity_from_hex(payload.substr(json.size() + 1, 32));
  if (!sum || *sum != make_identity({json})) return std::nullopt;
  return json;
}

std::string encode_header(const SegmentHeader& header) {
  std::string out;
  JsonWriter json{out};
  json.begin_object();
  put(json, "format", header.format);
  put(json, "store", header.store);
  put(json, "first", header.first);
  put(json, "group", header.group);
  put(json, "last", header.last);
  put(json, "written", header.written);
  put(json, "store_time", header.store_time);
  put(json, "removed_before", header.removed_before);
  put_connectors(json, header.connectors);
  put_cursors(json, header.cursors);
  put_set_aside(json, header.set_aside);
  put_totals(json, "totals", header.totals);
  put_missing(json, header.missing);
  put_renamed(json, header.renamed);
  json.end_object();
  return out;
}

std::string encode_control(const GroupControl& control) {
  std::string out;
  JsonWriter json{out};
  json.begin_object();
  put(json, "group", control.group);
  put(json, "offset", control.offset);
  put(json, "first", control.first);
  put(json, "last", control.last);
  put(json, "written", control.written);
  put(json, "store_time", control.store_time);
  if (control.has_events()) {
    json.key("received").begin_array();
    json.string(format_time(control.received_from)).string(format_time(control.received_to));
    json.end_array();
    put(json, "lines", control.lines);
    put(json, "data", control.data);
    put(json, "data_sum", to_hex(control.data_sum));
  }
  if (!control.remember.empty()) {
    json.key("remember").begin_array();
    for (const auto& [from, to] : control.remember) {
      json.begin_array().number(from).number(to).end_array();
    }
    json.end_array();
  }
  put_totals(json, "streams", control.streams);
  put_connectors(json, control.connectors);
  put_cursors(json, control.cursors);
  put_set_aside(json, control.set_aside);
  put_missing(json, control.missing);
  put_edits(json, control.edits);
  put(json, "removed_before", control.removed_before);
  json.end_object();
  return out;
}

}  // namespace cistern::journal
