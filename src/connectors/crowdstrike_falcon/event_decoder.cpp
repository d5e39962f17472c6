#include "connectors/crowdstrike_falcon/event_decoder.hpp"

#include "base/bytes.hpp"
#include "base/thread_memory.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"
#include "codec/value_stream.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

constexpr std::string_view kNotUtf8 = "not UTF-8";
constexpr std::string_view kNoObject = "the value is not a JSON object";
constexpr std::string_view kNoMetadata = "the object has no usable metadata.offset";
constexpr std::string_view kTooLarge =
    "a piece of an event that is too large for one commit; the pieces follow each other";
constexpr std::string_view kSevered =
    "a piece of a value of more than 32 MiB, which was not read as a whole";
constexpr std::size_t kMaxCustomer = 128;
constexpr std::size_t kMaxType = 256;
constexpr std::int64_t kMostMilliseconds = 9'000'000'000'000;  // Within TimePoint: year 2255.

template <class Number>
std::optional<Number> integer_of(std::string_view raw) {
  Number number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (error != std::errc{} || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

/// Between the quotes of a plain string; what needs escapes is none of the vendor's names.
std::string_view plain_text(std::string_view raw, std::size_t most) {
  if (raw.size() < 2 || raw.front() != '"' || raw.size() - 2 > most) return {};
  const std::string_view inside = raw.substr(1, raw.size() - 2);
  return inside.find('\\') == std::string_view::npos ? inside : std::string_view{};
}

/// The customer's name becomes part of a key of the position.
bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

void take_metadata(std::string_view object, EventFacts& facts) {
  for (codec::JsonMembers members(object); members.next();) {
    const std::string_view key = members.key();
    const std::string_view value = members.value();
    if (key == "offset") facts.offset = integer_of<std::uint64_t>(value);
    if (key == "customerIDString") facts.customer = plain_text(value, kMaxCustomer);
    if (key == "eventType") facts.type = plain_text(value, kMaxType);
    if (key != "eventCreationTime") continue;
    const auto milliseconds = integer_of<std::int64_t>(value);
    const bool sound = milliseconds && *milliseconds > 0 && *milliseconds < kMostMilliseconds;
    facts.created = sound ? TimePoint{std::chrono::milliseconds{*milliseconds}} : TimePoint{};
  }
  if (!is_name(facts.customer)) facts.customer = {};
}

/// Where a record's bytes stand in the batch's storage; offsets survive the storage's growth.
struct Value {
  std::size_t at = 0;
  std::size_t size = 0;
  codec::StreamPiece kind = codec::StreamPiece::value;
};

class Decoder {
 public:
  Decoder(StreamBatch& out, const DecoderContext& context) : out_(out), context_(context) {}

  void run(StreamValues values) {
    std::vector<Value> places;
    codec::split_json_values(values, [&](codec::StreamPiece kind, std::string_view raw) {
      if (kind == codec::StreamPiece::empty_line) {
        ++out_.keep_alives;
        return;
      }
      const auto at = static_cast<std::size_t>(raw.data() - values.bytes.data());
      places.push_back({at, raw.size(), kind});
    });
    RecordBatch& batch = out_.batch;
    batch.storage = std::move(values.bytes);
    if (places.empty()) {
      batch.storage = {};
      return;
    }
    const std::size_t meta_at = batch.storage.size();
    batch.storage += meta();
    meta_ = std::string_view{batch.storage}.substr(meta_at);
    batch.records.reserve(places.size());
    out_.offsets.reserve(places.size());
    for (const Value& place : places)
      add(place);
  }

 private:
  [[nodiscard]] std::string meta() const {
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().key("feed").string(context_.feed);
    writer.key("partition").string(context_.partition).end_object();
    return out;
  }

  [[nodiscard]] std::string_view bytes_of(Value place) const {
    return std::string_view{out_.batch.storage}.substr(place.at, place.size);
  }

  void add(Value place) {
    const std::string_view raw = bytes_of(place);
    if (place.kind == codec::StreamPiece::part) return add_damaged(raw, kSevered);
    thread_local ThreadKept<codec::JsonSplitter> splitter;
    const std::string_view problem = splitter.get().why_invalid(raw);
    // Damage of the characters alone leaves the structure, and with it the offset, as it was.
    if (!problem.empty() && problem != kNotUtf8) return add_damaged(raw, problem);
    const bool valid = problem.empty();
    const std::string_view value = valid ? compact(place) : raw;
    if (value.front() != '{') return add_damaged(value, kNoObject, valid);
    const EventFacts facts = read_facts(value);
    if (!facts.offset || *facts.offset == StreamBatch::kNoOffset) {
      return add_damaged(value, kNoMetadata, valid);
    }
    add_event(value, problem, facts);
  }

  /// White space between tokens goes; the result is never longer, so it takes the value's place.
  std::string_view compact(Value place) {
    thread_local std::string scratch;
    const std::string_view raw = bytes_of(place);
    scratch.clear();
    const std::string_view compacted = codec::compact_json(raw, scratch);
    if (compacted.data() == raw.data()) return compacted;
    char* const target = out_.batch.storage.data() + place.at;
    std::memcpy(target, compacted.data(), compacted.size());
    return {target, compacted.size()};
  }

  void add_event(std::string_view raw, std::string_view problem, const EventFacts& facts) {
    Record record;
    record.stream = left_out(facts.type) ? kLeftOut : kStream;
    record.time = facts.created;
    record.meta = meta_;
    record.problem = problem;
    if (raw.size() > kMaxPiece) return add_pieces(raw, record, facts);
    record.identity = event_identity(facts.customer, context_.feed, *facts.offset, context_.epoch);
    record.raw = raw;
    record.form = problem.empty() ? RawForm::json : RawForm::bytes;
    push(record, *facts.offset);
  }

  [[nodiscard]] bool left_out(std::string_view type) const {
    return context_.filter && !context_.filter->keeps(type);
  }

  void add_pieces(std::string_view raw, Record record, const EventFacts& facts) {
    record.problem = kTooLarge;
    for (std::uint64_t number = 0; !raw.empty(); ++number) {
      record.raw = first_piece(raw);
      record.form = is_utf8(record.raw) ? RawForm::text : RawForm::bytes;
      record.identity = make_identity(
          {kVendor, lower_case(facts.customer), context_.feed, std::to_string(*facts.offset),
           std::to_string(context_.epoch), "piece", std::to_string(number)});
      raw.remove_prefix(record.raw.size());
      push(record, raw.empty() ? *facts.offset : StreamBatch::kNoOffset);
    }
  }

  void add_damaged(std::string_view raw, std::string_view problem, bool valid_json = false) {
    Record record;
    record.stream = kStream;
    record.meta = meta_;
    record.problem = problem;
    const bool as_json = valid_json && raw.size() <= kMaxPiece;
    while (!raw.empty()) {
      record.raw = first_piece(raw);
      record.form = is_utf8(record.raw) ? RawForm::text : RawForm::bytes;
      if (as_json) record.form = RawForm::json;
      raw.remove_prefix(record.raw.size());
      push(record, StreamBatch::kNoOffset);
    }
  }

  static std::string_view first_piece(std::string_view raw) {
    std::size_t size = std::min(raw.size(), kMaxPiece);
    // Not inside a UTF-8 sequence: its following bytes begin with the bits 10.
    for (std::size_t back = 0; back < 3 && size < raw.size() && size > 1; ++back) {
      if ((static_cast<unsigned char>(raw[size]) & 0xC0U) != 0x80U) break;
      --size;
    }
    return raw.substr(0, size);
  }

  void push(const Record& record, std::uint64_t offset) {
    out_.batch.bytes += record.raw.size();
    out_.batch.records.push_back(record);
    out_.offsets.push_back(offset);
  }

  StreamBatch& out_;
  const DecoderContext& context_;
  std::string_view meta_;
};

}  // namespace

EventFacts read_facts(std::string_view json) {
  EventFacts facts;
  for (codec::JsonMembers members(json); members.next();) {
    if (members.key() != "metadata") continue;
    if (members.value().empty() || members.value().front() != '{') continue;
    take_metadata(members.value(), facts);
    break;
  }
  return facts;
}

Identity event_identity(std::string_view customer, std::string_view feed, std::uint64_t offset,
                        std::uint64_t epoch) {
  const std::string name = lower_case(customer);
  const std::string number = std::to_string(offset);
  if (epoch == 0) return make_identity({kVendor, name, feed, number});
  return make_identity({kVendor, name, feed, number, std::to_string(epoch)});
}

std::shared_ptr<const StreamBatch> decode_events(StreamValues values,
                                                 const DecoderContext& context) {
  auto out = std::make_shared<StreamBatch>();
  out->at_end = values.at_end;
  Decoder(*out, context).run(std::move(values));
  return out;
}

}  // namespace cistern::connectors::crowdstrike_falcon
