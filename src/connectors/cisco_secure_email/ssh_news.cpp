#include "connectors/cisco_secure_email/ssh_news.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

constexpr std::size_t kMost = 64;

}  // namespace

void SshNews::incident(net::ssh::SshIncident incident) {
  const std::lock_guard lock(mutex_);
  ++told_.sums[incident.code];
  const auto same = [&](const net::ssh::SshIncident& other) {
    return other.code == incident.code && other.host == incident.host;
  };
  auto& all = told_.incidents;
  if (all.size() < kMost && std::none_of(all.begin(), all.end(), same))
    all.push_back(std::move(incident));
}

void SshNews::login(net::ssh::SshLogin login) {
  const std::lock_guard lock(mutex_);
  if (told_.logins.size() < kMost) told_.logins.push_back(std::move(login));
}

SshNews::Told SshNews::take() {
  const std::lock_guard lock(mutex_);
  Told out{.incidents = std::exchange(told_.incidents, {}),
           .logins = std::exchange(told_.logins, {}),
           .sums = told_.sums};
  return out;
}

}  // namespace cistern::connectors::cisco_secure_email
