#include "lab/truth/mail_ledger.hpp"

#include <algorithm>

namespace cistern::lab {

Status MailLedger::add_line(std::string_view line) {
  const auto kind = member_text(line, "kind").value_or("");
  if (kind == "line") return add_entry(line);
  if (kind == "file") return add_file(line);
  if (kind == "mail") return add_mail(line);
  if (kind == "appliance") {
    last_mid_ = number_member(line, "last_mid");
    return {};
  }
  // The last line says how much there is.
  const bool whole =
      number_member(line, "lines") == entries_ && number_member(line, "mails") == mails_.size();
  if (kind != "sent" || !whole) return bad_sent_truth(line);
  return {};
}

bool MailLedger::in_time(TimePoint at, Duration settle) const {
  return rules_.stopped_at == TimePoint{} || at + settle <= rules_.stopped_at;
}

Status MailLedger::add_file(std::string_view line) {
  if (number_member(line, "file") != files_.size()) return bad_sent_truth(line);
  File file;
  file.name = member_text(line, "name").value_or("");
  const bool acknowledged = true_member(line, "acknowledged");
  file.owed = acknowledged && in_time(time_member_of(line, "acknowledged_at"), rules_.settle);
  file.allowed = acknowledged || true_member(line, "tried_whole");
  const auto place = static_cast<std::uint32_t>(files_.size());
  names_.emplace(file.name, place);
  for_each_leaf(member(line, "other_names").value_or("[]"),
                [&](std::string_view, std::string_view name) {
                  names_.emplace(text_of(name), place);
                  return true;
                });
  files_.push_back(std::move(file));
  return {};
}

Status MailLedger::add_entry(std::string_view line) {
  const auto digest = digest_member(line);
  const auto place = number_member(line, "file");
  if (!digest || place >= files_.size()) return bad_sent_truth(line);
  auto& file = files_[place];
  const auto number = static_cast<std::uint32_t>(number_member(line, "line"));
  auto [entry, added] = lines_.try_emplace(*digest);
  if (added) {
    entry->second.file = static_cast<std::uint32_t>(place);
    entry->second.line = number;
  }
  entry->second.owed += file.owed ? 1 : 0;
  entry->second.allowed += file.allowed ? 1 : 0;
  file.lines.emplace_back(number, *digest);
  ++entries_;
  return {};
}

Status MailLedger::add_mail(std::string_view line) {
  SentMail mail;
  mail.mid = number_member(line, "mid");
  mail.expect = member(line, "expect").value_or("");
  mail.owed =
      true_member(line, "owed") && in_time(time_member_of(line, "known"), rules_.settle_joined);
  if (mail.mid == 0 || mail.expect.empty()) return bad_sent_truth(line);
  const auto mid = mail.mid;
  if (!mails_.emplace(mid, std::move(mail)).second) return bad_sent_truth(line);
  return {};
}

SentLine* MailLedger::by_digest(std::string_view sha256) {
  const auto found = lines_.find(digest_key(sha256));
  return found == lines_.end() ? nullptr : &found->second;
}

SentLine* MailLedger::by_place(std::string_view name, std::uint64_t line) {
  const auto found = names_.find(std::string(name));
  if (found == names_.end()) return nullptr;
  for (const auto& [number, digest] : files_[found->second].lines) {
    if (number == line) return &lines_.at(digest);
  }
  return nullptr;
}

std::string MailLedger::name_of(const SentLine& line) const {
  return files_[line.file].name + ":" + std::to_string(line.line);
}

SentMail* MailLedger::by_mid(std::uint64_t mid) {
  const auto found = mails_.find(mid);
  return found == mails_.end() ? nullptr : &found->second;
}

}  // namespace cistern::lab
