#include "base/bytes.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/lab.hpp"
#include "lab/truth/document.hpp"
#include "lab/truth/falcon_document.hpp"
#include "lab/truth/json_scan.hpp"
#include "lab/truth/ledger.hpp"
#include "lab/truth/lines.hpp"
#include "lab/truth/sent_verifier.hpp"
#include "lab/truth/vendor_verifier.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace cistern::lab {

namespace {

constexpr std::size_t kMostFindings = 100;

// What is stored under an identity: no event, but a line of a stream that may be kept or not.
constexpr std::uint32_t kNoise = UINT32_MAX;

class Verifier {
 public:
  explicit Verifier(const VerifyOptions& options)
      : options_(options),
        ledger_({options.stopped_at, options.settle},
                !options.outputs.empty() && options.format == "ecs"),
        sent_(options, proof_),
        vendors_(make_vendor_verifiers(options, proof_)) {}

  Result<Proof> run() {
    if (auto read = read_truth(); !read) return tl::unexpected(read.error());
    if (!options_.store_dump.empty()) {
      auto read = read_lines(options_.store_dump, [this](std::string_view line, bool whole) {
        check_store_line(line, whole);
      });
      if (!read) return tl::unexpected(read.error());
    }
    for (const auto& path : options_.outputs) {
      place_ = path;
      auto read = read_lines(
          path, [this](std::string_view line, bool whole) { check_output_line(line, whole); });
      if (!read) return tl::unexpected(read.error());
    }
    add_up();
    return std::move(proof_);
  }

 private:
  Status read_truth() {
    Status first;
    const auto sink = [&](std::string_view line, bool) {
      if (!first) return;
      bool of_sender = false;
      first = sent_.add_line(line, of_sender);
      if (!first || of_sender) return;
      auto* const vendor = vendor_of(line);
      first = vendor != nullptr ? vendor->add_line(line) : ledger_.add_line(line);
    };
    const auto read = options_.lab_url.empty() ? read_lines(options_.truth_file, sink)
                                               : fetch_lines(options_.lab_url + "/lab/truth", sink);
    if (!read) return read;
    if (!first) return first;
    for (const auto& vendor : vendors_) {
      if (auto whole = vendor->check_end(); !whole) return whole;
    }
    return ledger_.check_end();
  }

  VendorVerifier* vendor_of(std::string_view line) const {
    const auto name = member_text(line, "vendor");
    for (const auto& vendor : vendors_) {
      if (name && vendor->vendor() == *name) return vendor.get();
    }
    return nullptr;
  }

  // Whether one of the vendors with a verifier of its own takes what `ask` shows it.
  template <class Ask>
  bool taken(const Ask& ask) const {
    return std::any_of(vendors_.begin(), vendors_.end(),
                       [&](const auto& vendor) { return ask(*vendor); });
  }

  void find(std::string kind, std::string place, std::string id, std::string detail) {
    if (proof_.findings.size() >= kMostFindings) return;
    proof_.findings.push_back(
        {std::move(kind), std::move(place), std::move(id), std::move(detail)});
  }

  void invented(const std::string& place, const std::string& id, const std::string& detail) {
    ++proof_.invented;
    find("invented", place, id, detail);
  }

  void altered(const std::string& place, const Entry& entry, const std::string& detail) {
    ++proof_.altered;
    find("altered", place, ledger_.name_of(entry), detail);
  }

  void count(std::uint32_t& seen, const std::string& place, const Entry& entry) {
    if (++seen == 1) return;
    ++proof_.repeated;
    find("repeated", place, ledger_.name_of(entry),
         "it is there " + std::to_string(seen) + " times");
  }

  // ---- store ----

  void check_store_line(std::string_view line, bool whole) {
    if (line.empty()) return;
    const auto raw = raw_of(line);
    if (!whole || !raw) {
      invented("store", "", "a line is cut or holds no raw: " + excerpt(line, 100));
      return;
    }
    if (sent_.store_line(line, *raw)) return;
    const auto meta = member(line, "meta").value_or("{}");
    if (taken([&](VendorVerifier& vendor) { return vendor.store_line(line, *raw, meta); })) return;
    if (ledger_.is_noise(sha256(*raw))) {
      remember(line, kNoise);
      return;
    }
    const auto feed = member_text(meta, "feed");
    auto* const entry = match_raw("store", *raw, feed.value_or(""));
    if (entry == nullptr) return;
    count(entry->in_store, "store", *entry);
    remember(line, ledger_.place_of(*entry));
  }

