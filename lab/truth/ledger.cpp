#include "lab/truth/ledger.hpp"

#include "base/bytes.hpp"
#include "lab/truth/falcon_document.hpp"
#include "lab/truth/json_scan.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cistern::lab {

namespace {

// What is readable for less than this may pass a collector by without anybody's fault.
constexpr Duration kFairTime = std::chrono::hours{1};

tl::unexpected<Failure> bad_truth(const std::string& why) {
  return fail_stop("lab/bad-truth", "the truth cannot be used: " + why,
                   "fetch it again from a running lab with GET /lab/truth");
}

std::uint64_t number_of(std::optional<std::string> text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::optional<TimePoint> time_member(std::string_view line, std::string_view name) {
  const auto text = member_text(line, name);
  return text ? parse_time(*text) : std::nullopt;
}

bool is_nested(std::string_view value) {
  return value.starts_with('{') || value.starts_with('[') || value == "null" || value == "\"\"";
}

}  // namespace

std::uint32_t fingerprint(std::string_view text) {
  // FNV-1a, folded.
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char letter : text) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
  }
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

std::size_t Ledger::IdHash::operator()(const Id& id) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, id.data(), sizeof value);
  return value;
}

std::optional<Ledger::Id> Ledger::id_from(std::string_view guid) {
  std::string digits;
  for (const char c : guid) {
    if (c != '-') digits += c;
  }
  const auto bytes = hex_decode(digits);
  if (!bytes || bytes->size() != 16) return std::nullopt;
  Id id{};
  std::memcpy(id.data(), bytes->data(), id.size());
  return id;
}

Status Ledger::add_line(std::string_view line) {
  const auto kind = member_text(line, "kind").value_or("");
  const bool falcon = member_text(line, "vendor").value_or("") == "crowdstrike_falcon";
  if (kind == "record") return falcon ? add_falcon_record(line) : add_record(line);
  if (kind == "truth") return add_header(line);
  if (kind == "noise") {
    noise_.insert(hex_decode(member_text(line, "sha256").value_or("")).value_or(""));
    return {};
  }
  if (kind == "gap" || kind == "unsubscribed") {
    // The events of a gap in a feed stand in the truth by themselves.
    if (kind == "unsubscribed" || !falcon) unowed_ += number_of(member_text(line, "records"));
    if (kind == "gap") ++gaps_;
    return {};
  }
  if (kind != "end") return bad_truth("a line is of no known kind: " + excerpt(line, 100));
  ended_ = true;
  promised_ = number_of(member_text(line, "records"));
  return {};
}

Status Ledger::check_end() const {
  if (!begun_ || !ended_) return bad_truth("its first or its last line is missing");
  if (promised_ != entries_.size()) return bad_truth("it holds fewer records than it says");
  return {};
}

Status Ledger::add_header(std::string_view line) {
  const auto started = time_member(line, "started");
  if (!started) return bad_truth("it does not say when the lab started");
  started_ = *started;
  const auto skew = member_text(line, "clock_skew_ms").value_or("0");
  std::int64_t milliseconds = 0;
  std::from_chars(skew.data(), skew.data() + skew.size(), milliseconds);
  skew_ = std::chrono::milliseconds{milliseconds};
  begun_ = true;
  return {};
}

bool Ledger::is_owed(TimePoint from, TimePoint until) const {
  return until - std::max(from, started_) >= kFairTime && !is_late(from);
}

bool Ledger::is_late(TimePoint from) const {
  if (rules_.stopped_at == TimePoint{}) return false;
  return from + rules_.settle > rules_.stopped_at + skew_;
}

std::optional<std::uint32_t> Ledger::add_digest(Entry& entry, std::string_view line) {
  const auto digest = hex_decode(member_text(line, "sha256").value_or(""));
  if (!digest || digest->size() != 32) return std::nullopt;
  std::memcpy(entry.sha256.data(), digest->data(), 32);
  const auto index = static_cast<std::uint32_t>(entries_.size());
  Id half{};
  std::memcpy(half.data(), digest->data(), half.size());
  if (!digests_.emplace(half, index).second) return std::nullopt;
  return index;
}

Status Ledger::add_record(std::string_view line) {
  Entry entry;
  const auto from = time_member(line, "from");
  const auto until = time_member(line, "until");
  const auto place = add_digest(entry, line);
  if (!place || !from || !until) {
    return bad_truth("a record stands in it twice, or lacks its digest or its times: " +
                     excerpt(line, 100));
  }
  const auto index = *place;
  entry.owed = is_owed(*from, *until);
  const auto record = member(line, "record");
  entry.odd = !record;
  if (const auto id = id_from(member_text(line, "id").value_or(""))) {
    entry.id = *id;
    ids_.emplace(*id, index);
  } else if (record) {
    objects_.emplace(member_text(*record, "ObjectId").value_or(""), index);
  }
  if (record && with_fields_) add_fields(entry, *record);
  entries_.push_back(entry);
  return {};
}

