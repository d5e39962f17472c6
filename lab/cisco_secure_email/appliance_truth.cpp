#include "lab/cisco_secure_email/appliance_truth.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

// A message is told when its log has gone on for this long behind its last line.
constexpr Duration kGrace = std::chrono::seconds{15};
// Lines of its connection stand before its own.
constexpr Duration kConnection = std::chrono::minutes{2};

codec::JsonWriter& begin_row(codec::JsonWriter& writer, std::string_view kind) {
  return writer.begin_object().key("kind").string(kind).key("vendor").string("cisco_secure_email");
}

}  // namespace

bool is_mail_owed(const MailTruth& mail, const Appliance::Truth& truth) {
  if (mail.finished + kGrace > truth.log_until) return false;
  for (const auto& one : truth.files) {
    if (one.acknowledged || one.file->log != kMailLog) continue;
    const bool beside =
        one.file->ended < mail.begun - kConnection || one.file->begun > mail.finished + kGrace;
    if (!beside) return false;
  }
  return true;
}

TimePoint known_since(const MailTruth& mail, const Appliance::Truth& truth) {
  TimePoint since{};
  for (const auto& one : truth.files) {
    if (one.file->log == kMailLog && one.file->begun <= mail.finished + kGrace)
      since = std::max(since, one.acknowledged_at);
  }
  return since;
}

bool ApplianceTruthWriter::write(std::string& out, std::size_t enough) {
  if (!begun_) write_head(out);
  begun_ = true;
  while (out.size() < enough) {
    if (file_ < truth_.files.size()) {
      const auto& file = *truth_.files[file_].file;
      if (entry_ == 0) write_file(out, file_);
      if (entry_ < file.entries.size()) {
        write_entry(out, file, file.entries[entry_++]);
      } else {
        ++file_;
        entry_ = 0;
      }
    } else if (mail_ < truth_.mails.size()) {
      write_mail(out, truth_.mails[mail_++]);
    } else {
      codec::JsonWriter writer(out);
      begin_row(writer, "sent").key("lines").number(lines_);
      writer.key("mails").number(std::uint64_t{truth_.mails.size()}).end_object();
      out += '\n';
      return false;
    }
  }
  return true;
}

void ApplianceTruthWriter::write_head(std::string& out) const {
  codec::JsonWriter writer(out);
  begin_row(writer, "appliance").key("serial").string(kApplianceSerial);
  writer.key("last_mid").number(truth_.last_mid);
  writer.key("log_until").string(format_time(truth_.log_until)).end_object();
  out += '\n';
}

void ApplianceTruthWriter::write_file(std::string& out, std::size_t at) const {
  const auto& one = truth_.files[at];
  codec::JsonWriter writer(out);
  begin_row(writer, "file").key("file").number(std::uint64_t{at});
  writer.key("name").string(one.file->name).key("other_names").begin_array();
  for (const auto& name : one.other_names)
    writer.string(name);
  writer.end_array().key("log").string(kApplianceLogs[one.file->log].name);
  writer.key("stream").string(kApplianceLogs[one.file->log].kind);
  writer.key("acknowledged").boolean(one.acknowledged);
  if (one.acknowledged) writer.key("acknowledged_at").string(format_time(one.acknowledged_at));
  writer.key("tried_whole").boolean(one.tried_whole);
  writer.key("attempts").number(std::uint64_t{one.attempts}).end_object();
  out += '\n';
}

void ApplianceTruthWriter::write_entry(std::string& out, const ApplianceFile& file,
                                       const FileEntry& entry) {
  ++lines_;
  codec::JsonWriter writer(out);
  begin_row(writer, "line").key("file").number(std::uint64_t{file_}).key("line").number(entry.line);
  writer.key("sha256").string(hex_encode(sha256(file.text_of(entry))));
  writer.key("text").string(file.text_of(entry)).end_object();
  out += '\n';
}

void ApplianceTruthWriter::write_mail(std::string& out, const MailTruth& mail) const {
  codec::JsonWriter writer(out);
  begin_row(writer, "mail").key("mid").number(mail.mid);
  writer.key("begun").string(format_time(mail.begun));
  writer.key("finished").string(format_time(mail.finished));
  writer.key("owed").boolean(is_mail_owed(mail, truth_));
  writer.key("known").string(format_time(known_since(mail, truth_)));
  writer.key("expect").raw(mail.expected_json()).end_object();
  out += '\n';
}

}  // namespace cistern::lab
