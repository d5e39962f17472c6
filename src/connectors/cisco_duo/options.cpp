#include "connectors/cisco_duo/options.hpp"

#include "base/bytes.hpp"
#include "net/certificate.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using config::Problem;

constexpr std::size_t kIntegrationKeySize = 20;
constexpr std::size_t kSecretKeySize = 40;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool all_alphanumeric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_alphanumeric);
}

bool looks_like_integration_key(std::string_view text) {
  return text.size() == kIntegrationKeySize && text.starts_with("DI") && all_alphanumeric(text);
}

Failure keys_swapped() {
  return {.verdict = Verdict::stop,
          .code = "cisco_duo/keys-swapped",
          .cause =
              "integration_key and secret_key are exchanged: the secret key has the form of an "
              "integration key (20 characters that begin with DI)",
          .consequence = "nothing is asked and nothing is collected",
          .next_step =
              "exchange the two values; since the secret key stood where names are shown, "
              "consider having it reset on the application's page in the Duo Admin Panel"};
}

Failure key_shape(std::string cause) {
  return {.verdict = Verdict::stop,
          .code = "cisco_duo/key-shape",
          .cause = std::move(cause),
          .consequence = "the vendor will most likely refuse every request",
          .next_step =
              "copy both keys again from the application's page in the Duo Admin Panel "
              "(Applications > your Admin API), without blanks"};
}

std::string text_of(const config::Values& values, std::string_view option) {
  return values.has(option) ? values.text(option) : std::string{};
}

Problem problem_at(const config::Values& values, std::string_view option, const Failure& failure,
                   Problem::Severity severity) {
  Problem problem;
  problem.severity = severity;
  problem.place = values.place(option);
  problem.what = failure.cause;
  problem.next_step = failure.next_step;
  return problem;
}

void check_account(const config::Values& values, std::vector<Problem>& problems) {
  if (!values.has("account_id") || all_alphanumeric(values.text("account_id"))) return;
  const Failure failure{
      .verdict = Verdict::stop,
      .code = {},
      .cause = "'account_id' is not an ID of letters and digits",
      .consequence = {},
      .next_step = "copy it from the list of child accounts, or remove the option"};
  problems.push_back(problem_at(values, "account_id", failure, Problem::Severity::error));
}

SignatureVersion version_of(std::string_view name) {
  if (name == "v2-sha1") return SignatureVersion::v2_sha1;
  if (name == "v2-sha512") return SignatureVersion::v2_sha512;
  return SignatureVersion::v5;
}

std::vector<std::string> streams_of(const config::Values& values) {
  if (values.has("streams")) return values.list("streams");
  std::vector<std::string> all;
  for (const LogStream& stream : kLogStreams)
    all.emplace_back(stream.name);
  return all;
}

Result<Api> api_of(const config::Values& values) {
  auto origin = normal_origin(values.text("host"));
  if (!origin) return fail(origin.error());
  return Api{.origin = std::move(*origin), .account_id = text_of(values, "account_id")};
}

}  // namespace

std::optional<Failure> key_trouble(std::string_view integration_key, const Secret& secret_key) {
  const bool secret_is_name =
      secret_key.use([](std::string_view text) { return looks_like_integration_key(text); });
  if (secret_is_name && !looks_like_integration_key(integration_key)) return keys_swapped();
  if (!looks_like_integration_key(integration_key)) {
    return key_shape("integration_key has " + std::to_string(integration_key.size()) +
                     " characters; it should have 20 letters and digits, the first two DI");
  }
  if (secret_is_name) return key_shape("secret_key has the form of an integration key");
  const bool clean = secret_key.use([](std::string_view text) { return all_alphanumeric(text); });
  if (secret_key.size() != kSecretKeySize || !clean) {
    return key_shape("secret_key has " + std::to_string(secret_key.size()) +
                     " characters; it should have 40 letters and digits");
  }
  return std::nullopt;
}

