// Names of files as AsyncOS gives them: `mail_logs.@20240318T081200.s`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cistern::connectors::cisco_secure_email {

/// The views point into the name.
struct FileName {
  std::string_view base;   ///< "mail_logs"; free text of the administrator, may hold dots.
  std::string_view begun;  ///< When the file began, in the appliance's local time; sorts as text.
  bool saved = false;      ///< Ends in `.s`: rolled over, and not written any more.
  bool compressed = false;
};

/// Nothing for a name of another form.
std::optional<FileName> read_file_name(std::string_view name);

/// Why a file of that name is not taken, a sentence for its sender; empty when it is. Asked before
/// a file is received, so that the sender keeps what would be refused later: other names are never
/// interpreted by guess, and binary logs and mail archives are not taken.
std::string why_name_refused(std::string_view name);

}  // namespace cistern::connectors::cisco_secure_email
