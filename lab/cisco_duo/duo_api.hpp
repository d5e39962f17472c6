// Simulator of Duo's Admin API, stricter than the vendor where clients were seen to err: seconds
// where milliseconds belong, a token used with another window, values that were not signed.
#pragma once

#include "lab/cisco_duo/duo_content.hpp"
#include "lab/cisco_duo/duo_settings.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/throttle.hpp"

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace cistern::lab {

inline constexpr std::string_view kDuoVendor = "cisco_duo";

/// From where on an account's log was first asked for, in milliseconds.
struct DuoDemand {
  unsigned account = 1;
  DuoStream stream = DuoStream::authentication;
  std::int64_t from = 0;
};

/// Safe to call from any thread.
class DuoApi {
 public:
  using Keep = std::function<Status()>;

  /// `keep` is called when a log is asked for from an earlier time than before, before the answer.
  DuoApi(const DuoContentOptions& options, DuoSettings settings, const Clock& clock,
         std::function<TimePoint()> visible_until, Keep keep);

  /// Whether the path is one of ours.
  [[nodiscard]] static bool serves(std::string_view path);
  [[nodiscard]] static RequestFacts facts_of(const Request& request);
  Response answer(const Request& request, const RequestFacts& facts);
  /// A refusal in the vendor's words, for planted and drawn faults.
  [[nodiscard]] static Response refusal(const Fault& fault);

  /// `POST /lab/duo`
  Status change(std::string_view json);
  /// `GET /lab/duo`: requests of each endpoint, how many were throttled, and over what time.
  [[nodiscard]] std::string status_json() const;

  void restore(const std::vector<DuoDemand>& demands);
  [[nodiscard]] std::vector<DuoDemand> demands() const;
  [[nodiscard]] const DuoContent& content() const { return content_; }
  [[nodiscard]] DuoSight sight() const;

 private:
  struct Caller {
    std::string ikey;
    unsigned account = 1;
    bool accounts_api = false;
  };
  struct Usage {
    std::uint64_t requests = 0;
    std::uint64_t throttled = 0;
    std::uint64_t rows = 0;
    Duration first{0};
    Duration last{0};
  };
  using Refused = std::optional<Response>;

  Refused check_caller(const Request& request, const DuoSettings& settings, Caller& caller) const;
  Refused check_signature(const Request& request, const DuoSettings& settings, const Caller& caller,
                          std::string_view hmac) const;
  Refused check_rights(const Request& request, const RequestFacts& facts,
                       const DuoSettings& settings, Caller& caller) const;
  bool allows(const Caller& caller, const Request& request, const RequestFacts& facts,
              std::uint64_t per_minute);
  Response log(const Request& request, const Caller& caller, DuoStream stream);
  Response paged_log(const Request& request, const Caller& caller, DuoStream stream);
  Response trust_monitor(const Request& request, const Caller& caller);
  Response log_by_second(const Request& request, const Caller& caller, DuoStream stream,
                         bool old_telephony);
  [[nodiscard]] Response accounts(const Request& request) const;

  std::optional<Response> read_window(const Request& request, DuoWindow& window) const;
  /// Which questions a token answers; a token that was never given out, or with others, is refused.
  [[nodiscard]] bool knows_token(const std::string& token, const std::string& question) const;
  void give_token(const std::string& token, const std::string& question);
  [[nodiscard]] std::string paged_body(DuoStream stream, const DuoPage& page,
                                       const std::string& question, std::uint64_t total);
  bool note_demand(unsigned account, DuoStream stream, std::int64_t from, std::size_t limit);
  void note_rows(const std::string& path, std::size_t rows);
  [[nodiscard]] DuoSettings settings() const;

  const Clock& clock_;
  const std::function<TimePoint()> visible_until_;
  const Keep keep_;
  const DuoContent content_;
  Throttle throttle_;
  mutable std::mutex mutex_;
  DuoSettings settings_;
  std::map<std::pair<unsigned, DuoStream>, std::int64_t> demands_;
  std::map<std::string, Usage> usage_;  // By path.
  std::unordered_set<std::string> tokens_;
  std::deque<std::string> token_order_;
};

}  // namespace cistern::lab