void check_options(const config::Values& values, std::vector<Problem>& problems) {
  if (values.has("host")) {
    if (const auto origin = normal_origin(values.text("host")); !origin) {
      problems.push_back(problem_at(values, "host", origin.error(), Problem::Severity::error));
    }
  }
  // An integration key that looks odd may be one all the same; where the secret key stands in its
  // place, it would be sent in every request.
  const std::string ikey = text_of(values, "integration_key");
  const bool secret_shaped = ikey.size() == kSecretKeySize && all_alphanumeric(ikey);
  if (secret_shaped) {
    problems.push_back(problem_at(
        values, "integration_key",
        key_shape("'integration_key' has 40 characters, as a secret key has; the two may be "
                  "exchanged"),
        Problem::Severity::warning));
    // Messages show the line of their place, and that line may hold the secret.
    problems.back().place = values.component_place;
  } else if (!ikey.empty() && !looks_like_integration_key(ikey)) {
    problems.push_back(problem_at(
        values, "integration_key",
        key_shape("'integration_key' does not have 20 letters and digits, the first two DI"),
        Problem::Severity::warning));
  }
  check_account(values, problems);
  if (values.has("streams") && values.list("streams").empty()) {
    const Failure failure{.verdict = Verdict::stop,
                          .code = {},
                          .cause = "'streams' is empty",
                          .consequence = {},
                          .next_step = "name at least one, or remove the option"};
    problems.push_back(problem_at(values, "streams", failure, Problem::Severity::error));
  }
}

Result<Settings> make_settings(const config::Values& values) {
  auto api = api_of(values);
  if (!api) return fail(api.error());
  Settings out;
  out.machine.api = std::move(*api);
  out.machine.streams = streams_of(values);
  out.machine.requests_per_minute = static_cast<double>(values.integer("requests_per_minute"));
  out.machine.burst = static_cast<unsigned>(values.integer("burst"));
  out.machine.poll_interval = values.duration("poll_interval");
  out.machine.lookback = values.duration("lookback");
  out.machine.overlap = values.duration("overlap");
  out.credential.integration_key = values.text("integration_key");
  out.credential.secret_key = values.secret("secret_key");
  out.credential.version = version_of(values.text("signature"));
  out.credential.origin = out.machine.api.origin;
  if (values.has("proxy")) out.http.proxy = values.text("proxy");
  if (values.has("proxy_user")) out.http.proxy_user = values.text("proxy_user");
  if (values.has("proxy_password")) out.http.proxy_password = values.secret("proxy_password");
  if (values.has("ca_file")) out.http.ca_file = values.text("ca_file");
  return out;
}

Status verify_files(const config::Values& values, const ReadFile& read_file) {
  const auto trouble = key_trouble(values.text("integration_key"), values.secret("secret_key"));
  if (trouble && trouble->code == "cisco_duo/keys-swapped") return fail(*trouble);
  if (!values.has("ca_file")) return {};
  const auto bundle = read_file(values.text("ca_file"));
  if (!bundle) return fail(bundle.error());
  if (net::read_certificate(*bundle)) return {};
  return fail_stop("cisco_duo/ca-file",
                   values.text("ca_file") + " holds no certificate in PEM form",
                   "write the certificates of the authorities to trust there, each between BEGIN "
                   "CERTIFICATE and END CERTIFICATE");
}

std::vector<std::string> what_is_read(const config::Values& values) {
  const auto api = api_of(values);
  const std::string account = api ? account_of(*api) : lower_case(values.text("host"));
  std::vector<std::string> out;
  for (const std::string& stream : streams_of(values))
    out.push_back("host " + account + ", " + stream);
  return out;
}

bool continues_position(const config::Values& values, const Position& position) {
  const auto api = api_of(values);
  const auto found = position.find(kAccountKey);
  return api && found != position.end() && found->second == account_of(*api);
}

}  // namespace cistern::connectors::cisco_duo
