#include "connectors/cisco_secure_email/ssh_reception.hpp"

#include "connectors/cisco_secure_email/key_book.hpp"
#include "connectors/cisco_secure_email/pushed_files.hpp"
#include "connectors/cisco_secure_email/ssh_news.hpp"
#include "net/ssh/host_keys.hpp"
#include "net/ssh/ssh_server.hpp"

#include <map>
#include <set>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

using net::ssh::SshIncident;
using net::ssh::SshLogin;

constexpr Duration kLook = std::chrono::seconds{1};
constexpr Duration kListenAgain = std::chrono::seconds{30};
/// How often a server that listens says so: silence of the appliances then means quiet, not broken.
constexpr Duration kSignOfLife = std::chrono::seconds{60};
/// The same incident of the same host is written into the log once in so long; it is always
/// counted.
constexpr Duration kSayAgain = std::chrono::minutes{10};
constexpr std::size_t kMostRemembered = 1000;

net::ssh::SshServerOptions server_options(const SshSettings& settings,
                                          std::vector<net::ssh::HostKey> keys) {
  net::ssh::SshServerOptions out;
  out.address = settings.address;
  out.port = settings.port;
  out.host_keys = std::move(keys);
  out.legacy_algorithms = settings.legacy_algorithms;
  for (const PushFolder& folder : settings.folders)
    out.folders.push_back(folder.path);
  out.max_file_size = settings.max_file_size;
  out.max_connections = settings.max_connections;
  out.connections_per_second = settings.connections_per_second;
  out.max_connections_per_host = std::max(1U, settings.max_connections / 2);
  return out;
}

/// Whoever only knocks (a monitor, a scanner, `cistern doctor`) is nothing to warn of.
LogLevel level_of(std::string_view code) {
  const bool knocked = code == "ssh/handshake-broken" || code == "ssh/login-broken";
  return knocked ? LogLevel::info : LogLevel::warning;
}

std::string listed(const std::vector<net::ssh::HostKey>& keys) {
  std::string out;
  for (const auto& key : keys)
    out.append(out.empty() ? "" : ", ").append(key.type).append(" ").append(key.fingerprint);
  return out;
}

class Reception final : public std::enable_shared_from_this<Reception> {
 public:
  Reception(std::string connector, SshSettings settings, const runtime::Services& services)
      : name_(std::move(connector)),
        settings_(std::move(settings)),
        services_(services),
        files_(make_system_files()),
        received_(name_, settings_, *services.journal.inbox(), services.clock) {}

  void start() { begin(); }

  void stop(std::function<void()> stopped) {
    stopping_ = true;
    if (timer_) services_.loop.cancel(*std::exchange(timer_, std::nullopt));
    if (!server_) return stopped();
    // The server's own thread says that it has stopped; it is ended on the loop.
    server_->stop([weak = weak_from_this(), &loop = services_.loop, stopped = std::move(stopped)] {
      loop.post([weak, stopped] {
        if (const auto self = weak.lock()) self->server_.reset();
        stopped();
      });
    });
  }

  [[nodiscard]] runtime::ListenFacts facts() const {
    runtime::ListenFacts out;
    if (server_) {
      const net::ssh::SshCounts counts = server_->counts();
      out.connections = counts.connections;
      out.accepted = counts.accepted;
      out.messages = counts.files;
      out.bytes = counts.bytes;
      out.pauses = counts.pauses;
    }
    out.incidents = sums_;
    return out;
  }

 private:
  void begin() {
    timer_.reset();
    if (const auto failure = listen()) return listen_later(*failure);
    look();
  }

  std::optional<Failure> listen() {
    auto keys = net::ssh::make_host_keys(host_key_folder_of(settings_, services_.store), *files_);
    if (!keys) return keys.error();
    const std::string fingerprints = listed(*keys);
    auto book = std::make_shared<KeyBook>(settings_.users, read_key_file);
    auto server = net::ssh::start_ssh_server(
        server_options(settings_, std::move(*keys)),
        [book](std::string_view user) { return book->keys_of(user); }, received_, news_,
        services_.clock);
    if (!server) return server.error();
    server_ = std::move(*server);
    services_.log.info(name_,
                       "SSH server listens on " + settings_.address + " port " +
                           std::to_string(server_->port()) + "; host keys: " + fingerprints,
                       {{"port", static_cast<int>(server_->port())}});
    working();
    return std::nullopt;
  }

