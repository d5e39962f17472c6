#include "lab/truth/sent_verifier.hpp"

#include "lab/entra/crypto.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::size_t kMostFindings = 100;

}  // namespace

SentVerifier::SentVerifier(const VerifyOptions& options, Proof& proof)
    : options_(options),
      proof_(proof),
      mail_({options.stopped_at, options.settle, options.settle_joined}) {}

Status SentVerifier::add_line(std::string_view line, bool& mine) {
  const auto vendor = member_text(line, "vendor").value_or("");
  mine = true;
  if (vendor == "syslog") return syslog_.add_line(line);
  if (vendor == "cisco_secure_email") return mail_.add_line(line);
  mine = false;
  return {};
}

void SentVerifier::find(std::string kind, const std::string& place, std::string id,
                        std::string detail) {
  if (proof_.findings.size() >= kMostFindings) return;
  proof_.findings.push_back({std::move(kind), place, std::move(id), std::move(detail)});
}

void SentVerifier::altered(const std::string& place, std::string id, std::string detail) {
  ++proof_.altered;
  find("altered", place, std::move(id), std::move(detail));
}

void SentVerifier::repeated(const std::string& place, std::string id, std::uint32_t times) {
  ++proof_.repeated;
  find("repeated", place, std::move(id), "it is there " + std::to_string(times) + " times");
}

void SentVerifier::remember(std::string_view line, Known known) {
  if (!options_.outputs.empty()) identities_[member_text(line, "id").value_or("")] = known;
}

std::string SentVerifier::name_of(const Marker& marker) const {
  for (const auto& sender : syslog_.senders()) {
    if (sender.number == marker.sender)
      return std::string(to_string(sender.transport)) + "/" + std::to_string(marker.sequence);
  }
  return std::to_string(marker.sequence);
}

// ---- store ----

bool SentVerifier::store_line(std::string_view line, std::string_view raw) {
  if (syslog_.senders().empty() && mail_.empty()) return false;
  const auto meta = member(line, "meta").value_or("{}");
  if (member(meta, "derived_from")) return store_joined(line, raw);
  if (member(meta, "transport")) return store_message(line, meta, raw);
  if (!member(meta, "appliance")) return false;
  const auto digest = sha256(raw);
  auto* const entry = mail_.by_digest(digest);
  if (entry == nullptr) return store_unknown_entry(line, meta);
  remember(line, digest_key(digest));
  count_entry("store", *entry, entry->in_store);
  return true;
}

bool SentVerifier::store_message(std::string_view line, std::string_view meta,
                                 std::string_view raw) {
  auto* const message = syslog_.by_digest(sha256(raw));
  if (message == nullptr) return store_unknown_message(line, meta, raw);
  const auto marker = syslog_.marker_of(*message);
  remember(line, marker);
  const auto name = name_of(marker);
  if (!name.starts_with(member_text(meta, "transport").value_or("") + "/"))
    altered("store", name, "its meta names another transport");
  if (++message->in_store > message->attempts) repeated("store", name, message->in_store);
  return true;
}

bool SentVerifier::store_unknown_message(std::string_view line, std::string_view meta,
                                         std::string_view raw) {
  if (syslog_.is_fragment(raw)) {
    ++fragments_[member_text(meta, "transport").value_or("")];
    remember(line, Noise{});
    return true;
  }
  const auto marker = find_marker(raw);
  auto* const message = marker ? syslog_.by_marker(*marker) : nullptr;
  if (message == nullptr) {
    ++proof_.invented;
    find("invented", "store", "", "no sender has said this: " + excerpt(raw, 80));
    return true;
  }
  ++message->in_store;
  remember(line, *marker);
  altered("store", name_of(*marker), "its bytes are not the sender's");
  return true;
}

bool SentVerifier::store_unknown_entry(std::string_view line, std::string_view meta) {
  const auto file = member_text(meta, "file").value_or("");
  const auto number = number_member(meta, "line");
  auto* const entry = mail_.by_place(file, number);
  if (entry == nullptr) {
    ++proof_.invented;
    find("invented", "store", file + ":" + std::to_string(number),
         "no file of the appliance has this line");
    return true;
  }
  ++entry->in_store;
  altered("store", mail_.name_of(*entry), "its bytes are not the appliance's");
  remember(line, Noise{});
  return true;
}

