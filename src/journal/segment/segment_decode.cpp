// Header and control frames from bytes. Their sums are checked before, but a file may have been
// made by anybody, so nothing is believed to be there.
#include "base/bytes.hpp"
#include "journal/segment/segment_format.hpp"

#include <boost/json.hpp>

namespace cistern::journal {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 64;

/// Reads fields of objects; the first field of a wrong kind makes the whole text unsound.
class Fields {
 public:
  [[nodiscard]] bool sound() const { return sound_; }

  std::uint64_t number(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return 0;
    return number(*value);
  }
  std::uint64_t number(const json::value& value) {
    if (const auto* whole = value.if_int64(); whole != nullptr && *whole >= 0) {
      return static_cast<std::uint64_t>(*whole);
    }
    sound_ = false;  // Sequences and counts above 2^63 do not occur either.
    return 0;
  }
  std::string text(const json::object& object, std::string_view name) {
    return optional_text(object, name).value_or(std::string{});
  }
  std::optional<std::string> optional_text(const json::object& object, std::string_view name) {
    if (const json::value* value = object.if_contains(name)) return std::string{string(*value)};
    const json::value* encoded = object.if_contains(std::string{name} + "_base64");
    if (encoded == nullptr) return std::nullopt;
    auto decoded = base64_decode(string(*encoded));
    if (!decoded) sound_ = false;
    return decoded;
  }
  TimePoint time(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? TimePoint{} : time(*value);
  }
  TimePoint time(const json::value& value) {
    const auto parsed = parse_time(string(value));
    if (!parsed) sound_ = false;
    return parsed.value_or(TimePoint{});
  }
  std::string_view string(const json::value& value) {
    const json::string* text = value.if_string();
    if (text == nullptr) {
      sound_ = false;
      return {};
    }
    return {text->data(), text->size()};
  }
  const json::array& array(const json::object& object, std::string_view name) {
    static const json::array nothing;
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return nothing;
    return array(*value);
  }
  const json::array& array(const json::value& value) {
    static const json::array nothing;
    const json::array* list = value.if_array();
    if (list == nullptr) sound_ = false;
    return list == nullptr ? nothing : *list;
  }
  template <class Each>
  void objects(const json::object& object, std::string_view name, Each&& each) {
    for (const json::value& value : array(object, name)) {
      const json::object* item = value.if_object();
      if (item == nullptr) {
        sound_ = false;
        return;
      }
      each(*item);
    }
  }
  void unsound() { sound_ = false; }

 private:
  bool sound_ = true;
};

StateDelta read_state(Fields& fields, const json::object& object) {
  StateDelta state;
  fields.objects(object, "state", [&](const json::object& item) {
    state.push_back({fields.text(item, "key"), fields.optional_text(item, "value")});
  });
  return state;
}

LedgerRow read_row(Fields& fields, const std::string& connector, const json::object& item) {
  LedgerRow row;
  row.connector = connector;
  Coverage& coverage = row.coverage;
  coverage.stream = fields.text(item, "stream");
  coverage.kind = fields.text(item, "kind");
  coverage.item = fields.text(item, "item");
  coverage.from = fields.time(item, "from");
  coverage.to = fields.time(item, "to");
  const auto state = coverage_state_from(fields.text(item, "state"));
  if (!state) fields.unsound();
  coverage.state = state.value_or(CoverageState::partial);
  coverage.reason = fields.text(item, "reason");
  coverage.expires = fields.time(item, "expires");
  coverage.offered = fields.number(item, "offered");
  row.stored = fields.number(item, "stored");
  row.duplicates = fields.number(item, "duplicates");
  row.updated = fields.time(item, "updated");
  return row;
}

std::vector<ConnectorPart> read_connectors(Fields& fields, const json::object& root) {
  std::vector<ConnectorPart> parts;
  fields.objects(root, "connectors", [&](const json::object& item) {
    ConnectorPart part;
    part.connector = fields.text(item, "connector");
    part.state = read_state(fields, item);
    fields.objects(item, "coverage", [&](const json::object& row) {
      part.coverage.push_back(read_row(fields, part.connector, row));
    });
    parts.push_back(std::move(part));
  });
  return parts;
}

std::vector<NamedCursor> read_cursors(Fields& fields, const json::object& root) {
  std::vector<NamedCursor> cursors;
  fields.objects(root, "cursors", [&](const json::object& item) {
    Cursor cursor;
    cursor.next = fields.number(item, "next");
    cursor.state = fields.text(item, "state");
    cursor.delivered = fields.number(item, "delivered");
    cursor.skipped = fields.number(item, "skipped");
    cursors.emplace_back(fields.text(item, "name"), std::move(cursor));
  });
  return cursors;
}

std::vector<SetAside> read_set_aside(Fields& fields, const json::object& root) {
  std::vector<SetAside> items;
  fields.objects(root, "set_aside", [&](const json::object& item) {
    items.push_back({fields.number(item, "id"), fields.text(item, "owner"),
                     fields.text(item, "item"), fields.number(item, "sequence"),
                     fields.text(item, "reason"), fields.time(item, "since")});
  });
  return items;
}

std::vector<StreamTotals> read_totals(Fields& fields, const json::object& root,
                                      std::string_view name) {
  std::vector<StreamTotals> totals;
  fields.objects(root, name, [&](const json::object& item) {
    StreamTotals stream;
    stream.connector = fields.text(item, "connector");
    stream.stream = fields.text(item, "stream");
    stream.events = fields.number(item, "events");
    stream.duplicates = fields.number(item, "duplicates");
    stream.problems = fields.number(item, "problems");
    stream.bytes = fields.number(item, "bytes");
    stream.oldest = fields.time(item, "oldest");
    stream.newest = fields.time(item, "newest");
    stream.last_received = fields.time(item, "received");
    totals.push_back(std::move(stream));
  });
  return totals;
}

std::vector<Hole> read_missing(Fields& fields, const json::object& root) {
  std::vector<Hole> holes;
  fields.objects(root, "missing", [&](const json::object& item) {
    holes.push_back(
        {fields.number(item, "from"), fields.number(item, "to"), fields.text(item, "reason")});
  });
  return holes;
}

StoreEdit::Kind read_edit_kind(Fields& fields, std::string_view text) {
  using Kind = StoreEdit::Kind;
  for (const Kind kind : {Kind::rename_connector, Kind::remove_connector, Kind::forget_reader,
                          Kind::drop_set_aside}) {
    if (text == to_string(kind)) return kind;
  }
  fields.unsound();
  return Kind::drop_set_aside;
}

std::vector<StoreEdit> read_edits(Fields& fields, const json::object& root) {
  std::vector<StoreEdit> edits;
  fields.objects(root, "edits", [&](const json::object& item) {
    edits.push_back({read_edit_kind(fields, fields.text(item, "kind")), fields.text(item, "name"),
                     fields.text(item, "to"), fields.number(item, "id")});
  });
  return edits;
}

std::vector<Renamed> read_renamed(Fields& fields, const json::object& root) {
  std::vector<Renamed> names;
  fields.objects(root, "renamed", [&](const json::object& item) {
    names.push_back({fields.text(item, "former"), fields.text(item, "present")});
  });
  return names;
}

tl::unexpected<Failure> damaged(std::string cause) {
  return fail(
      {.verdict = Verdict::set_aside,
       .code = "journal/damaged",
       .cause = std::move(cause),
       .consequence = {},
       .next_step = "run `cistern store verify` to see what is damaged, and check the disk"});
}

Result<json::value> parse(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error || !value.is_object()) return damaged("a frame of a segment is not a JSON object");
  return value;
}

