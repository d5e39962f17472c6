#include "destinations/syslog/server_choice.hpp"

#include <algorithm>
#include <numeric>

namespace cistern::destinations::syslog {

bool ServerChoice::rests(std::size_t server, Duration now) const {
  const auto& failed = failed_at_[server];
  return failed && (rest_ == Duration{0} || now - *failed < rest_);
}

std::vector<std::size_t> ServerChoice::order(Duration now) const {
  std::vector<std::size_t> servers(failed_at_.size());
  std::iota(servers.begin(), servers.end(), std::size_t{0});
  std::stable_sort(servers.begin(), servers.end(), [&](std::size_t a, std::size_t b) {
    const bool a_rests = rests(a, now);
    const bool b_rests = rests(b, now);
    if (a_rests != b_rests) return b_rests;
    return a_rests && *failed_at_[a] < *failed_at_[b];
  });
  return servers;
}

void ServerChoice::works(std::size_t server) {
  failed_at_.at(server).reset();
  current_ = server;
}

std::optional<std::size_t> ServerChoice::better(Duration now) const {
  for (std::size_t server = 0; current_ && server < *current_; ++server) {
    if (!rests(server, now)) return server;
  }
  return std::nullopt;
}

std::optional<Duration> ServerChoice::better_in(Duration now) const {
  std::optional<Duration> least;
  for (std::size_t server = 0; current_ && server < *current_; ++server) {
    if (!rests(server, now)) return Duration{0};
    if (rest_ == Duration{0}) continue;
    const Duration left = *failed_at_[server] + rest_ - now;
    if (!least || left < *least) least = left;
  }
  return least;
}

}  // namespace cistern::destinations::syslog
