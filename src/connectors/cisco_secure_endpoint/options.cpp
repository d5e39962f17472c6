#include "connectors/cisco_secure_endpoint/options.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/cisco_secure_endpoint/clouds.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_options.hpp"
#include "connectors/cisco_secure_endpoint/identity.hpp"
#include "connectors/cisco_secure_endpoint/rest_machine.hpp"
#include "net/certificate.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

using config::Problem;

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_client_id(std::string_view text) {
  return text.size() == 20 && std::all_of(text.begin(), text.end(), is_hex);
}

/// What can stand in an Authorization header as a user's name.
bool is_user(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

bool looks_like_key(std::string_view text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
         text[23] == '-';
}

/// Collects problems of one component.
class Checker {
 public:
  Checker(const config::Values& values, std::vector<Problem>& problems)
      : values_(values), problems_(problems) {}

  void add(std::string_view option, std::string what, std::string next_step,
           Problem::Severity severity = Problem::Severity::error) {
    Problem problem;
    problem.severity = severity;
    problem.place = values_.place(option);
    problem.what = std::move(what);
    problem.next_step = std::move(next_step);
    problems_.push_back(std::move(problem));
  }

  void client_id() {
    if (!values_.has("client_id")) return;
    const std::string& id = values_.text("client_id");
    if (looks_like_key(id)) {
      return add("client_id", "'client_id' looks like an API key",
                 "write the \"3rd Party API Client ID\" here, and the key as `api_key`");
    }
    if (!is_user(id)) {
      return add("client_id", "'client_id' is empty or holds blanks, colons or other marks",
                 "copy the \"3rd Party API Client ID\" from the console, Administration > API "
                 "Credentials");
    }
    if (is_client_id(id)) return;
    add("client_id", "'client_id' is not of 20 hexadecimal digits",
        "the console shows such IDs; check that it was copied whole", Problem::Severity::warning);
  }

  void url() {
    if (!values_.has("api_url")) return;
    const std::string& url = values_.text("api_url");
    const auto origin = url_origin(url);
    const std::string_view bare =
        url.ends_with('/') ? std::string_view{url}.substr(0, url.size() - 1) : url;
    if (!origin || bare.find('/', bare.find("://") + 3) != std::string_view::npos ||
        bare.find_first_of("?#") != std::string_view::npos) {
      return add("api_url", "'api_url' is not an address of the form https://host",
                 "write scheme, host and perhaps a port, without a path");
    }
    if (origin->find("//console.") != std::string::npos) {
      add("api_url", "'api_url' is the address of the console",
          "write that of the API, or `cloud: us`, `eu` or `apjc` instead");
    }
    if (origin->starts_with("http://") && !net::is_loopback(*origin)) {
      add("api_url", "'api_url' would send the key without encryption",
          "use https; plain http is allowed for loopback addresses only");
    }
  }

  void streams() {
    if (values_.has("streams") && values_.list("streams").empty()) {
      add("streams", "'streams' names nothing", "leave it out to collect events and audit log");
    }
  }

 private:
  const config::Values& values_;
  std::vector<Problem>& problems_;
};

bool reads(const config::Values& values, std::string_view stream) {
  if (!values.has("streams")) return true;
  const auto& list = values.list("streams");
  return std::find(list.begin(), list.end(), stream) != list.end();
}

std::string api_url(const config::Values& values) {
  if (!values.has("api_url")) {
    const Cloud* const cloud = find_cloud(values.text("cloud"));
    return std::string{(cloud == nullptr ? clouds().front() : *cloud).api_url};
  }
  // As the machine compares addresses: lower case, without the default port.
  return url_origin(values.text("api_url")).value_or(values.text("api_url"));
}

}  // namespace

void check_options(const config::Values& values, std::vector<Problem>& problems) {
  Checker checker(values, problems);
  checker.client_id();
  checker.url();
  checker.streams();
  check_event_stream(values, problems);
}

Settings make_settings(const config::Values& values) {
  Settings out;
  out.machine.api_url = api_url(values);
  out.machine.client_id = values.text("client_id");
  out.machine.events = reads(values, kEvents);
  out.machine.audit = reads(values, kAudit);
  out.machine.poll_interval = values.duration("poll_interval");
  out.machine.backfill = values.duration("backfill");
  out.machine.overlap = values.duration("overlap");
  out.machine.sweep = values.duration("sweep");
  out.machine.sweep_interval = values.duration("sweep_interval");
  out.credential = {out.machine.api_url, out.machine.client_id, values.secret("api_key")};
  out.requests_per_minute = static_cast<double>(values.integer("requests_per_minute"));
  if (values.has("proxy")) out.http.proxy = values.text("proxy");
  if (values.has("proxy_user")) out.http.proxy_user = values.text("proxy_user");
  if (values.has("proxy_password")) out.http.proxy_password = values.secret("proxy_password");
  if (values.has("ca_file")) out.http.ca_file = values.text("ca_file");
  out.http.connect_timeout = values.duration("connect_timeout");
  return out;
}

Status verify_files(const config::Values& values, const ReadFile& read_file) {
  if (values.secret("api_key").empty()) {
    return fail_stop("cisco_secure_endpoint/no-key", "api_key is empty",
                     "write the API key of the credential where api_key points to");
  }
  if (!values.has("ca_file")) return {};
  const auto bundle = read_file(values.text("ca_file"));
  if (!bundle) return fail(bundle.error());
  if (net::read_certificate(*bundle)) return {};
  return fail_stop("cisco_secure_endpoint/ca-file",
                   values.text("ca_file") + " holds no certificate in PEM form",
                   "write the certificates of the authorities to trust there, each between BEGIN "
                   "CERTIFICATE and END CERTIFICATE");
}

std::vector<std::string> what_is_read(const config::Values& values) {
  const std::string whose = " of client " + values.text("client_id") + " at " + api_url(values);
  std::vector<std::string> out;
  if (reads(values, kEvents)) out.push_back("events" + whose);
  if (reads(values, kAudit)) out.push_back("audit log" + whose);
  return out;
}

bool continues_position(const config::Values& values, const Position& position) {
  const auto is = [&](std::string_view key, const std::string& value) {
    const auto found = position.find(key);
    return found != position.end() && found->second == value;
  };
  return is(kCloudKey, identity_host(api_url(values))) && is(kClientKey, values.text("client_id"));
}

}  // namespace cistern::connectors::cisco_secure_endpoint
