#include "connectors/microsoft_365/blob_decoder.hpp"

#include "base/bytes.hpp"
#include "base/thread_memory.hpp"
#include "codec/json.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace cistern::connectors::microsoft_365 {

namespace {

constexpr std::string_view kVendor = "microsoft_365";
constexpr std::string_view kTooLarge =
    "a piece of an element that is too large for one commit; the pieces follow each other";
constexpr std::string_view kNoObject = "the element is not a JSON object";
constexpr std::size_t kMaxId = 512;
constexpr std::size_t kParserPadding = 128;

/// A record of this API has several hundred bytes. Elements that are much smaller are none, and
/// splitting a large body into millions of them would take many times its memory.
constexpr std::size_t most_records(std::size_t body) {
  constexpr std::size_t kAlways = 65'536;
  constexpr std::size_t kLeastSize = 128;
  return kAlways + body / kLeastSize;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

bool is_wanted(std::string_view body, bool accept_unfinished) {
  const std::string_view text = trimmed(body);
  if (text.empty() || text.front() != '[') return false;
  return accept_unfinished || (text.size() >= 2 && text.back() == ']');
}

/// Where an element stands in the batch's storage; offsets survive the storage's growth.
struct Place {
  std::size_t at = 0;
  std::size_t size = 0;
};

/// Works through one body. The parser and the scratch texts are kept a thread: they are buffers as
/// large as the largest blob, and hold nothing between two bodies.
class Decoder {
 public:
  Decoder(RecordBatch& batch, const BlobContext& context) : batch_(batch), context_(context) {}

  void run() {
    thread_local ThreadKept<codec::JsonSplitter> kept_splitter;
    thread_local ThreadKept<std::vector<codec::Element>> kept_elements;
    codec::JsonSplitter& splitter = kept_splitter.get();
    std::vector<codec::Element>& elements = kept_elements.get();
    const std::string meta = blob_meta(context_);
    batch_.storage.reserve(batch_.storage.size() + meta.size() + kParserPadding);
    splitter.split(batch_.storage, elements, most_records(batch_.storage.size()));
    // Appending may move the storage, so the elements are kept as offsets over it.
    std::vector<Place> places;
    places.reserve(elements.size());
    for (const codec::Element& element : elements) {
      if (element.raw.empty()) {
        places.push_back({});
      } else {
        places.push_back({static_cast<std::size_t>(element.raw.data() - batch_.storage.data()),
                          element.raw.size()});
      }
    }
    const std::size_t meta_at = batch_.storage.size();
    batch_.storage += meta;
    meta_ = std::string_view{batch_.storage}.substr(meta_at);
    batch_.records.reserve(elements.size());
    for (std::size_t i = 0; i < places.size(); ++i)
      add(splitter, elements[i], places[i]);
    elements.clear();
  }

 private:
  void add(codec::JsonSplitter& splitter, const codec::Element& element, Place place) {
    if (element.form == RawForm::json && element.problem.empty()) place = compact(place);
    std::string_view raw = std::string_view{batch_.storage}.substr(place.at, place.size);
    if (raw.size() > kMaxPiece) return add_pieces(raw);
    Record record;
    record.stream = context_.stream;
    record.meta = meta_;
    record.raw = raw;
    record.form = element.form;
    record.problem = element.problem;
    if (element.form == RawForm::json && element.problem.empty()) {
      interpret(splitter, record);
    } else {
      record.identity = identity_of_bytes(raw);
    }
    push(record);
  }

  /// White space between tokens goes; the result is never longer, so it takes the element's place.
  Place compact(Place place) {
    thread_local std::string scratch;
    const std::string_view raw = std::string_view{batch_.storage}.substr(place.at, place.size);
    scratch.clear();
    const std::string_view compacted = codec::compact_json(raw, scratch);
    if (compacted.data() != raw.data()) {
      std::memcpy(batch_.storage.data() + place.at, compacted.data(), compacted.size());
    }
    return {place.at, compacted.size()};
  }

  void interpret(codec::JsonSplitter& splitter, Record& record) const {
    static const std::vector<std::string_view> keys{"Id", "OrganizationId", "CreationTime"};
    thread_local std::vector<std::string_view> values;
    thread_local std::string scratch;
    if (record.raw.empty() || record.raw.front() != '{') {
      record.problem = kNoObject;
      record.identity = identity_of_bytes(record.raw);
      return;
    }
    splitter.top_level_fields(record.raw, keys, values, scratch);
    const std::string id = lower_case(values[0]);
    const std::string organization = values[1].empty() ? context_.tenant : lower_case(values[1]);
    record.identity = id.empty() || id.size() > kMaxId ? identity_of_bytes(record.raw)
                                                       : make_identity({kVendor, organization, id});
    // UTC without designator is the vendor's form; a fraction and `Z` have been seen.
    record.time = parse_time(values[2]).value_or(TimePoint{});
  }

  [[nodiscard]] Identity identity_of_bytes(std::string_view raw) const {
    return make_identity({kVendor, context_.tenant, "sha256 of the bytes", raw});
  }

  void add_pieces(std::string_view raw) {
    while (!raw.empty()) {
      std::size_t size = std::min(raw.size(), kMaxPiece);
      // Not inside a UTF-8 sequence: its following bytes begin with the bits 10.
      for (std::size_t back = 0; back < 3 && size < raw.size() && size > 1; ++back) {
        if ((static_cast<unsigned char>(raw[size]) & 0xC0U) != 0x80U) break;
        --size;
      }
      const std::string_view piece = raw.substr(0, size);
      push({.identity = identity_of_bytes(piece),
            .stream = context_.stream,
            .meta = meta_,
            .raw = piece,
            .form = is_utf8(piece) ? RawForm::text : RawForm::bytes,
            .problem = kTooLarge});
      raw.remove_prefix(size);
    }
  }

  void push(const Record& record) {
    batch_.bytes += record.raw.size();
    batch_.records.push_back(record);
  }

  RecordBatch& batch_;
  const BlobContext& context_;
  std::string_view meta_;
};

}  // namespace

std::string blob_meta(const BlobContext& context) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("blob").string(context.content_id);
  if (!context.created_text.empty() && is_utf8(context.created_text)) {
    writer.key("created").string(context.created_text);
  }
  writer.end_object();
  return out;
}

std::shared_ptr<const RecordBatch> decode_blob(std::string body, const BlobContext& context) {
  if (!is_wanted(body, context.accept_unfinished)) return nullptr;
  auto batch = std::make_shared<RecordBatch>();
  batch->storage = std::move(body);
  Decoder(*batch, context).run();
  return batch;
}

}  // namespace cistern::connectors::microsoft_365
