#include "lab/microsoft_365/microsoft_vendor.hpp"

#include "lab/entra/errors.hpp"
#include "lab/harness/control_answers.hpp"
#include "lab/harness/fault_profiles.hpp"

#include <cstdlib>

namespace cistern::lab {

namespace {

TimelineOptions timeline_options(const VendorContext& context) {
  const auto& options = context.options;
  return {options.seed,
          context.started,
          options.history,
          options.history_per_hour,
          options.live_per_second,
          options.live_blob,
          context.profile,
          options.tenants,
          options.planted_gaps};
}

bool is_activity(const Request& request) {
  return request.path.starts_with("/api/v1.0/") || request.path.starts_with("/api/v1/");
}

RequestFacts login_facts(const Request& request) {
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

}  // namespace

MicrosoftVendor::MicrosoftVendor(const VendorContext& context, Key signing_key)
    : clock_(context.clock),
      keep_(context.keep),
      directory_(context.options.tenants),
      tokens_(directory_, clock_, std::move(signing_key)),
      timeline_(timeline_options(context)),
      generator_(context.options.seed, context.profile),
      blobs_(generator_, context.options.cache_bytes),
      activity_(timeline_, blobs_, directory_, tokens_, clock_,
                {context.options.page_size, context.options.requests_per_minute}) {}

RequestFacts MicrosoftVendor::facts_of(const Request& request) const {
  auto facts = is_activity(request) ? ActivityApi::facts_of(request) : login_facts(request);
  facts.vendor = kMicrosoftVendor;
  return facts;
}

Response MicrosoftVendor::answer(const Request& request, const RequestFacts& facts) {
  if (!is_activity(request)) return login(request, facts);
  auto response = activity_.answer(request, facts);
  const bool changed = facts.operation == "start" || facts.operation == "stop";
  // Before the answer: what the caller was told must be true after a restart.
  if (changed && !keep_()) return text_response(500, "", "text/html");
  return response;
}

Response MicrosoftVendor::login(const Request& request, const RequestFacts& facts) {
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

Response MicrosoftVendor::refusal(const Request& request, const RequestFacts& facts,
                                  const Fault& fault) const {
  Response response;
  if (is_activity(request)) {
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

std::optional<Fault> MicrosoftVendor::draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                 Dice& dice) const {
  return lab::draw_fault(profile, facts.operation, dice);
}

Status MicrosoftVendor::change(std::string_view) {
  return fail_stop("lab/bad-setting", "Microsoft 365 has its switches by tenant",
                   "send them to /lab/tenants/<id>");
}

std::optional<Response> MicrosoftVendor::control(const Request& request) {
  constexpr std::string_view tenants = "/lab/tenants/";
  const auto& path = request.path;
  if (request.method != "POST") return std::nullopt;
  if (path == "/lab/webhooks") return outcome_response(activity_.notifier().change(request.body));
  if (path == "/lab/certificates") {
    return outcome_response(directory_.register_certificate(request.body));
  }
  if (path.starts_with(tenants)) {
    return outcome_response(
        directory_.change_tenant(path.substr(tenants.size()), request.body, clock_.now()));
  }
  return std::nullopt;
}

void MicrosoftVendor::add_status(codec::JsonWriter& writer) const {
  writer.key("tokens_issued").number(tokens_.issued());
  writer.key("bytes_made").number(blobs_.bytes_made());
}

void MicrosoftVendor::save(LabState& state) const {
  state.subscriptions = activity_.subscriptions().rows();
  state.frozen = activity_.frozen_since();
}

Status MicrosoftVendor::restore(const LabState& state) {
  activity_.restore(state.subscriptions, state.frozen);
  return {};
}

}  // namespace cistern::lab
