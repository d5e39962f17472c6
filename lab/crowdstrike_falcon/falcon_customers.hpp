// What the vendor knows of its customers and their API clients: the switches of the lab.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct FalconCustomer {
  unsigned number = 1;
  std::string region =
      "us-1";  ///< X-CS-Region of its tokens; another than us-1 is not served here.
  bool address_refused = false;   ///< The caller's address is not in the customer's allow-list.
  bool streaming_enabled = true;  ///< Off: discovery finds nothing.
  bool inclusive = true;          ///< `offset=N` brings event N itself as well.
  bool lock_whole_app = false;    ///< One connected partition hides all of them from discovery.
  bool audit_streams = true;      ///< Streams that start and stop become events.
  int expired_status = 400;       ///< Answer to an offset that is no longer kept: 400 or 410.
  std::int64_t token_lifetime = 1799;    ///< Seconds.
  std::int64_t refresh_interval = 1800;  ///< Seconds without a refresh that a session lives.
  Duration session_cap = std::chrono::hours{4};  ///< A session lives no longer, refreshed or not.
  Duration release{0};  ///< Longest time that an appId stays connected after its stream's end.
  Duration keep_alive = std::chrono::seconds{5};  ///< Of silence, until an empty line is sent.
  Duration retention{0};                          ///< 0: everything is kept.
  std::uint64_t requests_per_minute = 6000;
  std::uint64_t token_requests_per_minute = 0;  ///< More answer 429; 0: no limit.
};

struct FalconClient {
  unsigned customer = 1;
  bool has_scope = true;
  bool revoked = false;
};

/// Things that a test wants done at once, besides changing a customer.
struct FalconActions {
  unsigned customer = 1;
  unsigned partition = 0;
  bool revoke_tokens = false;
  bool end_sessions = false;
  bool expire = false;                 ///< Forget what the partition's feed holds by now.
  std::optional<std::uint64_t> large;  ///< Add an event of about so many bytes.
  std::optional<std::string> line;     ///< Say a line that is no event.
};

/// Safe to call from any thread; hands out copies.
class FalconCustomers {
 public:
  FalconCustomers(unsigned customers, Duration release);

  [[nodiscard]] FalconCustomer get(unsigned number) const;
  [[nodiscard]] unsigned count() const;
  [[nodiscard]] static std::optional<FalconClient> client(std::string_view id, unsigned customers);
  /// The customer with this id.
  [[nodiscard]] std::optional<unsigned> by_id(std::string_view customer_id) const;

  /// Applies the members of a JSON object; an unknown one changes nothing and fails.
  Result<FalconActions> change(std::string_view json);

 private:
  mutable std::mutex mutex_;
  std::vector<FalconCustomer> customers_;
};

}  // namespace cistern::lab
