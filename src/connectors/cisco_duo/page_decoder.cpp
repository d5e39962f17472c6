#include "connectors/cisco_duo/page_decoder.hpp"

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "codec/json.hpp"
#include "codec/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace cistern::connectors::cisco_duo {

namespace {

using codec::JsonElements;
using codec::JsonMembers;

constexpr std::string_view kNoObject = "the row is not a JSON object";
constexpr std::size_t kMaxId = 512;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

/// The raw value of a member; of a repeated key the last one counts.
std::string_view member(std::string_view object, std::string_view name) {
  std::string_view found;
  if (object.empty() || object.front() != '{') return found;
  for (JsonMembers members(object); members.next();) {
    if (members.key() == name) found = members.value();
  }
  return found;
}

bool is_string(std::string_view json) {
  return json.size() >= 2 && json.front() == '"';
}

bool is_number(std::string_view json) {
  return !json.empty() && (json.front() == '-' || (json.front() >= '0' && json.front() <= '9'));
}

/// The words of a string or number.
std::optional<std::string> word_of(std::string_view json) {
  if (is_number(json)) return std::string{json};
  if (!is_string(json)) return std::nullopt;
  std::string text;
  codec::append_unescaped(text, json.substr(1, json.size() - 2));
  return text;
}

bool is_sendable(std::string_view token) {
  return token.size() <= kMaxToken &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// `next_offset` is an array of two texts (authentication), one text (activity, telephony), a
/// number or a text (trust monitor), and null or absent on the last page. Nothing when it is
/// something else: such a page must not be taken for the last one.
std::optional<std::string> token_of(std::string_view json) {
  if (json.empty() || json == "null") return std::string{};
  if (json.front() != '[') {
    auto word = word_of(json);
    return word && is_sendable(*word) ? word : std::nullopt;
  }
  std::string joined;
  for (JsonElements elements(json); elements.next();) {
    const auto word = word_of(elements.value());
    if (!word || word->empty()) return std::nullopt;
    joined += (joined.empty() ? "" : ",") + *word;
  }
  return is_sendable(joined) ? std::optional{joined} : std::nullopt;
}

/// Seconds or milliseconds since 1970, told apart by their size; or a text.
TimePoint time_of(std::string_view word) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) {
    return parse_time(word).value_or(TimePoint{});
  }
  constexpr std::int64_t kSecondsEnd = 9'000'000'000;
  constexpr std::int64_t kMillisecondsEnd = 9'000'000'000'000;
  if (number <= 0 || number >= kMillisecondsEnd) return {};
  if (number < kSecondsEnd) return TimePoint{std::chrono::seconds{number}};
  return TimePoint{std::chrono::milliseconds{number}};
}

/// Works through the rows of one page.
class Page {
 public:
  Page(const PageContext& context, codec::JsonSplitter& splitter, RecordBatch& batch,
       PageFacts& facts)
      : context_(context),
        splitter_(splitter),
        batch_(batch),
        facts_(facts),
        keys_{context.stream->id[0], context.stream->id[1], context.stream->id[2],
              context.stream->time[0], context.stream->time[1]} {}

  void add(std::string_view raw) {
    Record record;
    record.stream = context_.stream->name;
    record.raw = raw;
    if (raw.front() != '{') {
      record.problem = kNoObject;
      record.identity = number(make_identity({kVendor, context_.account, record.stream, raw}));
    } else {
      interpret(record);
    }
    note_time(record.time);
    batch_.bytes += raw.size();
    batch_.records.push_back(record);
  }

  void finish() {
    facts_.rows = batch_.records.size();
    facts_.counted = counted_ ? std::move(counted_) : context_.counted;
  }

 private:
  void interpret(Record& record) {
    const LogStream& stream = *context_.stream;
    splitter_.top_level_fields(record.raw, keys_, values_, scratch_);
    record.time = time_of(values_[3]);
    if (record.time == TimePoint{}) record.time = time_of(values_[4]);
    const bool named = !stream.id[0].empty() && !values_[0].empty() &&
                       values_[0].size() + values_[1].size() + values_[2].size() <= kMaxId;
    if (named) {
      record.identity = make_identity(
          {kVendor, context_.account, stream.name, values_[0], values_[1], values_[2]});
      return;
    }
    if (!stream.id[0].empty()) ++facts_.without_id;
    record.identity = number(content_of(record.raw));
  }

