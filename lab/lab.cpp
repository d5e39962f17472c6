#include "lab/lab.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/entra/other_cloud.hpp"
#include "lab/harness/control_answers.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/lab_state.hpp"
#include "lab/harness/random.hpp"
#include "lab/harness/server.hpp"
#include "lab/senders.hpp"
#include "lab/truth/truth.hpp"
#include "lab/vendors.hpp"

#include <cstdio>
#include <map>
#include <mutex>

namespace cistern::lab {

namespace {

// The vendor's clock: the given one, ahead of it or behind.
class SkewedClock final : public Clock {
 public:
  SkewedClock(const Clock& clock, Duration ahead) : clock_(clock), ahead_(ahead) {}
  TimePoint now() const override { return clock_.now() + ahead_; }
  Duration steady() const override { return clock_.steady(); }

 private:
  const Clock& clock_;
  const Duration ahead_;
};

struct Keys {
  Key signing;
  std::string tls_certificate;
  std::string tls_key;
};

// Everything on which content depends, besides the start time.
std::string content_options(const LabOptions& options) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_array().number(options.seed).number(std::int64_t{options.history.count()});
  writer.number(options.history_per_hour).number(options.live_per_second);
  writer.number(std::int64_t{options.live_blob.count()}).string(options.faults);
  writer.number(std::uint64_t{options.tenants}).number(std::uint64_t{options.planted_gaps});
  write_vendor_content(writer, options);
  writer.end_array();
  return out;
}

class RunningLab final : public Lab {
 public:
  RunningLab(const LabOptions& options, FaultProfile profile, const Clock& clock, Keys keys,
             LabState state)
      : options_(options),
        state_(std::move(state)),
        files_(make_system_files()),
        clock_(clock, options.clock_skew),
        keys_(std::move(keys)),
        vendors_(make_vendors(context(profile), std::move(keys_.signing))),
        // Other faults after each start, and the same ones when all is repeated.
        faults_(profile, key_of({options.seed, state_.starts}), clock_) {}

  ~RunningLab() override {
    other_cloud_.reset();
    server_.reset();
  }

  Status open(std::unique_ptr<Senders> senders) {
    senders_ = std::move(senders);
    for (const auto& vendor : vendors_.all) {
      if (auto restored = vendor->restore(state_); !restored) return restored;
    }
    for (const auto& pem : options_.certificates) {
      auto registered = vendors_.microsoft->directory().register_certificate(pem);
      if (!registered) return registered;
    }
    ++state_.starts;
    if (auto kept = keep_state(); !kept) return kept;
    ServerOptions server;
    server.address = options_.address;
    server.port = options_.port;
    server.tls = options_.tls;
    server.tls_port = options_.tls_port;
    server.certificate_pem = keys_.tls_certificate;
    server.key_pem = keys_.tls_key;
    server.threads = std::max(options_.threads, 1U);
    auto started = start_server(
        server, [this](const Request& request) { return answer(request); }, clock_);
    if (!started) return tl::unexpected(started.error());
    server_ = std::move(*started);
    return open_other_cloud();
  }

  Status open_other_cloud() {
    ServerOptions server;
    server.address = options_.address;
    server.threads = 1;
    auto started = start_server(
        server,
        [this](const Request& request) {
          return answer_of_other_cloud(request, vendors_.microsoft->directory(), clock_.now());
        },
        clock_);
    if (!started) return tl::unexpected(started.error());
    other_cloud_ = std::move(*started);
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }
  std::string url() const override { return address_of("http", server_->port()); }
  std::string tls_url() const override {
    return options_.tls ? address_of("https", server_->tls_port()) : std::string{};
  }
  std::string tls_certificate() const override { return keys_.tls_certificate; }
  void freeze() override {
    // Microsoft's first: the others ask it up to when content is visible.
    vendors_.microsoft->freeze();
    for (const auto& vendor : vendors_.all)
      vendor->freeze();
    senders_->freeze();
    // A state that could not be kept shows when the next lab reads it; the content is frozen.
    static_cast<void>(keep_state());
  }