void read_events_part(Fields& fields, const json::object& root, GroupControl& control) {
  if (!control.has_events()) return;
  const json::array& received = fields.array(root, "received");
  if (received.size() != 2) return fields.unsound();
  control.received_from = fields.time(received[0]);
  control.received_to = fields.time(received[1]);
  control.lines = fields.number(root, "lines");
  control.data = fields.number(root, "data");
  const auto sum = identity_from_hex(fields.text(root, "data_sum"));
  if (!sum || control.data == 0 || control.lines > kMaxGroupLines) return fields.unsound();
  control.data_sum = *sum;
  for (const json::value& value : fields.array(root, "remember")) {
    const json::array& range = fields.array(value);
    if (range.size() != 2) return fields.unsound();
    control.remember.emplace_back(fields.number(range[0]), fields.number(range[1]));
  }
}

}  // namespace

Result<SegmentHeader> decode_header(std::string_view text) {
  auto value = parse(text);
  if (!value) return fail(value.error());
  const json::object& root = value->get_object();
  Fields fields;
  SegmentHeader header;
  header.format = fields.number(root, "format");
  if (fields.sound() && header.format > kFormatVersion) {
    return fail_stop("journal/version",
                     "the store has format " + std::to_string(header.format) +
                         ", this program knows formats up to " + std::to_string(kFormatVersion),
                     "run the newer version of cistern that wrote the store");
  }
  header.store = fields.text(root, "store");
  header.first = fields.number(root, "first");
  header.group = fields.number(root, "group");
  header.last = fields.number(root, "last");
  header.written = fields.time(root, "written");
  header.store_time = fields.time(root, "store_time");
  header.removed_before = fields.number(root, "removed_before");
  header.connectors = read_connectors(fields, root);
  header.cursors = read_cursors(fields, root);
  header.set_aside = read_set_aside(fields, root);
  header.totals = read_totals(fields, root, "totals");
  header.missing = read_missing(fields, root);
  header.renamed = read_renamed(fields, root);
  if (!fields.sound() || header.format == 0 || header.store.empty() || header.first == 0) {
    return damaged("the header of a segment lacks a field or holds one of a wrong kind");
  }
  return header;
}

Result<GroupControl> decode_control(std::string_view text) {
  auto value = parse(text);
  if (!value) return fail(value.error());
  const json::object& root = value->get_object();
  Fields fields;
  GroupControl control;
  control.group = fields.number(root, "group");
  control.offset = fields.number(root, "offset");
  control.first = fields.number(root, "first");
  control.last = fields.number(root, "last");
  control.written = fields.time(root, "written");
  control.store_time = fields.time(root, "store_time");
  read_events_part(fields, root, control);
  control.streams = read_totals(fields, root, "streams");
  control.connectors = read_connectors(fields, root);
  control.cursors = read_cursors(fields, root);
  control.set_aside = read_set_aside(fields, root);
  control.missing = read_missing(fields, root);
  control.edits = read_edits(fields, root);
  control.removed_before = fields.number(root, "removed_before");
  if (!fields.sound() || control.first == 0 || control.last + 1 < control.first) {
    return damaged("a control frame lacks a field or holds one of a wrong kind");
  }
  return control;
}

}  // namespace cistern::journal