  void remember(std::string_view line, std::uint32_t place) {
    if (!options_.outputs.empty()) identities_[member_text(line, "id").value_or("")] = place;
  }

  // The vendor's bytes of a line: embedded JSON, text, or base64.
  static std::optional<std::string> raw_of(std::string_view line) {
    std::optional<std::string> raw;
    const bool readable = for_each_member(line, [&](std::string_view name, std::string_view value) {
      if (name == "raw") raw = text_of(value);
      if (name == "raw_base64") raw = base64_decode(text_of(value));
      return true;
    });
    return readable ? raw : std::nullopt;
  }

  // The entry of these bytes; an altered or invented record is reported.
  Entry* match_raw(const std::string& place, std::string_view raw, std::string_view feed = {}) {
    if (auto* const exact = ledger_.by_digest(sha256(raw))) return exact;
    if (const auto where = falcon_place_of(raw)) {
      auto* const entry = ledger_.by_offset(where->customer, feed, where->offset);
      if (entry != nullptr) {
        altered(place, *entry, "its bytes are not the vendor's");
      } else {
        invented(place,
                 where->customer + "/" + std::string(feed) + "/" + std::to_string(where->offset),
                 "no event of the vendor has this offset");
      }
      return entry;
    }
    const auto id = member_text(raw, "Id").value_or("");
    auto* entry = ledger_.by_id(id);
    if (entry == nullptr && id.empty()) {
      entry = ledger_.by_object_id(member_text(raw, "ObjectId").value_or("-"));
    }
    if (entry == nullptr) {
      invented(place, id, "no record of the vendor has these bytes or this id");
      return nullptr;
    }
    altered(place, *entry, "its bytes are not the vendor's");
    return entry;
  }

  // ---- outputs ----

  void check_output_line(std::string_view line, bool whole) {
    if (line.empty()) return;
    if (!whole) {
      invented(place_, "", "the last line is cut: " + excerpt(line, 100));
    } else if (options_.format == "raw") {
      check_raw_line(line);
    } else {
      check_document(line);
    }
  }

  void check_raw_line(std::string_view line) {
    // What is no JSON may be delivered as a JSON string.
    const auto raw = line.starts_with('"') ? text_of(line) : std::string(line);
    if (sent_.raw_output(place_, raw)) return;
    if (taken([&](VendorVerifier& vendor) { return vendor.raw_output(place_, raw); })) return;
    if (ledger_.is_noise(sha256(raw)) || ledger_.is_noise(sha256(line))) return;
    auto* const entry = match_raw(place_, raw);
    if (entry != nullptr) count(entry->in_outputs, place_, *entry);
  }

  void check_document(std::string_view line) {
    const auto keys = keys_of(line);
    if (!keys.readable) {
      invented(place_, "", "a line is not a JSON object: " + excerpt(line, 100));
      return;
    }
    if (sent_.document(place_, line, keys) || is_noise(keys)) return;
    if (taken([&](VendorVerifier& vendor) { return vendor.document(place_, line, keys); })) return;
    auto* const entry = match_document(keys);
    if (entry == nullptr && sent_.document_by_marker(place_, line)) return;
    if (entry == nullptr) {
      invented(place_, keys.event_id, "no record of the vendor belongs to this document");
      return;
    }
    count(entry->in_outputs, place_, *entry);
    const bool same_original = keys.original && has_digest(*entry, *keys.original);
    if (keys.original && !same_original && !entry->odd) {
      altered(place_, *entry, "event.original is not the vendor's record");
    } else if (!entry->odd) {
      const auto wrong = entry->feed != 0 ? falcon_difference(line, ledger_, *entry)
                                          : difference(line, ledger_, *entry);
      if (wrong) altered(place_, *entry, *wrong);
    }
  }