std::uint16_t Ledger::feed_of(const std::string& customer, const std::string& feed) {
  for (std::size_t at = 0; at < feeds_.size(); ++at) {
    if (feeds_[at].customer == customer && feeds_[at].feed == feed) {
      return static_cast<std::uint16_t>(at + 1);
    }
  }
  feeds_.push_back({customer, feed, {}});
  return static_cast<std::uint16_t>(feeds_.size());
}

Status Ledger::add_falcon_record(std::string_view line) {
  Entry entry;
  const auto from = time_member(line, "from");
  const auto offset = member_text(line, "offset");
  const auto place = add_digest(entry, line);
  if (!place || !from || !offset) {
    return bad_truth("an event stands in it twice, or lacks its digest, time or offset: " +
                     excerpt(line, 100));
  }
  entry.offset = number_of(offset);
  entry.feed =
      feed_of(member_text(line, "customer").value_or(""), member_text(line, "feed").value_or(""));
  entry.owed = member_text(line, "owed").value_or("") == "true" && !is_late(*from);
  const auto record = member(line, "record");
  entry.odd = !record;
  if (!feeds_[entry.feed - 1U].offsets.emplace(entry.offset, *place).second) {
    return bad_truth("an offset stands in it twice: " + excerpt(line, 100));
  }
  if (record && with_fields_) add_falcon_fields(entry, *record);
  entries_.push_back(entry);
  return {};
}

void Ledger::add_falcon_fields(Entry& entry, std::string_view record) {
  entry.first_field = static_cast<std::uint32_t>(fields_.size());
  for (const auto* const part : {"metadata", "event"}) {
    for_each_member(member(record, part).value_or("{}"), [&](auto name, auto value) {
      const auto path = std::string(part) + "." + std::string(name);
      fields_.push_back({fingerprint(path), falcon_value(name, value)});
      if (path == "metadata.eventCreationTime") {
        entry.created = TimePoint{std::chrono::milliseconds{number_of(text_of(value))}};
      }
      return true;
    });
  }
  entry.fields = static_cast<std::uint16_t>(fields_.size() - entry.first_field);
}

void Ledger::add_fields(Entry& entry, std::string_view record) {
  entry.first_field = static_cast<std::uint32_t>(fields_.size());
  for_each_member(record, [&](std::string_view name, std::string_view value) {
    if (is_nested(value)) return true;
    auto text = text_of(value);
    if (name == "CreationTime") entry.created = parse_time(text).value_or(TimePoint{});
    if (is_address_field(name)) text = bare_address(text);
    fields_.push_back({fingerprint(name), fingerprint(text)});
    return true;
  });
  entry.fields = static_cast<std::uint16_t>(fields_.size() - entry.first_field);
}

Entry* Ledger::by_digest(std::string_view sha256) {
  Id half{};
  std::memcpy(half.data(), sha256.data(), half.size());
  const auto found = digests_.find(half);
  if (found == digests_.end()) return nullptr;
  auto& entry = entries_[found->second];
  return std::memcmp(entry.sha256.data(), sha256.data(), 32) == 0 ? &entry : nullptr;
}

Entry* Ledger::by_id(std::string_view id) {
  const auto key = id_from(id);
  if (!key) return nullptr;
  const auto found = ids_.find(*key);
  return found == ids_.end() ? nullptr : &entries_[found->second];
}

Entry* Ledger::by_object_id(std::string_view object_id) {
  const auto found = objects_.find(std::string(object_id));
  return found == objects_.end() ? nullptr : &entries_[found->second];
}

Entry* Ledger::by_offset(std::string_view customer, std::string_view feed, std::uint64_t offset) {
  Entry* candidate = nullptr;
  for (const auto& one : feeds_) {
    if (one.customer != customer || (!feed.empty() && one.feed != feed)) continue;
    const auto found = one.offsets.find(offset);
    if (found == one.offsets.end()) continue;
    auto& entry = entries_[found->second];
    if (candidate == nullptr || candidate->in_store + candidate->in_outputs > 0) candidate = &entry;
  }
  return candidate;
}

bool Ledger::is_noise(std::string_view sha256) const {
  return noise_.contains(std::string(sha256));
}

std::string Ledger::name_of(const Entry& entry) const {
  const auto text = [](const auto& bytes) {
    return hex_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  if (entry.feed != 0) {
    const auto& feed = feeds_[entry.feed - 1U];
    return feed.customer + "/" + feed.feed + "/" + std::to_string(entry.offset);
  }
  if (entry.id == Id{}) return "sha256:" + text(entry.sha256);
  auto out = text(entry.id);
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    out.insert(at, 1, '-');
  return out;
}

std::string bare_address(std::string_view text) {
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  constexpr std::string_view mapped = "::ffff:";
  if (text.starts_with(mapped)) text.remove_prefix(mapped.size());
  return std::string(text);
}

bool is_address_field(std::string_view name) {
  return name == "ClientIP" || name == "ClientIPAddress" || name == "ActorIpAddress" ||
         name == "SenderIp" || name == "UserIp";
}

}  // namespace cistern::lab
