#include "lab/lab.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/crowdstrike_falcon/falcon_api.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/entra/directory.hpp"
#include "lab/entra/other_cloud.hpp"
#include "lab/entra/token_service.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/lab_state.hpp"
#include "lab/harness/random.hpp"
#include "lab/harness/server.hpp"
#include "lab/microsoft_365/activity_api.hpp"
#include "lab/microsoft_365/blob_store.hpp"
#include "lab/microsoft_365/generator.hpp"
#include "lab/microsoft_365/timeline.hpp"
#include "lab/senders.hpp"
#include "lab/truth/truth.hpp"

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
  writer.number(std::uint64_t{options.falcon_partitions}).number(options.falcon_history_per_hour);
  writer.number(options.falcon_live_per_second).end_array();
  return out;
}

TimelineOptions timeline_options(const LabOptions& options, FaultProfile profile, TimePoint start) {
  return {options.seed,
          start,
          options.history,
          options.history_per_hour,
          options.live_per_second,
          options.live_blob,
          profile,
          options.tenants,
          options.planted_gaps};
}

FalconApiOptions falcon_options(const LabOptions& options, FaultProfile profile,
                                const LabState& state) {
  const auto rate = [](double own, double common) { return own < 0 ? common : own; };
  FalconApiOptions falcon;
  falcon.feeds.seed = options.seed;
  falcon.feeds.customers = options.tenants;
  falcon.feeds.partitions = options.falcon_partitions;
  falcon.feeds.start = state.started;
  falcon.feeds.history = options.history;
  falcon.feeds.history_per_hour = rate(options.falcon_history_per_hour, options.history_per_hour);
  falcon.feeds.live_per_second = rate(options.falcon_live_per_second, options.live_per_second);
  falcon.profile = profile;
  falcon.fault_seed = key_of({options.seed, state.starts});
  return falcon;
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
        directory_(options.tenants),
        tokens_(directory_, clock_, std::move(keys_.signing)),
        timeline_(timeline_options(options, profile, state_.started)),
        generator_(options.seed, profile),
        blobs_(generator_, options.cache_bytes),
        activity_(timeline_, blobs_, directory_, tokens_, clock_,
                  {options.page_size, options.requests_per_minute}),
        falcon_(
            falcon_options(options, profile, state_), clock_,
            [this] { return activity_.visible_until(); },
            [this] { return activity_.frozen_since() != TimePoint{}; },
            [this](const std::vector<FeedRow>& feeds) { return keep_feeds(feeds); }),
        // Other faults after each start, and the same ones when all is repeated.
        faults_(profile, key_of({options.seed, state_.starts}), clock_) {
    activity_.restore(state_.subscriptions, state_.frozen);
    falcon_.feeds().restore(state_.feeds);
  }

  ~RunningLab() override {
    other_cloud_.reset();
    server_.reset();
  }

  Status open(std::unique_ptr<Senders> senders) {
    senders_ = std::move(senders);
    for (const auto& pem : options_.certificates) {
      if (auto registered = directory_.register_certificate(pem); !registered) return registered;
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
          return answer_of_other_cloud(request, directory_, clock_.now());
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
    activity_.freeze();
    senders_->freeze();
    // A state that could not be kept shows when the next lab reads it; the content is frozen.
    static_cast<void>(keep_state());
  }

 private:
  [[nodiscard]] std::string address_of(std::string_view scheme, std::uint16_t port) const {
    const bool v6 = options_.address.find(':') != std::string::npos;
    return std::string(scheme) + "://" + (v6 ? "[" + options_.address + "]" : options_.address) +
           ":" + std::to_string(port);
  }

  Response answer(const Request& request) {
    if (request.path.starts_with("/lab/")) return control(request);
    const bool activity =
        request.path.starts_with("/api/v1.0/") || request.path.starts_with("/api/v1/");
    const auto facts = facts_of(request, activity);
    count(facts.vendor == kFalconVendor ? "falcon_" + facts.operation : facts.operation);
    const auto fault = faults_.decide(request, facts);
    if (!fault) return honest_answer(request, facts, activity);
    if (auto response = answer_without_asking(*fault)) return std::move(*response);
    if (fault->kind == FaultKind::echo) return echo_of(*fault, request);
    if (fault->kind == FaultKind::error) {
      return facts.vendor == kFalconVendor ? falcon_.refusal(facts, *fault)
                                           : error_answer(*fault, facts, activity);
    }
    auto response = honest_answer(request, facts, activity);
    spoil(*fault, response);
    return response;
  }

  [[nodiscard]] RequestFacts facts_of(const Request& request, bool activity) const {
    if (FalconApi::serves(request.path)) return falcon_.facts_of(request);
    auto facts = activity ? ActivityApi::facts_of(request) : login_facts(request);
    facts.vendor = kMicrosoftVendor;
    return facts;
  }

  Response honest_answer(const Request& request, const RequestFacts& facts, bool activity) {
    if (facts.vendor == kFalconVendor) return falcon_.answer(request, facts);
    if (!activity) return login(request, facts);
    auto response = activity_.answer(request, facts);
    const bool changed = facts.operation == "start" || facts.operation == "stop";
    // Before the answer: what the caller was told must be true after a restart.
    if (changed && !keep_state()) return text_response(500, "", "text/html");
    return response;
  }

  Status keep_state() {
    if (options_.state_file.empty()) return {};
    const std::lock_guard lock(state_mutex_);
    state_.subscriptions = activity_.subscriptions().rows();
    state_.frozen = activity_.frozen_since();
    return write_state(*files_, options_.state_file, state_);
  }

  Status keep_feeds(const std::vector<FeedRow>& feeds) {
    if (options_.state_file.empty()) return {};
    const std::lock_guard lock(state_mutex_);
    state_.feeds = feeds;
    return write_state(*files_, options_.state_file, state_);
  }

  Response error_answer(const Fault& fault, const RequestFacts& facts, bool activity) const {
    Response response;
    if (activity) {
      response = activity_.refusal(facts, fault.status, fault.code);
    } else if (fault.code.empty()) {
      response = text_response(fault.status, "", "text/html");
    } else {
      response = refusal_response(
          {static_cast<unsigned>(std::strtoul(fault.code.c_str(), nullptr, 10)), ""}, clock_.now());
    }
    if (fault.retry_after) {
      response.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
    }
    response.delivery.delay = fault.delay;
    return response;
  }

  // ---- login host ----

  static RequestFacts login_facts(const Request& request) {
    RequestFacts facts;
    const std::string_view path = request.path;
    const auto second = path.find('/', 1);
    facts.operation = "unknown";
    if (second == std::string_view::npos) return facts;
    facts.tenant = std::string(path.substr(1, second - 1));
    const auto rest = path.substr(second);
    if (rest == "/oauth2/token" || rest == "/oauth2/v2.0/token") facts.operation = "token";
    if (rest.ends_with("/.well-known/openid-configuration")) facts.operation = "openid";
    if (rest == "/discovery/keys" || rest == "/discovery/v2.0/keys") facts.operation = "keys";
    if (rest == "/discovery/instance") facts.operation = "instance";
    return facts;
  }

  Response login(const Request& request, const RequestFacts& facts) {
    const bool v2 = request.path.find("/v2.0/") != std::string::npos;
    const auto version = v2 ? TokenVersion::v2 : TokenVersion::v1;
    if (facts.operation == "token") return tokens_.token(request, facts.tenant, version);
    if (facts.operation == "unknown") return text_response(404, "", "text/html");
    if (request.method != "GET") return text_response(405, "", "text/html");
    if (facts.operation == "openid") {
      return tokens_.openid_configuration(request, facts.tenant, version);
    }
    return facts.operation == "keys" ? tokens_.keys() : tokens_.instance_discovery(request);
  }

  // ---- switches ----

  Response control(const Request& request) {
    const auto& path = request.path;
    const bool post = request.method == "POST";
    constexpr std::string_view tenants = "/lab/tenants/";
    if (path == "/lab/status" && !post) return text_response(200, status_json());
    if (path == "/lab/truth" && !post) return truth();
    if (path == "/lab/faults" && request.method == "DELETE") {
      faults_.clear();
      return text_response(200, "{}");
    }
    if (path == "/lab/faults" && !post) return text_response(200, faults_.to_json());
    if (path == "/lab/falcon" && !post) return text_response(200, falcon_.status_json());
    if (!post) return text_response(404, "{}");
    if (path == "/lab/freeze") {
      freeze();
      return text_response(200, "{}");
    }
    if (path == "/lab/faults") return plant(request.body);
    if (path == "/lab/senders") return outcome(senders_->change(request.body));
    if (path == "/lab/webhooks") return outcome(activity_.notifier().change(request.body));
    if (path == "/lab/falcon") return outcome(falcon_.change(request.body));
    if (path == "/lab/certificates") return outcome(directory_.register_certificate(request.body));
    if (path.starts_with(tenants)) {
      return outcome(
          directory_.change_tenant(path.substr(tenants.size()), request.body, clock_.now()));
    }
    return text_response(404, "{}");
  }

  Response plant(std::string_view json) {
    const auto id = faults_.plant(json);
    if (!id) return outcome(tl::unexpected(id.error()));
    return text_response(200, R"({"id":)" + std::to_string(*id) + "}");
  }

  static Response outcome(const Status& status) {
    if (status) return text_response(200, "{}");
    std::string body;
    codec::JsonWriter(body)
        .begin_object()
        .key("error")
        .string(status.error().sentence())
        .end_object();
    return text_response(400, std::move(body));
  }

  Response truth() const {
    Response response;
    response.content_type = "application/x-ndjson";
    // The senders' part stands before the line that ends the truth.
    response.body.stream = [senders = senders_->truth_stream(),
                            asked = truth_stream({timeline_, generator_, activity_.subscriptions(),
                                                  activity_.visible_until(), options_.clock_skew,
                                                  falcon_.feeds(), falcon_.generator()})](
                               std::string& out) { return senders(out) || asked(out); };
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
    writer.key("started").string(format_time(timeline_.options().start));
    writer.key("starts").number(state_.starts);
    writer.key("now").string(format_time(clock_.now()));
    writer.key("visible_until").string(format_time(activity_.visible_until()));
    writer.key("other_cloud").string(address_of("http", other_cloud_->port()));
    writer.key("tokens_issued").number(tokens_.issued());
    writer.key("bytes_made").number(blobs_.bytes_made());
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
  Directory directory_;
  TokenService tokens_;
  const Timeline timeline_;
  const Generator generator_;
  BlobStore blobs_;
  ActivityApi activity_;
  FalconApi falcon_;
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
  if (options.tenants == 0 || options.tenants > 99'999) {
    return fail_stop("lab/bad-options", "the number of tenants must be between 1 and 99999",
                     "give a number in that range");
  }
  if (options.falcon_partitions == 0 || options.falcon_partitions > 64) {
    return fail_stop("lab/bad-options",
                     "the number of Falcon's partitions must be between 1 and 64",
                     "give a number in that range");
  }
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
