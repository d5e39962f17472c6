// What Microsoft Entra's error numbers ask the user to do, as data.
//
// Source: "Microsoft Entra authentication and authorization error codes". The vendor warns that
// numbers may change, so they choose the help text only; status and `error` decide on repetition.
#pragma once

#include <cstdint>
#include <string_view>

namespace cistern::net {

/// The texts may name {portal}, {login}, {tenant}, {client}, {resource} and {thumbprint}.
struct EntraHelp {
  std::string_view code;     ///< "entra/secret-wrong"
  std::string_view meaning;  ///< Half a sentence: "the client secret is wrong".
  std::string_view next_step;
};

/// Help for a number such as 7000215 (AADSTS7000215), or nothing.
const EntraHelp* entra_help(std::uint64_t number);

/// Help for a value of `error`, when the number is unknown; generic text for an unknown one.
const EntraHelp& entra_help_for_error(std::string_view error);

/// Whether `error` says that the same request may succeed later.
bool entra_error_is_transient(std::string_view error);

}  // namespace cistern::net
