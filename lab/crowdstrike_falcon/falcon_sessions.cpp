#include "lab/crowdstrike_falcon/falcon_sessions.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace cistern::lab {

namespace {

constexpr std::size_t kMostTokens = 10'000;
constexpr std::size_t kMostSessions = 10'000;

std::string random_text(unsigned words) {
  SystemRandom random;
  std::string bytes;
  for (unsigned word = 0; word < words; ++word) {
    const auto value = random.next();
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  return base64url_encode(bytes);
}

}  // namespace

std::string AccessTokens::issue(AccessGrant grant) {
  // Three parts, as a JWT has; nobody but the vendor may look into them.
  auto token = "eyJhbGciOiJSUzI1NiJ9." + random_text(12) + "." + random_text(32);
  const std::lock_guard lock(mutex_);
  if (grants_.size() >= kMostTokens) grants_.erase(grants_.begin());
  grants_[token] = std::move(grant);
  return token;
}

std::optional<AccessGrant> AccessTokens::find(std::string_view token, Duration now) const {
  const std::lock_guard lock(mutex_);
  const auto found = grants_.find(token);
  if (found == grants_.end() || found->second.expires <= now) return std::nullopt;
  return found->second;
}

bool AccessTokens::revoke(std::string_view token) {
  const std::lock_guard lock(mutex_);
  const auto found = grants_.find(token);
  if (found == grants_.end()) return false;
  grants_.erase(found);
  return true;
}

void AccessTokens::revoke_all(unsigned customer) {
  const std::lock_guard lock(mutex_);
  std::erase_if(grants_,
                [customer](const auto& entry) { return entry.second.customer == customer; });
}

bool StreamSessions::lives(const Held& held, const SessionRules& rules, Duration now) {
  return !held.over && now - held.refreshed < rules.refresh_interval &&
         now - held.created < rules.cap;
}

bool StreamSessions::occupies(const Held& held, const SessionRules& rules, Duration now) {
  return (held.connected && lives(held, rules, now)) || now < held.released;
}

std::vector<StreamSession> StreamSessions::discover(unsigned customer, const std::string& app_id,
                                                    const std::string& client_id,
                                                    unsigned partitions, const SessionRules& rules,
                                                    Duration now) {
  const std::lock_guard lock(mutex_);
  std::vector<unsigned> free;
  for (unsigned partition = 0; partition < partitions; ++partition) {
    const auto found = sessions_.find({customer, app_id, partition});
    if (found == sessions_.end() || !occupies(found->second, rules, now)) free.push_back(partition);
  }
  if (rules.lock_whole_app && free.size() < partitions) free.clear();
  if (sessions_.size() >= kMostSessions) {
    std::erase_if(sessions_, [](const auto& entry) { return !entry.second.connected; });
  }
  std::vector<StreamSession> out;
  for (const auto partition : free) {
    Held held;
    held.session = {customer, partition, app_id, client_id, random_text(8)};
    held.created = now;
    held.refreshed = now;
    out.push_back(held.session);
    sessions_[{customer, app_id, partition}] = std::move(held);
  }
  return out;
}

std::optional<StreamSession> StreamSessions::find(std::string_view token) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, held] : sessions_) {
    if (held.session.token == token) return held.session;
  }
  return std::nullopt;
}

StreamSessions::Opening StreamSessions::open(std::string_view token, unsigned partition,
                                             std::string_view app_id, const SessionRules& rules,
                                             Duration now, StreamSession& session) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, held] : sessions_) {
    if (held.session.token != token) continue;
    if (std::get<2>(key) != partition || std::get<1>(key) != app_id || !lives(held, rules, now)) {
      return Opening::unknown;
    }
    if (held.connected) return Opening::busy;
    held.connected = true;
    session = held.session;
    return Opening::opened;
  }
  return Opening::unknown;
}

bool StreamSessions::alive(const StreamSession& session, const SessionRules& rules,
                           Duration now) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find({session.customer, session.app_id, session.partition});
  return found != sessions_.end() && found->second.session.token == session.token &&
         lives(found->second, rules, now);
}

void StreamSessions::give_back(const StreamSession& session) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find({session.customer, session.app_id, session.partition});
  if (found == sessions_.end() || found->second.session.token != session.token) return;
  found->second.connected = false;
}

void StreamSessions::close(const StreamSession& session, Duration release) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find({session.customer, session.app_id, session.partition});
  if (found == sessions_.end() || found->second.session.token != session.token) return;
  found->second.connected = false;
  found->second.over = true;
  found->second.released = release;
}

bool StreamSessions::refresh(unsigned customer, std::string_view app_id, unsigned partition,
                             const SessionRules& rules, Duration now) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find({customer, std::string(app_id), partition});
  if (found == sessions_.end() || !lives(found->second, rules, now)) return false;
  found->second.refreshed = now;
  return true;
}

void StreamSessions::end_all(unsigned customer) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, held] : sessions_) {
    if (std::get<0>(key) == customer) held.over = true;
  }
}

std::size_t StreamSessions::connected() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [key, held] : sessions_)
    count += held.connected ? 1U : 0U;
  return count;
}

}  // namespace cistern::lab
