// Faults: drawn from the seed by profile, or planted one by one through `POST /lab/faults`.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "lab/harness/http.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

inline constexpr std::string_view kFalconVendor = "crowdstrike_falcon";
inline constexpr std::string_view kMicrosoftVendor = "microsoft_365";
inline constexpr std::string_view kUmbrellaVendor = "cisco_umbrella";

enum class FaultProfile : std::uint8_t { calm, ordinary, hostile };
std::optional<FaultProfile> fault_profile_from(std::string_view name);

enum class FaultKind : std::uint8_t {
  error,         ///< `status` and `code` in the vendor's own error body.
  html,          ///< `status` with a gateway's page.
  wrong_type,    ///< The right body, called text/html.
  empty,         ///< `status` without any body.
  text,          ///< `status` with `body` as it is.
  delay,         ///< The right answer after `delay`.
  cut,           ///< The right header, then only `bytes` of the body (or half of it).
  reset,         ///< The connection breaks before any answer.
  slow,          ///< The right answer at `bytes_per_second`.
  oversize,      ///< `bytes` zeros instead of the body.
  bomb,          ///< As oversize, but gzipped: about a thousandth on the wire.
  foreign_next,  ///< The right page, and a next page on somebody else's host.
  deep,          ///< `bytes` opening brackets: JSON nested as deep.
  headers,       ///< The right body behind `lines` header lines.
  echo,          ///< `status`, and an error text that repeats the request, as some gateways do.
  end,           ///< A live body ends in order after `bytes`, in the middle of a line or not.
};
std::string_view to_string(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::error;
  int status = 503;
  std::string code{};  ///< Vendor's code, such as "AF50000" or "50196"; may be empty.
  std::string body{};
  Duration delay{0};
  std::uint64_t bytes = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t lines = 0;
  std::optional<std::uint64_t> retry_after{};  ///< Seconds.
  bool chunked = false;
};

/// What a simulator knows of a request before it answers it.
struct RequestFacts {
  std::string vendor;     ///< "microsoft_365", "crowdstrike_falcon", ...
  std::string operation;  ///< "token", "openid", "start", "list", "blob", "stream", ...
  std::string tenant;     ///< GUID, or the customer's id.
  std::string content_type;
  std::string publisher;
};

/// A profile's own fault for a request, if the dice want one.
using DrawFault = std::function<std::optional<Fault>(FaultProfile, const RequestFacts&, Dice&)>;

class FaultPlan {
 public:
  FaultPlan(FaultProfile profile, std::uint64_t seed, const Clock& clock);

  /// The fault for this request, if it gets one: planted ones first, then the profile's.
  std::optional<Fault> decide(const Request& request, const RequestFacts& facts,
                              const DrawFault& draw);

  /// Plants one from `{"kind":"cut","match":{"path":..,"tenant":..,"content_type":..,
  /// "operation":..,"vendor":..},"count":1,"skip":0,"seconds":5,"status":503,...}`. Unknown members
  /// are refused. Returns its number.
  Result<std::uint64_t> plant(std::string_view json);
  /// Removes the planted faults.
  void clear();
  /// `{"planted":[...],"drawn":{"cut":3,...}}`
  [[nodiscard]] std::string to_json() const;

 private:
  struct Planted {
    std::uint64_t id = 0;
    Fault fault;
    std::string path;
    RequestFacts match;
    std::uint64_t skip = 0;
    std::uint64_t left = 1;
    std::optional<Duration> until;  ///< Steady time.
    std::uint64_t fired = 0;
  };
  static Result<Planted> parse(std::string_view json, Duration now);
  static bool matches(const Planted& planted, const Request& request, const RequestFacts& facts);
  std::optional<Fault> take_planted(const Request& request, const RequestFacts& facts);

  const FaultProfile profile_;
  const std::uint64_t seed_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Planted> planted_;
  std::vector<std::uint64_t> drawn_;
  std::uint64_t next_id_ = 1;
  std::uint64_t requests_ = 0;
};

/// The whole answer for faults that need no right one; nothing for the others and for `error`,
/// whose body only the vendor's simulator can write.
std::optional<Response> answer_without_asking(const Fault& fault);

/// What a gateway answers that shows the caller his own request, credentials included.
Response echo_of(const Fault& fault, const Request& request);

/// Spoils a right answer.
void spoil(const Fault& fault, Response& response);

}  // namespace cistern::lab
