#include "lab/truth/record_verifier.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/truth/json_scan.hpp"
#include "lab/truth/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace cistern::lab {

namespace {

tl::unexpected<Failure> bad_truth(const std::string& why) {
  return fail_stop("lab/bad-truth", "the truth cannot be used: " + why,
                   "fetch it again from a running lab with GET /lab/truth");
}

std::uint64_t number_of(std::string_view line, std::string_view name, std::uint64_t fallback) {
  const auto text = member_text(line, name);
  std::uint64_t value = fallback;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

bool flag_of(std::string_view line, std::string_view name) {
  return member_text(line, name).value_or("") == "true";
}

std::string digest_of(std::string_view line, std::string_view name) {
  auto digest = hex_decode(member_text(line, name).value_or(""));
  return digest && digest->size() == 32 ? std::move(*digest) : std::string{};
}

// Times are normalised, texts of JSON are taken apart, and the state of a computer is that of the
// moment it was read.
bool must_survive(std::string_view path, std::string_view text) {
  if (text.empty() || text.starts_with('{')) return false;
  if (path == "date" || path == "start_date" || path == "timestamp" || path == "isotimestamp" ||
      path == "timestamp_nanoseconds" || path == "created_at" || path == "ts" ||
      path == "surfaced_timestamp" || path == "start_timestamp" || path == "computer.active") {
    return false;
  }
  return path.find('.') == std::string_view::npos;
}

// Both vendors say a time twice, in whole seconds and with a fraction; either may be the
// document's.
bool is_time_of(TimePoint document, TimePoint record) {
  return std::chrono::floor<std::chrono::milliseconds>(document) ==
             std::chrono::floor<std::chrono::milliseconds>(record) ||
         document == std::chrono::floor<std::chrono::seconds>(record);
}

}  // namespace

std::uint64_t RecordVerifier::Record::stored() const {
  std::uint64_t sum = 0;
  for (const auto& form : forms)
    sum += form.in_store;
  return sum;
}

std::uint64_t RecordVerifier::Record::delivered() const {
  std::uint64_t sum = 0;
  for (const auto& form : forms)
    sum += form.in_outputs;
  return sum;
}

RecordVerifier::RecordVerifier(std::string_view vendor, std::string_view title, Claim claim,
                               const VerifyOptions& options, Proof& proof)
    : vendor_(vendor),
      title_(title),
      claim_(claim),
      options_(options),
      findings_(proof),
      with_values_(!options.outputs.empty() && options.format == "ecs") {}

// ---- truth ----

Status RecordVerifier::add_line(std::string_view line) {
  const auto kind = member_text(line, "kind").value_or("");
  if (kind == "record") return add_record(line);
  if (kind == "gap") {
    ++gaps_;
    return {};
  }
  if (kind != "end") return bad_truth("a line is of no known kind: " + excerpt(line, 100));
  promised_ = number_of(line, "records", 0);
  return {};
}

Status RecordVerifier::check_end() const {
  if (records_.empty() && !promised_) return {};
  if (promised_ == records_.size()) return {};
  return bad_truth("it holds fewer records of " + title_ + " than it says");
}

bool RecordVerifier::is_due(TimePoint from) const {
  return options_.stopped_at == TimePoint{} || from + options_.settle <= options_.stopped_at;
}

Status RecordVerifier::add_record(std::string_view line) {
  const auto time = parse_time(member_text(line, "time").value_or(""));
  const auto from = parse_time(member_text(line, "from").value_or(""));
  auto digest = digest_of(line, "sha256");
  if (!time || !from || digest.empty())
    return bad_truth("a record lacks its digest or its times: " + excerpt(line, 100));
  Record record;
  record.id = member_text(line, "id").value_or("");
  record.event_id = member_text(line, "event_id").value_or("");
  record.time = *time;
  record.versions = flag_of(line, "versions");
  record.most = number_of(line, "most", 1);
  if (flag_of(line, "owed") && is_due(*from)) record.count = number_of(line, "count", 1);
  Place place{static_cast<std::uint32_t>(records_.size()), 0};
  if (!digests_.emplace(std::move(digest), place).second)
    return bad_truth("a record stands in it twice: " + excerpt(line, 100));
  for_each_leaf(member(line, "later").value_or("[]"), [&](auto, std::string_view value) {
    ++place.form;
    digests_.emplace(hex_decode(text_of(value)).value_or(""), place);
    return true;
  });
  record.forms.resize(place.form + 1);
  if (with_values_) {
    for_each_leaf(member(line, "record").value_or("{}"), [&](auto path, std::string_view value) {
      const auto text = text_of(value);
      if (must_survive(path, text)) record.values.push_back(fingerprint(lower_case(text)));
      return true;
    });
  }
  by_name_.emplace(record.id, Place{place.record, 0});
  if (!record.event_id.empty()) by_name_.emplace(record.event_id, Place{place.record, 0});
  records_.push_back(std::move(record));
  return {};
}

// ---- what was stored and delivered ----

const RecordVerifier::Place* RecordVerifier::find(std::string_view raw) const {
  const auto found = digests_.find(sha256(raw));
  return found == digests_.end() ? nullptr : &found->second;
}

const RecordVerifier::Place* RecordVerifier::claimed(const std::string& place, std::string_view raw,
                                                     bool& mine) {
  const auto claim = claim_(raw);
  mine = claim.has_value();
  if (!claim) return nullptr;
  const auto found = by_name_.find(*claim);
  if (found == by_name_.end()) {
    findings_.invented(place, *claim, "no record of the vendor has these bytes or this id");
    return nullptr;
  }
  findings_.altered(place, records_[found->second.record].id, "its bytes are not the vendor's");
  return &found->second;
}

void RecordVerifier::count(std::uint32_t Form::*seen, const Place& at, const std::string& place) {
  auto& record = records_[at.record];
  auto& form = record.forms[at.form];
  ++(form.*seen);
  std::uint64_t times = form.*seen;
  if (!record.versions) {
    times = 0;
    for (const auto& one : record.forms)
      times += one.*seen;
  }
  if (times > record.most) findings_.repeated(place, record.id, times);
}

bool RecordVerifier::store_line(std::string_view line, std::string_view raw, std::string_view) {
  bool mine = true;
  const auto* at = find(raw);
  if (at == nullptr) at = claimed("store", raw, mine);
  if (at == nullptr) return mine;
  count(&Form::in_store, *at, "store");
  if (!options_.outputs.empty()) identities_[member_text(line, "id").value_or("")] = *at;
  return true;
}

bool RecordVerifier::raw_output(const std::string& place, std::string_view raw) {
  bool mine = true;
  const auto* at = find(raw);
  if (at == nullptr) at = claimed(place, raw, mine);
  if (at != nullptr) count(&Form::in_outputs, *at, place);
  return mine;
}

bool RecordVerifier::document(const std::string& place, std::string_view document,
                              const DocumentKeys& keys) {
  const Place* at = keys.original ? find(*keys.original) : nullptr;
  if (const auto stored = identities_.find(keys.cistern_id);
      at == nullptr && stored != identities_.end()) {
    at = &stored->second;
  }
  if (at == nullptr) {
    const auto named = by_name_.find(keys.event_id);
    if (keys.event_id.empty() || named == by_name_.end()) return false;
    at = &named->second;
  }
  count(&Form::in_outputs, *at, place);
  const auto& record = records_[at->record];
  if (keys.original && find(*keys.original) == nullptr) {
    findings_.altered(place, record.id, "event.original is not the vendor's record");
  } else if (const auto wrong = difference(document, record, *at)) {
    findings_.altered(place, record.id, *wrong);
  }
  return true;
}

std::optional<std::string> RecordVerifier::difference(std::string_view document,
                                                      const Record& record, const Place& at) const {
  const auto text = member_text(document, "@timestamp");
  if (!text) return "it has no @timestamp";
  const auto time = parse_time(*text);
  if (!time || !is_time_of(*time, record.time))
    return "@timestamp is " + *text + ", the vendor said " + format_time(record.time);
  // The truth shows the first version only.
  if (record.versions && at.form != 0) return std::nullopt;
  std::unordered_set<std::uint32_t> values;
  for_each_leaf(document, [&](std::string_view path, std::string_view value) {
    if (path != "event.original") values.insert(fingerprint(lower_case(text_of(value))));
    return true;
  });
  const auto missing = std::count_if(record.values.begin(), record.values.end(),
                                     [&](auto value) { return !values.contains(value); });
  if (missing == 0) return std::nullopt;
  return std::to_string(missing) + " of the vendor's values stand nowhere in it";
}

// ---- sum ----

void RecordVerifier::add_up(bool has_store, bool has_outputs) {
  VendorShare share;
  share.name = title_;
  auto& proof = findings_.proof();
  proof.gaps += gaps_;
  for (const auto& record : records_) {
    const auto stored = record.stored();
    const auto delivered = record.delivered();
    if (has_store && has_outputs && stored > delivered) proof.waiting += stored - delivered;
    proof.unowed += record.most > record.count ? record.most - record.count : 0;
    share.owed += record.count;
    share.stored += std::min(stored, record.count);
    share.delivered += std::min(delivered, record.count);
    for (auto had = std::max(stored, delivered); had < record.count; ++had) {
      findings_.lost(has_store ? "store" : options_.outputs.front(), record.id,
                     "the vendor had it readable in time");
    }
  }
  findings_.add_share(std::move(share));
}

}  // namespace cistern::lab
