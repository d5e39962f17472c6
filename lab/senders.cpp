#include "lab/senders.hpp"

#include "base/bytes.hpp"
#include "base/files.hpp"
#include "codec/json.hpp"
#include "lab/cisco_secure_email/appliance_truth.hpp"
#include "lab/syslog/certificates.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/json.hpp>

namespace cistern::lab {

namespace {

// How long a freeze waits for the senders' end; they go on trying behind it.
constexpr Duration kFreezeTime = std::chrono::seconds{20};
constexpr std::size_t kPiece = 256 * 1024;

tl::unexpected<Failure> bad_change(const std::string& why) {
  return fail_stop("lab/bad-sender-change", why,
                   R"(write {"sender":"udp|tcp|tls|relp|all","flood":N} or "fault":)"
                   R"("end|cut_frame|reset|half_open|dribble")");
}

}  // namespace

Status check_senders(const SenderOptions& options, bool with_state) {
  if (options.folder.empty() && (!options.syslog_tls.empty() || !options.mail_ssh.empty())) {
    return fail_stop("lab/bad-options", "senders with certificates and keys need a place for them",
                     "name a folder with --senders");
  }
  const bool any = !options.syslog_udp.empty() || !options.syslog_tcp.empty() ||
                   !options.syslog_tls.empty() || !options.syslog_relp.empty() ||
                   !options.mail_ssh.empty();
  if (any && with_state) {
    return fail_stop("lab/bad-options",
                     "what senders are owed is not kept in a state file, and a restart forgets it",
                     "leave out --state or the senders");
  }
  return {};
}

Result<std::unique_ptr<Senders>> Senders::start(const SenderOptions& options, std::uint64_t seed,
                                                FaultProfile profile, const Clock& clock) {
  auto senders = std::make_unique<Senders>(clock);
  if (!options.folder.empty()) {
    if (auto made = make_system_files()->make_directory(options.folder); !made)
      return fail(made.error());
  }
  if (auto started = senders->start_firewalls(options, seed, profile, clock); !started)
    return fail(started.error());
  if (auto started = senders->start_mail(options, seed, profile, clock); !started)
    return fail(started.error());
  return senders;
}

Status Senders::start_firewalls(const SenderOptions& options, std::uint64_t seed,
                                FaultProfile profile, const Clock& clock) {
  const SyslogCertificates certificates(options.folder);
  if (!options.folder.empty()) {
    if (auto made = make_syslog_certificates(certificates, clock.now()); !made) return made;
  }
  const std::array<std::pair<SyslogTransport, const std::string*>, 4> wanted = {
      {{SyslogTransport::udp, &options.syslog_udp},
       {SyslogTransport::tcp, &options.syslog_tcp},
       {SyslogTransport::tls, &options.syslog_tls},
       {SyslogTransport::relp, &options.syslog_relp}}};
  unsigned number = 0;
  for (const auto& [transport, address] : wanted) {
    ++number;
    if (address->empty()) continue;
    auto target = target_from(*address);
    if (!target) return fail(target.error());
    firewalls_.push_back(
        start_firewall({number, transport, std::move(*target), certificates.firewall,
                        options.syslog_per_second, seed, profile},
                       clock));
  }
  return {};
}

Status Senders::start_mail(const SenderOptions& options, std::uint64_t seed, FaultProfile profile,
                           const Clock& clock) {
  const auto key = options.folder + "/appliance.key";
  if (!options.folder.empty()) {
    if (auto made = make_appliance_key(key); !made) return made;
  }
  if (options.mail_ssh.empty()) return {};
  auto target = target_from(options.mail_ssh);
  if (!target) return fail(target.error());
  ApplianceOptions appliance;
  appliance.target = {std::move(*target), options.mail_user, options.mail_directory, key};
  appliance.seed = seed;
  appliance.profile = profile;
  appliance.history = options.mail_history;
  appliance.history_per_hour = options.mail_history_per_hour;
  appliance.live_per_second = options.mail_per_second;
  appliance.live_roll = options.mail_roll;
  appliance_ = start_appliance(appliance, clock);
  return {};
}

void Senders::freeze() {
  for (const auto& firewall : firewalls_)
    firewall->freeze(Duration{0});
  if (appliance_ != nullptr) appliance_->freeze(Duration{0});
  const auto until = clock_.steady() + kFreezeTime;
  for (const auto& firewall : firewalls_)
    firewall->freeze(std::max(until - clock_.steady(), Duration{0}));
  if (appliance_ != nullptr) appliance_->freeze(std::max(until - clock_.steady(), Duration{0}));
}

bool Senders::settled() const {
  return std::all_of(firewalls_.begin(), firewalls_.end(),
                     [](const auto& firewall) { return firewall->settled(); }) &&
         (appliance_ == nullptr || appliance_->settled());
}

Status Senders::change(std::string_view json) {
  boost::json::error_code error;
  const auto value = boost::json::parse(json, error);
  const auto* object = value.if_object();
  const auto* name = object != nullptr ? object->if_contains("sender") : nullptr;
  if (name == nullptr || !name->is_string()) return bad_change("no sender is named");
  const auto* flood = object->if_contains("flood");
  const auto* fault = object->if_contains("fault");
  const auto planted = fault != nullptr && fault->is_string()
                           ? sender_fault_from(std::string_view{fault->as_string()})
                           : std::nullopt;
  if (flood == nullptr && !planted) return bad_change("neither a flood nor a known fault is given");
  const auto messages =
      flood != nullptr && flood->is_int64() ? std::max<std::int64_t>(flood->as_int64(), 0) : 0;
  bool found = false;
  for (const auto& firewall : firewalls_) {
    const auto own = to_string(firewall->truth().transport());
    if (name->as_string() != "all" && std::string_view{name->as_string()} != own) continue;
    found = true;
    if (planted) firewall->plant(*planted);
    firewall->flood(static_cast<std::uint64_t>(messages));
  }
  if (!found) return bad_change("the lab has no such sender");
  return {};
}

std::string Senders::status_json() const {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("settled").boolean(settled()).key("syslog").begin_object();
  for (const auto& firewall : firewalls_) {
    const auto counts = firewall->truth().counts();
    writer.key(to_string(firewall->truth().transport())).begin_object();
    writer.key("messages").number(counts.messages).key("taken").number(counts.taken);
    writer.key("connections").number(counts.connections);
    writer.key("accepted").number(counts.accepted).end_object();
  }
  writer.end_object();
  if (appliance_ != nullptr) {
    const auto counts = appliance_->counts();
    writer.key("mail").begin_object().key("files").number(counts.files);
    writer.key("acknowledged").number(counts.acknowledged);
    writer.key("attempts").number(counts.attempts);
    writer.key("last_refusal").string(counts.last_refusal).end_object();
  }
  writer.end_object();
  return out;
}

std::function<bool(std::string&)> Senders::truth_stream() const {
  struct Place {
    std::size_t firewall = 0;
    std::uint64_t message = 0;
    std::unique_ptr<ApplianceTruthWriter> mail;
    bool done = false;
  };
  const auto place = std::make_shared<Place>();
  if (appliance_ != nullptr)
    place->mail = std::make_unique<ApplianceTruthWriter>(appliance_->truth());
  return [this, place](std::string& out) {
    out.clear();
    while (out.size() < kPiece && place->firewall < firewalls_.size()) {
      if (firewalls_[place->firewall]->truth().write(out, place->message, kPiece)) continue;
      ++place->firewall;
      place->message = 0;
    }
    while (out.size() < kPiece && place->mail != nullptr) {
      if (!place->mail->write(out, kPiece)) place->mail.reset();
    }
    return !out.empty();
  };
}

}  // namespace cistern::lab