  /// Of what the row says, whatever the order of its members.
  [[nodiscard]] Identity content_of(std::string_view raw) const {
    std::vector<std::string_view> members;
    for (JsonMembers walk(raw); walk.next();)
      members.push_back(walk.member());
    std::sort(members.begin(), members.end());
    Digest digest;
    for (const std::string_view text :
         {kVendor, std::string_view{context_.account}, context_.stream->name}) {
      digest.add(text);
      digest.add("\n");
    }
    for (const std::string_view text : members) {
      digest.add(text);
      digest.add(",");
    }
    return digest.sum();
  }

  /// The identity of the next row with this content.
  Identity number(const Identity& content) {
    if (!counted_) {
      counted_ = context_.counted ? std::make_shared<Occurrences>(*context_.counted)
                                  : std::make_shared<Occurrences>();
    }
    if (counted_->size() >= kMaxOccurrences && !counted_->contains(content)) return {};
    const std::uint32_t occurrence = ++(*counted_)[content];
    return make_identity({kVendor, to_hex(content), std::to_string(occurrence)});
  }

  void note_time(TimePoint time) {
    if (time == TimePoint{}) return;
    if (facts_.newest != TimePoint{} && time < facts_.newest) facts_.ascending = false;
    facts_.newest = std::max(facts_.newest, time);
    facts_.oldest = facts_.oldest == TimePoint{} ? time : std::min(facts_.oldest, time);
  }

  const PageContext& context_;
  codec::JsonSplitter& splitter_;
  RecordBatch& batch_;
  PageFacts& facts_;
  const std::vector<std::string_view> keys_;
  std::vector<std::string_view> values_;
  std::string scratch_;
  std::shared_ptr<Occurrences> counted_;
};

/// The array of rows and the place of the next page, or why there is none.
struct Parts {
  std::string_view rows;
  std::string token;
};

std::optional<Parts> parts_of(std::string_view body, const LogStream& stream, PageFacts& facts) {
  const auto unreadable = [&facts](std::string what) {
    facts.problem = std::move(what);
    return std::nullopt;
  };
  if (body.empty() || body.front() != '{') return unreadable("the answer is no JSON object");
  if (word_of(member(body, "stat")) != "OK") {
    facts.refusal = read_refusal(200, body);
    return std::nullopt;
  }
  const std::string_view response = member(body, "response");
  Parts out;
  out.rows = stream.list.empty() ? response : member(response, stream.list);
  if (out.rows.empty() || out.rows.front() != '[') {
    return unreadable("the answer holds no list of rows");
  }
  if (stream.paging == Paging::mintime) return out;
  std::string_view metadata = member(response, "metadata");
  if (metadata.empty()) metadata = member(body, "metadata");
  auto token = token_of(member(metadata, "next_offset"));
  if (!token) return unreadable("next_offset has a form that is not known");
  out.token = std::move(*token);
  return out;
}

}  // namespace

std::shared_ptr<const RecordBatch> decode_page(std::string body, const PageContext& context,
                                               PageFacts& facts) {
  facts = {};
  facts.counted = context.counted;
  auto batch = std::make_shared<RecordBatch>();
  codec::JsonSplitter splitter;
  if (const auto why = splitter.why_invalid(trimmed(body)); !why.empty()) {
    facts.problem = "the answer is no valid JSON: " + std::string{why};
    return nullptr;
  }
  std::string scratch;
  const std::string_view compact = codec::compact_json(trimmed(body), scratch);
  if (compact.data() == scratch.data()) {
    batch->storage = std::move(scratch);
  } else {
    const auto at = static_cast<std::size_t>(compact.data() - body.data());
    const std::size_t size = compact.size();
    body.resize(at + size);
    body.erase(0, at);
    batch->storage = std::move(body);
  }
  const auto parts = parts_of(batch->storage, *context.stream, facts);
  if (!parts) return nullptr;
  Page page(context, splitter, *batch, facts);
  for (JsonElements elements(parts->rows); elements.next();)
    page.add(elements.value());
  page.finish();
  facts.next = parts->token;
  return batch->records.empty() ? nullptr : batch;
}

}  // namespace cistern::connectors::cisco_duo
