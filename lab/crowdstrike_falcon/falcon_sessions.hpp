// Access tokens and stream sessions: who may do what at this moment. Nothing of it outlives the
// lab.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace cistern::lab {

struct AccessGrant {
  unsigned customer = 1;
  std::string client_id;
  bool has_scope = true;
  std::string region;
  Duration expires{};  ///< Steady time.
};

/// Safe to call from any thread.
class AccessTokens {
 public:
  std::string issue(AccessGrant grant);
  [[nodiscard]] std::optional<AccessGrant> find(std::string_view token, Duration now) const;
  bool revoke(std::string_view token);
  void revoke_all(unsigned customer);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, AccessGrant, std::less<>> grants_;
};

struct SessionRules {
  Duration refresh_interval{};
  Duration cap{};
  bool lock_whole_app = false;
};

struct StreamSession {
  unsigned customer = 1;
  unsigned partition = 0;
  std::string app_id;
  std::string client_id;
  std::string token;
};

/// One session for each partition that an appId discovered. All times are steady. Safe to call from
/// any thread.
class StreamSessions {
 public:
  /// New sessions for the partitions at which this appId is not connected, the old ones of which
  /// end.
  std::vector<StreamSession> discover(unsigned customer, const std::string& app_id,
                                      const std::string& client_id, unsigned partitions,
                                      const SessionRules& rules, Duration now);

  /// The session of this token, alive or not.
  [[nodiscard]] std::optional<StreamSession> find(std::string_view token) const;

  enum class Opening : std::uint8_t { opened, unknown, busy };
  /// Connects the session of this token, if it is alive and belongs to partition and appId.
  Opening open(std::string_view token, unsigned partition, std::string_view app_id,
               const SessionRules& rules, Duration now, StreamSession& session);
  [[nodiscard]] bool alive(const StreamSession& session, const SessionRules& rules,
                           Duration now) const;
  /// The stream was not opened after all; the session is as before.
  void give_back(const StreamSession& session);
  /// The stream is over; the appId counts as connected until `release`.
  void close(const StreamSession& session, Duration release);
  /// False when there is no living session.
  bool refresh(unsigned customer, std::string_view app_id, unsigned partition,
               const SessionRules& rules, Duration now);
  void end_all(unsigned customer);
  [[nodiscard]] std::size_t connected() const;

 private:
  struct Held {
    StreamSession session;
    Duration created{};
    Duration refreshed{};
    Duration released{};  // Until then the appId counts as connected.
    bool connected = false;
    bool over = false;
  };
  using Key = std::tuple<unsigned, std::string, unsigned>;
  static bool lives(const Held& held, const SessionRules& rules, Duration now);
  static bool occupies(const Held& held, const SessionRules& rules, Duration now);

  mutable std::mutex mutex_;
  std::map<Key, Held> sessions_;
};

}  // namespace cistern::lab
