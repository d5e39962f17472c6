// What the appliance has handed over, as lines of the truth.
#pragma once

#include "lab/cisco_secure_email/appliance.hpp"

#include <cstddef>
#include <string>

namespace cistern::lab {

/// Whether the event of the message is owed: all its lines are in files that were acknowledged, and
/// the log goes on for a while behind its end, so that a collector can know that it was the end.
bool is_mail_owed(const MailTruth& mail, const Appliance::Truth& truth);

/// When the collector had acknowledged all files up to the end of the message and a little beyond.
TimePoint known_since(const MailTruth& mail, const Appliance::Truth& truth);

class ApplianceTruthWriter {
 public:
  explicit ApplianceTruthWriter(Appliance::Truth truth) : truth_(std::move(truth)) {}
  /// Appends lines until `out` is large enough. False: nothing is left.
  bool write(std::string& out, std::size_t enough);

 private:
  void write_head(std::string& out) const;
  void write_file(std::string& out, std::size_t at) const;
  void write_entry(std::string& out, const ApplianceFile& file, const FileEntry& entry);
  void write_mail(std::string& out, const MailTruth& mail) const;

  Appliance::Truth truth_;
  bool begun_ = false;
  std::size_t file_ = 0;
  std::size_t entry_ = 0;
  std::size_t mail_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace cistern::lab
