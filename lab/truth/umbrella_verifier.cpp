#include "lab/truth/umbrella_verifier.hpp"

#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/truth/json_scan.hpp"
#include "lab/truth/ledger.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace cistern::lab {

namespace {

tl::unexpected<Failure> bad_truth(const std::string& why) {
  return fail_stop("lab/bad-truth", "Umbrella's truth cannot be used: " + why,
                   "fetch it again from a running lab with GET /lab/truth");
}

std::uint64_t number_in(std::string_view object, std::string_view name) {
  const auto text = member_text(object, name);
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::uint64_t first_word(const std::array<std::uint8_t, 16>& digest) {
  std::uint64_t word = 0;
  std::memcpy(&word, digest.data(), sizeof word);
  return word;
}

}  // namespace

UmbrellaVerifier::UmbrellaVerifier(const VerifyOptions& options, Proof& proof)
    : options_(options), findings_(proof) {}

UmbrellaVerifier::Digest UmbrellaVerifier::digest_of(std::string_view raw) {
  Digest digest{};
  const auto whole = sha256(raw);
  std::memcpy(digest.data(), whole.data(), digest.size());
  return digest;
}

Status UmbrellaVerifier::add_line(std::string_view line) {
  const auto kind = member_text(line, "kind").value_or("");
  if (kind == "row") return add_row(line);
  if (kind == "object") return add_object(line);
  if (kind != "count") return bad_truth("a line is of no known kind: " + excerpt(line, 100));
  promised_ = {number_in(line, "objects"), number_in(line, "rows")};
  return {};
}

Status UmbrellaVerifier::add_object(std::string_view line) {
  Object object;
  object.name =
      member_text(line, "bucket").value_or("") + "/" + member_text(line, "key").value_or("");
  const auto from = parse_time(member_text(line, "from").value_or(""));
  if (!from) return bad_truth("an object has no time: " + excerpt(line, 100));
  const bool late =
      options_.stopped_at != TimePoint{} && *from + options_.settle > options_.stopped_at;
  object.owed = member_text(line, "owed").value_or("") == "true" && !late;
  object.first_row = static_cast<std::uint32_t>(rows_.size());
  if (!by_name_.emplace(object.name, static_cast<std::uint32_t>(objects_.size())).second)
    return bad_truth("an object stands in it twice: " + excerpt(line, 100));
  objects_.push_back(std::move(object));
  return {};
}

Status UmbrellaVerifier::add_row(std::string_view line) {
  const auto digest = hex_decode(member_text(line, "sha256").value_or(""));
  const auto time = parse_time(member_text(line, "time").value_or(""));
  if (objects_.empty() || !digest || digest->size() != 32 || !time)
    return bad_truth("a row lacks its object, digest or time: " + excerpt(line, 100));
  Row row;
  std::memcpy(row.digest.data(), digest->data(), row.digest.size());
  row.time = *time;
  row.object = static_cast<std::uint32_t>(objects_.size() - 1);
  row.number = static_cast<std::uint32_t>(number_in(line, "row"));
  row.first_value = static_cast<std::uint32_t>(values_.size());
  for_each_leaf(member(line, "values").value_or("[]"), [&](std::string_view, auto value) {
    values_.push_back(fingerprint(text_of(value)));
    return true;
  });
  row.values = static_cast<std::uint16_t>(values_.size() - row.first_value);
  if (options_.format == "raw" && !options_.outputs.empty())
    by_digest_.emplace(first_word(row.digest), static_cast<std::uint32_t>(rows_.size()));
  rows_.push_back(row);
  ++objects_.back().rows;
  return {};
}

Status UmbrellaVerifier::check_end() const {
  if (!promised_ && objects_.empty()) return {};
  if (promised_ && promised_->first == objects_.size() && promised_->second == rows_.size())
    return {};
  return bad_truth("it holds fewer rows than it says");
}

std::string UmbrellaVerifier::name_of(const Row& row) const {
  return objects_[row.object].name + "#" + std::to_string(row.number);
}

UmbrellaVerifier::Row* UmbrellaVerifier::row_at(std::string_view meta) {
  const auto found = by_name_.find(member_text(meta, "bucket").value_or("") + "/" +
                                   member_text(meta, "key").value_or(""));
  if (found == by_name_.end()) return nullptr;
  const auto& object = objects_[found->second];
  const auto number = number_in(meta, "row");
  if (object.rows == 0 || number < rows_[object.first_row].number) return nullptr;
  const auto behind = number - rows_[object.first_row].number;
  return behind < object.rows ? &rows_[object.first_row + behind] : nullptr;
}

void UmbrellaVerifier::count(std::uint16_t& seen, const std::string& place, const Row& row) {
  if (++seen > 1) findings_.repeated(place, name_of(row), seen);
}

bool UmbrellaVerifier::store_line(std::string_view line, std::string_view raw,
                                  std::string_view meta) {
  if (objects_.empty() || !member(meta, "bucket") || !member(meta, "key")) return false;
  auto* const row = row_at(meta);
  const auto name = member_text(meta, "key").value_or("") + "#" +
                    member_text(meta, "row").value_or("(the object's bytes)");
  if (row == nullptr) {
    findings_.invented("store", name, "no object of the export has this row: " + excerpt(raw, 60));
    return true;
  }
  count(row->in_store, "store", *row);
  if (digest_of(raw) != row->digest)
    findings_.altered("store", name, "its bytes are not the row's");
  if (!options_.outputs.empty()) {
    identities_[member_text(line, "id").value_or("")] =
        static_cast<std::uint32_t>(row - rows_.data());
  }
  return true;
}

bool UmbrellaVerifier::raw_output(const std::string& place, std::string_view raw) {
  if (objects_.empty()) return false;
  const auto digest = digest_of(raw);
  const auto [begin, end] = by_digest_.equal_range(first_word(digest));
  Row* candidate = nullptr;
  // Equal rows are told apart by nothing: one after the other is taken.
  for (auto at = begin; at != end; ++at) {
    auto& row = rows_[at->second];
    if (row.digest != digest) continue;
    if (candidate == nullptr || row.in_outputs < candidate->in_outputs) candidate = &row;
  }
  if (candidate == nullptr) return false;
  count(candidate->in_outputs, place, *candidate);
  return true;
}

UmbrellaVerifier::Row* UmbrellaVerifier::row_of(std::string_view document,
                                                const DocumentKeys& keys) {
  const auto stored = identities_.find(keys.cistern_id);
  if (stored != identities_.end()) return &rows_[stored->second];
  const auto own = member(document, "cistern");
  const auto meta = own ? member(*own, "meta") : std::nullopt;
  return meta ? row_at(*meta) : nullptr;
}

bool UmbrellaVerifier::document(const std::string& place, std::string_view document,
                                const DocumentKeys& keys) {
  if (objects_.empty()) return false;
  auto* const row = row_of(document, keys);
  if (row == nullptr) return false;
  count(row->in_outputs, place, *row);
  if (const auto wrong = difference(document, *row))
    findings_.altered(place, name_of(*row), *wrong);
  return true;
}

std::optional<std::string> UmbrellaVerifier::difference(std::string_view document,
                                                        const Row& row) const {
  const auto time = member_text(document, "@timestamp");
  if (!time || parse_time(*time) != row.time)
    return "@timestamp is " + time.value_or("missing") + ", the row's is " + format_time(row.time);
  std::vector<std::uint32_t> missing(values_.begin() + row.first_value,
                                     values_.begin() + row.first_value + row.values);
  for_each_leaf(document, [&](std::string_view, std::string_view value) {
    const auto print = fingerprint(text_of(value));
    std::erase(missing, print);
    return !missing.empty();
  });
  if (missing.empty()) return std::nullopt;
  return "a cell of the row stands nowhere in the document";
}

void UmbrellaVerifier::add_up(bool has_store, bool has_outputs) {
  VendorShare share{"Umbrella", 0, 0, 0, {}};
  std::uint64_t owed_objects = 0;
  for (const auto& object : objects_)
    owed_objects += object.owed ? 1 : 0;
  for (const auto& row : rows_) {
    const bool stored = row.in_store > 0;
    const bool delivered = row.in_outputs > 0;
    if (has_store && has_outputs && stored && !delivered) ++findings_.proof().waiting;
    if (!objects_[row.object].owed) {
      ++findings_.proof().unowed;
      continue;
    }
    ++share.owed;
    share.stored += stored ? 1 : 0;
    share.delivered += delivered ? 1 : 0;
    if (!stored && !delivered) {
      findings_.lost(has_store ? "store" : options_.outputs.front(), name_of(row),
                     "its object was in the bucket in time");
    }
  }
  share.counts.emplace_back("objects", owed_objects);
  findings_.add_share(std::move(share));
}

}  // namespace cistern::lab