  void working() {
    said_ = services_.clock.steady();
    Report report;
    report.kind = Report::Kind::working;
    services_.status.report(name_, report);
  }

  void listen_later(const Failure& failure) {
    Report report;
    report.kind = Report::Kind::retrying;
    report.until = services_.clock.now() + kListenAgain;
    report.failure = failure;
    if (report.failure.consequence.empty())
      report.failure.consequence = "appliances cannot push, and keep their files meanwhile";
    services_.status.report(name_, report);
    call_after(kListenAgain, &Reception::begin);
  }

  void call_after(Duration delay, void (Reception::*what)()) {
    if (stopping_) return;
    timer_ = services_.loop.call_after(delay, [weak = weak_from_this(), what] {
      if (const auto self = weak.lock()) ((*self).*what)();
    });
  }

  void look() {
    timer_.reset();
    const SshNews::Told told = news_.take();
    for (const SshLogin& login : told.logins)
      say(login);
    for (const SshIncident& incident : told.incidents)
      say(incident);
    sums_ = told.sums;
    if (services_.clock.steady() - said_ >= kSignOfLife) working();
    call_after(kLook, &Reception::look);
  }

  /// Once for each user and what was agreed with its appliance.
  void say(const SshLogin& login) {
    if (logins_.size() >= kMostRemembered) logins_.clear();
    if (!logins_.insert(login.user + " " + login.host + " " + login.key + login.algorithms).second)
      return;
    services_.log.info(name_,
                       "SSH login of " + login.user + " from " + login.host + " with " + login.key +
                           "; agreed: " + login.algorithms,
                       {{"user", login.user}, {"host", login.host}});
  }

  void say(const SshIncident& incident) {
    const Duration now = services_.clock.steady();
    if (incidents_.size() >= kMostRemembered) incidents_.clear();
    const auto [entry, fresh] = incidents_.try_emplace(incident.code + " " + incident.host, now);
    if (!fresh && now - entry->second < kSayAgain) return;
    entry->second = now;
    const std::string who = (incident.user.empty() ? "" : incident.user + " at ") + incident.host;
    services_.log.write(level_of(incident.code), name_, incident.text + " (" + who + ")",
                        {{"code", incident.code}, {"host", incident.host}});
  }

  const std::string name_;
  const SshSettings settings_;
  const runtime::Services services_;
  std::unique_ptr<Files> files_;
  SshNews news_;
  PushedFiles received_;
  std::unique_ptr<net::ssh::SshServer> server_;  ///< Before what it uses goes.
  std::optional<Loop::TimerId> timer_;
  Duration said_{};
  bool stopping_ = false;
  std::map<std::string, std::uint64_t, std::less<>> sums_;  ///< Of incidents, by code.
  std::set<std::string> logins_;
  std::map<std::string, Duration> incidents_;
};

/// The reception lives on for callbacks that are under way when the connector goes.
class Owner final : public SshReception {
 public:
  explicit Owner(std::shared_ptr<Reception> reception) : reception_(std::move(reception)) {}
  void start() override { reception_->start(); }
  void stop(std::function<void()> stopped) override { reception_->stop(std::move(stopped)); }
  [[nodiscard]] runtime::ListenFacts facts() const override { return reception_->facts(); }

 private:
  std::shared_ptr<Reception> reception_;
};

}  // namespace

std::string host_key_folder_of(const SshSettings& settings, const std::string& store) {
  return settings.host_key_folder.empty() ? net::ssh::host_key_folder(store)
                                          : settings.host_key_folder;
}

std::unique_ptr<SshReception> make_ssh_reception(std::string connector, SshSettings settings,
                                                 const runtime::Services& services) {
  return std::make_unique<Owner>(
      std::make_shared<Reception>(std::move(connector), std::move(settings), services));
}

}  // namespace cistern::connectors::cisco_secure_email
