// Results: a value, or a failure that says what to do about it.
//
// Exceptions and asserts in cistern mean a bug of ours. Everything that the outside world can cause
// (a refused password, a full disk, a damaged file) is a value of type Result.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace cistern {

/// What the caller is to do about a failure. The set is closed: each place that meets a failure
/// handles all of them.
enum class Verdict : std::uint8_t {
  retry,              ///< Try the same again, not sooner than `Failure::wait`.
  renew_credentials,  ///< Obtain a new token or signature, then try once more.
  set_aside,          ///< This item can never succeed: keep it apart with the reason and go on.
  stop,               ///< No repetition can help until somebody changes something.
};

std::string_view to_string(Verdict verdict);

/// Why something did not work, for a program (verdict, code) and for a person (the sentences).
struct Failure {
  Verdict verdict = Verdict::stop;
  std::string code;         ///< Stable, `area/what`: "microsoft_365/secret-expired".
  std::string cause;        ///< What happened, with the vendor's own code and correlation id.
  std::string consequence;  ///< What it means for the user's events; may be empty.
  std::string next_step;    ///< The exact thing to do; empty only when nothing can be done.
  std::chrono::milliseconds wait{0};  ///< Least delay before a retry.

  /// "cause; consequence. Next step: ...", one line.
  [[nodiscard]] std::string sentence() const;
};

template <class T>
using Result = tl::expected<T, Failure>;

using Status = Result<void>;

/// Makes the unexpected side of a Result.
inline tl::unexpected<Failure> fail(Failure failure) {
  return tl::unexpected<Failure>(std::move(failure));
}

/// The common case: a failure that stops, with its cure.
inline tl::unexpected<Failure> fail_stop(std::string code, std::string cause,
                                         std::string next_step) {
  return fail({.verdict = Verdict::stop,
               .code = std::move(code),
               .cause = std::move(cause),
               .consequence = {},
               .next_step = std::move(next_step)});
}

/// A failure that a later attempt may not meet.
inline tl::unexpected<Failure> fail_retry(
    std::string code, std::string cause, std::string next_step = {},
    std::chrono::milliseconds wait = std::chrono::milliseconds{0}) {
  return fail({.verdict = Verdict::retry,
               .code = std::move(code),
               .cause = std::move(cause),
               .consequence = {},
               .next_step = std::move(next_step),
               .wait = wait});
}

}  // namespace cistern