bool SentVerifier::store_joined(std::string_view line, std::string_view raw) {
  const auto mid = number_member(raw, "mid");
  const auto revision = std::max<std::uint64_t>(number_member(raw, "revision"), 1);
  remember(line, Joined{mid, revision});
  if (member_text(raw, "kind").value_or("") == "connection") {
    ++connections_;
    return true;
  }
  if (!mail_.used(mid)) {
    ++proof_.invented;
    find("invented", "store", "MID " + std::to_string(mid), "the appliance never used the number");
    return true;
  }
  if (!revisions_.emplace(mid, revision).second) {
    repeated("store", "MID " + std::to_string(mid), 2);
    return true;
  }
  if (true_member(raw, "partial")) {
    ++snapshots_;
    return true;
  }
  auto* const mail = mail_.by_mid(mid);
  if (mail == nullptr || mail->revision > revision) return true;
  mail->revision = revision;
  mail->event = raw;
  mail->id = member_text(line, "id").value_or("");
  return true;
}

void SentVerifier::count_entry(const std::string& place, SentLine& entry, std::uint32_t& seen) {
  if (++seen > entry.allowed) repeated(place, mail_.name_of(entry), seen);
}

// ---- outputs ----

bool SentVerifier::raw_output(const std::string& place, std::string_view raw) {
  const auto digest = sha256(raw);
  if (auto* const message = syslog_.by_digest(digest)) {
    if (++message->in_outputs > message->attempts)
      repeated(place, name_of(syslog_.marker_of(*message)), message->in_outputs);
    return true;
  }
  if (auto* const entry = mail_.by_digest(digest)) {
    count_entry(place, *entry, entry->in_outputs);
    return true;
  }
  const auto mid = number_member(raw, "mid");
  if (mid != 0 && mail_.used(mid) && member(raw, "recipients")) {
    if (auto* const mail = mail_.by_mid(mid); mail != nullptr && !true_member(raw, "partial"))
      ++mail->in_outputs;
    return true;
  }
  return syslog_.is_fragment(raw);
}

bool SentVerifier::document(const std::string& place, std::string_view document,
                            const DocumentKeys& keys) {
  const auto known = identities_.find(keys.cistern_id);
  if (known != identities_.end()) return known_document(place, document, known->second);
  if (!keys.original) return false;
  const auto digest = sha256(*keys.original);
  if (auto* const message = syslog_.by_digest(digest)) {
    message_document(place, document, *message);
    return true;
  }
  if (auto* const entry = mail_.by_digest(digest)) {
    count_entry(place, *entry, entry->in_outputs);
    return true;
  }
  return syslog_.is_fragment(*keys.original);
}

bool SentVerifier::document_by_marker(const std::string& place, std::string_view document) {
  const auto marker = syslog_.senders().empty() ? std::nullopt : find_marker(document);
  auto* const message = marker ? syslog_.by_marker(*marker) : nullptr;
  if (message == nullptr) return false;
  message_document(place, document, *message);
  return true;
}

bool SentVerifier::known_document(const std::string& place, std::string_view document,
                                  const Known& known) {
  if (const auto* marker = std::get_if<Marker>(&known)) {
    message_document(place, document, *syslog_.by_marker(*marker));
  } else if (const auto* digest = std::get_if<DigestKey>(&known)) {
    auto* const entry = mail_.by_digest({reinterpret_cast<const char*>(digest->data()), 16});
    count_entry(place, *entry, entry->in_outputs);
  } else if (const auto* joined = std::get_if<Joined>(&known)) {
    joined_document(place, document, *joined);
  }
  return true;
}

void SentVerifier::message_document(const std::string& place, std::string_view document,
                                    SentMessage& message) {
  const auto name = name_of(syslog_.marker_of(message));
  if (++message.in_outputs > std::max<std::uint32_t>(message.attempts, message.in_store))
    repeated(place, name, message.in_outputs);
  if (const auto wrong = syslog_.difference(document, message)) altered(place, name, *wrong);
}

void SentVerifier::joined_document(const std::string& place, std::string_view document,
                                   const Joined& joined) {
  auto* const mail = mail_.by_mid(joined.mid);
  if (mail == nullptr || mail->revision != joined.revision) return;
  const auto name = "MID " + std::to_string(joined.mid);
  if (++mail->in_outputs > 1) repeated(place, name, mail->in_outputs);
  if (const auto wrong = mail_document_difference(mail->expect, document))
    altered(place, name, *wrong);
}

}  // namespace cistern::lab