  bool is_noise(const DocumentKeys& keys) const {
    if (keys.original && ledger_.is_noise(sha256(*keys.original))) return true;
    const auto stored = identities_.find(keys.cistern_id);
    return stored != identities_.end() && stored->second == kNoise;
  }

  static bool has_digest(const Entry& entry, std::string_view text) {
    const auto digest = sha256(text);
    return std::equal(entry.sha256.begin(), entry.sha256.end(), digest.begin(),
                      [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  }

  Entry* match_document(const DocumentKeys& keys) {
    if (keys.original) {
      if (auto* const entry = ledger_.by_digest(sha256(*keys.original))) return entry;
      const auto bytes = base64_decode(*keys.original);
      auto* const entry = bytes ? ledger_.by_digest(sha256(*bytes)) : nullptr;
      if (entry != nullptr) return entry;
    }
    if (auto* const entry = ledger_.by_id(keys.event_id)) return entry;
    const auto stored = identities_.find(keys.cistern_id);
    if (!keys.cistern_id.empty() && stored != identities_.end()) {
      return ledger_.at(stored->second);
    }
    if (keys.falcon_offset) {
      return ledger_.by_offset(keys.falcon_customer, keys.falcon_feed, *keys.falcon_offset);
    }
    return keys.object_id.empty() ? nullptr : ledger_.by_object_id(keys.object_id);
  }

  // ---- sum ----

  void add_up() {
    const bool has_store = !options_.store_dump.empty();
    const bool has_outputs = !options_.outputs.empty();
    std::array<VendorShare, 2> shares{{{"Microsoft 365", 0, 0, 0, {}}, {"Falcon", 0, 0, 0, {}}}};
    proof_.unowed = ledger_.unowed_elsewhere();
    proof_.gaps = ledger_.gaps();
    for (const auto& entry : ledger_.entries()) {
      const bool stored = entry.in_store > 0;
      const bool delivered = entry.in_outputs > 0;
      if (has_store && has_outputs && stored && !delivered) ++proof_.waiting;
      if (!entry.owed) {
        ++proof_.unowed;
        continue;
      }
      ++proof_.owed;
      proof_.stored += stored ? 1 : 0;
      proof_.delivered += delivered ? 1 : 0;
      auto& share = shares[entry.feed != 0 ? 1 : 0];
      ++share.owed;
      share.stored += stored ? 1 : 0;
      share.delivered += delivered ? 1 : 0;
      if (stored || delivered) continue;
      ++proof_.lost;
      find("lost", has_store ? "store" : options_.outputs.front(), ledger_.name_of(entry),
           "the vendor had it readable in time");
    }
    for (const auto& share : shares) {
      if (share.owed > 0) proof_.vendors.push_back(share);
    }
    sent_.add_up(has_store, has_outputs);
    for (const auto& vendor : vendors_)
      vendor->add_up(has_store, has_outputs);
  }

  const VerifyOptions& options_;
  Ledger ledger_;
  Proof proof_;
  std::string place_;
  SentVerifier sent_;
  std::vector<std::unique_ptr<VendorVerifier>> vendors_;
  std::unordered_map<std::string, std::uint32_t> identities_;  // cistern.id to entry.
};

}  // namespace

Result<Proof> verify(const VerifyOptions& options) {
  if (options.lab_url.empty() == options.truth_file.empty()) {
    return fail_stop("lab/no-truth", "the truth is needed from exactly one place",
                     "give the address of a running lab, or a file saved from GET /lab/truth");
  }
  if (options.store_dump.empty() && options.outputs.empty()) {
    return fail_stop("lab/nothing-to-verify", "neither a store dump nor an output was given",
                     "give --store with the output of `cistern store dump`, or output files");
  }
  if (options.format != "ecs" && options.format != "raw") {
    return fail_stop("lab/unknown-format",
                     "there is no format '" + excerpt(options.format, 40) + "'",
                     "choose ecs or raw");
  }
  return Verifier(options).run();
}

}  // namespace cistern::lab