 private:
  VendorContext context(FaultProfile profile) {
    return {options_,
            profile,
            state_.started,
            state_.starts,
            clock_,
            [this] { return keep_state(); },
            [this] { return vendors_.microsoft->activity().visible_until(); },
            [this] { return vendors_.microsoft->activity().frozen_since() != TimePoint{}; }};
  }

  [[nodiscard]] std::string address_of(std::string_view scheme, std::uint16_t port) const {
    const bool v6 = options_.address.find(':') != std::string::npos;
    return std::string(scheme) + "://" + (v6 ? "[" + options_.address + "]" : options_.address) +
           ":" + std::to_string(port);
  }

  Response answer(const Request& request) {
    if (request.path.starts_with("/lab/")) return control(request);
    auto& vendor = vendors_.of(request);
    const auto facts = vendor.facts_of(request);
    count(vendor.switches().empty() ? facts.operation
                                    : std::string(vendor.switches()) + "_" + facts.operation);
    const auto draw = [&vendor](FaultProfile profile, const RequestFacts& what, Dice& dice) {
      return vendor.draw_fault(profile, what, dice);
    };
    const auto fault = faults_.decide(request, facts, draw);
    if (!fault) return vendor.answer(request, facts);
    if (auto response = answer_without_asking(*fault)) return std::move(*response);
    if (fault->kind == FaultKind::echo) return echo_of(*fault, request);
    if (fault->kind == FaultKind::error) return vendor.refusal(request, facts, *fault);
    auto response = vendor.answer(request, facts);
    spoil(*fault, response);
    return response;
  }

  Status keep_state() {
    if (options_.state_file.empty()) return {};
    const std::lock_guard lock(state_mutex_);
    for (const auto& vendor : vendors_.all)
      vendor->save(state_);
    return write_state(*files_, options_.state_file, state_);
  }

  // ---- switches ----

  Response control(const Request& request) {
    const auto& path = request.path;
    const bool post = request.method == "POST";
    if (path == "/lab/faults") return control_faults(request);
    if (path == "/lab/status" && !post) return text_response(200, status_json());
    if (path == "/lab/truth" && !post) return truth();
    if (path == "/lab/senders" && post) return outcome_response(senders_->change(request.body));
    if (path == "/lab/freeze" && post) {
      freeze();
      return text_response(200, "{}");
    }
    for (const auto& vendor : vendors_.all) {
      if (!vendor->switches().empty() && path.substr(5) == vendor->switches()) {
        return post ? outcome_response(vendor->change(request.body))
                    : text_response(200, vendor->status_json());
      }
      if (auto response = vendor->control(request)) return std::move(*response);
    }
    return text_response(404, "{}");
  }

  Response control_faults(const Request& request) {
    if (request.method == "DELETE") {
      faults_.clear();
      return text_response(200, "{}");
    }
    if (request.method != "POST") return text_response(200, faults_.to_json());
    const auto id = faults_.plant(request.body);
    if (!id) return outcome_response(tl::unexpected(id.error()));
    return text_response(200, R"({"id":)" + std::to_string(*id) + "}");
  }

  Response truth() const {
    std::vector<TruthStream> parts{senders_->truth_stream()};
    for (const auto& vendor : vendors_.all) {
      if (auto part = vendor->truth()) parts.push_back(std::move(part));
    }
    // Last: it ends with the line that ends the truth.
    const auto& microsoft = *vendors_.microsoft;
    const auto& falcon = vendors_.falcon->api();
    parts.push_back(
        truth_stream({microsoft.timeline(), microsoft.generator(),
                      microsoft.activity().subscriptions(), microsoft.activity().visible_until(),
                      options_.clock_skew, falcon.feeds(), falcon.generator()}));
    Response response;
    response.content_type = "application/x-ndjson";
    response.body.stream = [parts = std::move(parts),
                            at = std::size_t{0}](std::string& out) mutable {
      while (at < parts.size()) {
        if (parts[at](out)) return true;
        ++at;
      }
      return false;
    };
    return response;
  }

