#include "connectors/cisco_secure_endpoint/page_decoder.hpp"

#include "base/bytes.hpp"
#include "base/thread_memory.hpp"
#include "codec/json.hpp"
#include "codec/json_recover.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

constexpr std::string_view kTooLarge =
    "a piece of a record that is too large for one commit; the pieces follow each other";
constexpr std::string_view kNoObject = "the element is not a JSON object";
/// The vendor sends 500 a page.
constexpr std::size_t kMaxRecords = 100'000;
constexpr std::string_view kTooMany = "what follows too many elements of one page";

struct Parts {
  std::string_view metadata;
  std::string_view data;
};

/// The outermost members of an answer. Of a repeated one the last counts.
std::optional<Parts> parts_of(std::string_view body) {
  const char* const end = body.data() + body.size();
  const char* const at = codec::skip_json_space(body.data(), end);
  if (at == end || *at != '{') return std::nullopt;
  Parts out;
  codec::JsonMembers members({at, static_cast<std::size_t>(end - at)});
  while (members.next()) {
    if (members.key() == "metadata") out.metadata = members.value();
    if (members.key() == "data") out.data = members.value();
  }
  if (members.damaged() || out.data.empty() || out.data.front() != '[') return std::nullopt;
  return out;
}

/// Works through one body. The parser is kept a thread: its buffers are as large as the largest
/// page, and hold nothing between two pages.
class Decoder {
 public:
  Decoder(PageBatch& batch, const PageContext& context) : batch_(batch), context_(context) {}

  bool run() {
    thread_local ThreadKept<codec::JsonSplitter> kept;
    codec::JsonSplitter& splitter = kept.get();
    const auto parts = parts_of(batch_.storage);
    if (!parts) return false;
    const bool sound = splitter.why_invalid(batch_.storage).empty();
    if (sound || splitter.why_invalid(parts->metadata).empty()) {
      batch_.facts = read_page_facts(parts->metadata);
    }
    if (sound) {
      for (codec::JsonElements walk(parts->data); walk.next();)
        add(walk.value(), {});
      return true;
    }
    const std::string_view wrong = codec::recover_elements(
        parts->data, [&](std::string_view raw, std::string_view /*problem*/) {
          add(raw, splitter.why_invalid(raw));
        });
    return wrong.empty();
  }

 private:
  void add(std::string_view raw, std::string_view problem) {
    if (batch_.records.size() >= kMaxRecords) problem = kTooMany;
    if (problem.empty() && (raw.empty() || raw.front() != '{')) problem = kNoObject;
    if (problem.empty()) return add_sound(raw);
    while (!raw.empty()) {
      const std::string_view piece = first_piece(raw);
      add_piece(piece, problem);
      raw.remove_prefix(piece.size());
    }
  }

  void add_sound(std::string_view raw) {
    raw = compact(raw);
    if (raw.size() > kMaxPiece) return add(raw, kTooLarge);
    const RecordKey key =
        context_.stream == kAudit ? audit_key(context_.cloud, raw) : event_key(context_.cloud, raw);
    Record record;
    record.identity = key.identity;
    record.stream = context_.stream;
    record.time = key.time;
    record.raw = raw;
    push(record, key.by_content);
  }

  /// White space between tokens goes; the result is never longer, so it takes the element's place.
  std::string_view compact(std::string_view raw) {
    thread_local std::string scratch;
    scratch.clear();
    const std::string_view compacted = codec::compact_json(raw, scratch);
    if (compacted.data() == raw.data()) return compacted;
    const auto at = static_cast<std::size_t>(raw.data() - batch_.storage.data());
    std::copy(compacted.begin(), compacted.end(),
              batch_.storage.begin() + static_cast<std::ptrdiff_t>(at));
    return std::string_view{batch_.storage}.substr(at, compacted.size());
  }

  void add_piece(std::string_view raw, std::string_view problem) {
    Record record;
    record.identity =
        make_identity({kVendor, context_.cloud, context_.stream, "sha256 of the bytes", raw});
    record.stream = context_.stream;
    record.raw = raw;
    record.form = is_utf8(raw) ? RawForm::text : RawForm::bytes;
    record.problem = problem;
    push(record, true);
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

  void push(const Record& record, bool by_content) {
    batch_.bytes += record.raw.size();
    batch_.records.push_back(record);
    batch_.by_content.push_back(by_content);
  }

  PageBatch& batch_;
  const PageContext& context_;
};

}  // namespace

std::shared_ptr<const PageBatch> decode_page(std::string body, const PageContext& context) {
  auto batch = std::make_shared<PageBatch>();
  batch->storage = std::move(body);
  if (!Decoder(*batch, context).run()) return nullptr;
  return batch;
}

std::optional<std::string_view> record_in_answer(std::string_view json) {
  std::string_view data;
  bool envelope = false;
  if (json.empty() || json.front() != '{') return json;
  for (codec::JsonMembers members(json); members.next();) {
    envelope = envelope || members.key() == "metadata" || members.key() == "version";
    if (members.key() == "data") data = members.value();
  }
  if (!envelope || data.empty()) return json;
  if (data.front() == '{') return data;
  if (data.front() != '[') return json;
  codec::JsonElements elements(data);
  if (!elements.next()) return std::nullopt;
  const std::string_view only = elements.value();
  return elements.next() ? json : only;
}

}  // namespace cistern::connectors::cisco_secure_endpoint
