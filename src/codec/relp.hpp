// Frames of RELP, the reliable event logging protocol, for both of its sides:
//
//   TXNR SP COMMAND SP DATALEN [SP DATA] LF
//
// TXNR and DATALEN are one to nine digits, COMMAND is up to 32 letters; a frame without data has no
// blank behind its length.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// Transaction numbers run from 1 to kLastRelpTransaction and begin again; 0 is for hints.
inline constexpr std::uint32_t kLastRelpTransaction = 999'999'999;
constexpr std::uint32_t relp_transaction_after(std::uint32_t number) {
  return number == kLastRelpTransaction ? 1 : number + 1;
}

struct RelpFrame {
  std::uint32_t transaction = 0;
  std::string_view command;
  std::string_view data;
};

/// `command` is one of the protocol's words.
void append_relp_frame(std::string& out, std::uint32_t transaction, std::string_view command,
                       std::string_view data);

/// Finds frames in what arrives on a connection. A peer that breaks the grammar is out of step, and
/// there is no way back into step: after a failure only closing the connection helps.
class RelpReader {
 public:
  /// `most_data`: a longer frame is refused as soon as its length is known.
  explicit RelpReader(std::size_t most_data) : most_data_(most_data) {}
  void arrived(std::string_view bytes);
  /// The next frame, or nothing while it is not complete. Its views live until the next call of
  /// arrived() or next(). Failures: "relp/grammar", "relp/too-large".
  Result<std::optional<RelpFrame>> next();

 private:
  std::size_t most_data_;
  std::string bytes_;
  std::size_t used_ = 0;  // Of `bytes_`: frames that were handed out.
};

/// What a `rsp` frame says: "200 OK", then a line break and offers, where it answers `open`.
struct RelpAnswer {
  int code = 0;
  std::string_view text;
  std::string_view offers;
  [[nodiscard]] bool accepted() const { return code == 200; }
};

/// Nothing when the data does not begin with three digits.
std::optional<RelpAnswer> parse_relp_answer(std::string_view data);

/// What the two sides tell each other when a session opens.
struct RelpOffers {
  std::optional<int> version;
  std::string software;
  std::vector<std::string> commands;
};

/// Lines of name=value; unknown names are passed over, as the protocol wants it.
RelpOffers parse_relp_offers(std::string_view text);
std::string write_relp_offers(const RelpOffers& offers);

}  // namespace cistern::codec