  void count(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    ++requests_[operation];
  }

  std::string status_json() const {
    std::string body;
    codec::JsonWriter writer(body);
    writer.begin_object().key("seed").number(options_.seed).key("profile").string(options_.faults);
    writer.key("started").string(format_time(state_.started));
    writer.key("starts").number(state_.starts);
    writer.key("now").string(format_time(clock_.now()));
    writer.key("visible_until").string(format_time(vendors_.microsoft->activity().visible_until()));
    writer.key("other_cloud").string(address_of("http", other_cloud_->port()));
    for (const auto& vendor : vendors_.all)
      vendor->add_status(writer);
    writer.key("requests").begin_object();
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [operation, number] : requests_)
        writer.key(operation).number(number);
    }
    writer.end_object().key("faults").raw(faults_.to_json());
    writer.key("senders").raw(senders_->status_json()).end_object();
    return body;
  }

  const LabOptions options_;
  std::mutex state_mutex_;
  LabState state_;
  const std::unique_ptr<Files> files_;
  const SkewedClock clock_;
  Keys keys_;
  const Vendors vendors_;
  FaultPlan faults_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> requests_;
  std::unique_ptr<Senders> senders_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Server> other_cloud_;
};

Result<Keys> make_keys(const LabOptions& options, TimePoint now) {
  Keys keys;
  auto signing = make_rsa_key();
  if (!signing) return tl::unexpected(signing.error());
  if (options.tls) {
    auto certificate = self_sign(signing->get(), unix_seconds(now));
    if (!certificate) return tl::unexpected(certificate.error());
    keys.tls_certificate = certificate_pem(certificate->get());
    keys.tls_key = key_pem(signing->get());
  }
  keys.signing = std::move(*signing);
  return keys;
}

Result<LabState> state_of(const LabOptions& options, TimePoint now) {
  LabState fresh;
  fresh.content = content_options(options);
  fresh.started = now;
  if (options.state_file.empty()) return fresh;
  auto kept = read_state(*make_system_files(), options.state_file);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return fresh;
  if ((*kept)->content != fresh.content) {
    return fail_stop("lab/other-state",
                     options.state_file + " was written by a lab with other options",
                     "start the lab with the options of before, or remove the file");
  }
  return std::move(**kept);
}

}  // namespace

std::string lab_tenant_id(unsigned number) {
  char text[40];
  std::snprintf(text, sizeof text, "11111111-2222-3333-4444-5555555%05u", number % 100000);
  return text;
}

std::string lab_tenant_domain(unsigned number) {
  return "contoso" + std::to_string(number) + ".onmicrosoft.com";
}

Result<std::unique_ptr<Lab>> start_lab(LabOptions options, const Clock& clock) {
  const auto profile = fault_profile_from(options.faults);
  if (!profile) {
    return fail_stop("lab/unknown-profile",
                     "there is no fault profile '" + excerpt(options.faults, 40) + "'",
                     "choose calm, ordinary or hostile");
  }
  if (auto sound = check_vendor_options(options); !sound) return tl::unexpected(sound.error());
  if (auto sound = check_senders(options.senders, !options.state_file.empty()); !sound)
    return tl::unexpected(sound.error());
  auto keys = make_keys(options, clock.now());
  if (!keys) return tl::unexpected(keys.error());
  auto state = state_of(options, clock.now() + options.clock_skew);
  if (!state) return tl::unexpected(state.error());
  auto lab =
      std::make_unique<RunningLab>(options, *profile, clock, std::move(*keys), std::move(*state));
  auto senders = Senders::start(options.senders, options.seed, *profile, clock);
  if (!senders) return tl::unexpected(senders.error());
  if (auto opened = lab->open(std::move(*senders)); !opened) return tl::unexpected(opened.error());
  return lab;
}

}  // namespace cistern::lab
