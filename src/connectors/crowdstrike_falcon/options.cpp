#include "connectors/crowdstrike_falcon/options.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/crowdstrike_falcon/clouds.hpp"
#include "connectors/crowdstrike_falcon/feed_cursor.hpp"
#include "connectors/crowdstrike_falcon/wire.hpp"
#include "net/certificate.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

using config::Problem;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool all_alphanumeric(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_alphanumeric);
}

std::optional<std::uint64_t> offset_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
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

  void url(std::string_view option) {
    if (!values_.has(option)) return;
    const std::string& url = values_.text(option);
    const auto origin = url_origin(url);
    const std::string_view bare =
        url.ends_with('/') ? std::string_view{url}.substr(0, url.size() - 1) : url;
    if (!origin || bare.find('/', bare.find("://") + 3) != std::string_view::npos ||
        bare.find_first_of("?#") != std::string_view::npos) {
      return add(option, "'" + std::string{option} + "' is not an address of the form https://host",
                 "write scheme, host and perhaps a port, without a path");
    }
    if (origin->find("crowdstrike") != std::string::npos &&
        origin->find(".lagger.") != std::string::npos) {
      add(option, "'" + std::string{option} + "' says lagger; the cloud us-gov-1 is called laggar",
          "write laggar, or `cloud: us-gov-1` instead");
    }
    if (origin->starts_with("http://") && !net::is_loopback(*origin)) {
      add(option, "'" + std::string{option} + "' would send credentials without encryption",
          "use https; plain http is allowed for loopback addresses only");
    }
  }

  /// The vendor documents letters and digits, and its own connector's default holds '-' and '.'.
  void app_id(std::string_view option) {
    if (!values_.has(option)) return;
    const std::string& label = values_.text(option);
    const bool printable =
        std::all_of(label.begin(), label.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (label.empty() || !printable) {
      return add(option, "'" + std::string{option} + "' is empty or holds blanks or other marks",
                 "use letters and digits, at most 32");
    }
    if (label.size() <= kMaxAppId && all_alphanumeric(label)) return;
    add(option,
        "'" + std::string{option} + "' is " +
            (label.size() > kMaxAppId ? "longer than 32 characters"
                                      : "not letters and digits only"),
        "the vendor documents letters and digits, at most 32; other labels have worked, but may be "
        "refused",
        Problem::Severity::warning);
  }

 private:
  const config::Values& values_;
  std::vector<Problem>& problems_;
};

void check_start(const config::Values& values, Checker& checker) {
  const std::string& start = values.text("start");
  if (start != "now" && start != "oldest" && !offset_of(start)) {
    checker.add("start", "'start' is neither now, oldest nor an offset",
                "write `now`, `oldest` or a number");
  }
  if (!values.has("start_offsets")) return;
  for (const auto& [feed, offset] : values.map("start_offsets")) {
    if ((feed == "*" || all_alphanumeric(feed)) && offset_of(offset)) continue;
    checker.add("start_offsets",
                "'" + excerpt(feed, 40) + ": " + excerpt(offset, 40) +
                    "' in 'start_offsets' is not a feed with an offset",
                "write a feed id, a partition or \"*\" before the colon and a number after it");
  }
}

void check_names(const config::Values& values, std::string_view option, Checker& checker) {
  if (!values.has(option)) return;
  for (const std::string& name : values.list(option)) {
    if (all_alphanumeric(name)) continue;
    checker.add(option, "'" + excerpt(name, 60) + "' in '" + std::string{option} + "' is no name",
                "write names of letters and digits, as the vendor writes them");
  }
}

std::string address(const config::Values& values, std::string_view option, std::string fallback) {
  std::string url = values.has(option) ? values.text(option) : std::move(fallback);
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

const Cloud& cloud_of(const config::Values& values) {
  const Cloud* const named = find_cloud(values.text("cloud"));
  return named == nullptr ? clouds().front() : *named;
}

std::vector<std::string> list_of(const config::Values& values, std::string_view option) {
  return values.has(option) ? values.list(option) : std::vector<std::string>{};
}

std::string text_of(const config::Values& values, std::string_view option) {
  return values.has(option) ? values.text(option) : std::string{};
}

/// The checksum suffix that the console shows ("-3A") is no part of the ID.
std::string member_of(const config::Values& values) {
  const std::string member = lower_case(text_of(values, "member_cid"));
  return member.substr(0, member.find('-'));
}

TokenOptions make_token(const config::Values& values) {
  TokenOptions out;
  const bool found_by_login = values.text("cloud") == "auto";
  out.api_url = address(values, "api_url", std::string{cloud_of(values).api_url});
  out.token_url = address(values, "token_url", out.api_url);
  out.follow_region = found_by_login && !values.has("api_url");
  if (!found_by_login) out.cloud = values.text("cloud");
  out.client_id = values.text("client_id");
  out.client_secret = values.secret("client_secret");
  out.member_cid = member_of(values);
  return out;
}

MachineOptions make_machine_options(const config::Values& values, const TokenOptions& token) {
  MachineOptions out;
  out.api_url = token.api_url;
  out.follow_region = token.follow_region;
  out.client_id = token.client_id;
  if (!token.member_cid.empty()) out.client_id += "/" + token.member_cid;
  out.app_id = values.text("app_id");
  out.app_id_fallback = text_of(values, "app_id_fallback");
  const std::string& start = values.text("start");
  out.start_offset = offset_of(start).value_or(0);
  out.start = start == "now"      ? FirstStart::now
              : start == "oldest" ? FirstStart::oldest
                                  : FirstStart::offset;
  if (values.has("start_offsets")) {
    for (const auto& [feed, offset] : values.map("start_offsets"))
      out.start_offsets[feed] = offset_of(offset).value_or(0);
  }
  out.partitions = list_of(values, "partitions");
  for (const std::string& host : list_of(values, "stream_hosts"))
    out.stream_hosts.push_back(lower_case(host));
  out.filter = std::make_shared<EventFilter>(list_of(values, "event_types"),
                                             list_of(values, "exclude_event_types"));
  out.idle_limit = values.duration("read_timeout");
  out.reconnect_delay = values.duration("reconnect_delay");
  return out;
}

}  // namespace

void check_options(const config::Values& values, std::vector<Problem>& problems) {
  Checker checker(values, problems);
  if (values.has("client_id") && !all_alphanumeric(values.text("client_id"))) {
    checker.add("client_id", "'client_id' is not an ID of letters and digits",
                "copy it from the Falcon console, Support and resources > API clients and keys");
  }
  checker.app_id("app_id");
  checker.app_id("app_id_fallback");
  if (values.has("app_id_fallback") && values.has("app_id") &&
      values.text("app_id_fallback") == values.text("app_id")) {
    checker.add("app_id_fallback", "'app_id_fallback' is the same as 'app_id'",
                "write another label, or remove the option");
  }
  if (values.has("member_cid") && !all_alphanumeric(member_of(values))) {
    checker.add("member_cid", "'member_cid' is not a customer ID",
                "copy the child's customer ID from its console");
  }
  checker.url("api_url");
  checker.url("token_url");
  check_start(values, checker);
  for (const std::string_view option : {"partitions", "event_types", "exclude_event_types"})
    check_names(values, option, checker);
}

Settings make_settings(const config::Values& values) {
  Settings out;
  out.token = make_token(values);
  out.machine = make_machine_options(values, out.token);
  if (values.has("proxy")) out.http.proxy = values.text("proxy");
  if (values.has("proxy_user")) out.http.proxy_user = values.text("proxy_user");
  if (values.has("proxy_password")) out.http.proxy_password = values.secret("proxy_password");
  if (values.has("ca_file")) out.http.ca_file = values.text("ca_file");
  out.http.connect_timeout = values.duration("connect_timeout");
  return out;
}

Status verify_files(const config::Values& values, const ReadFile& read_file) {
  if (values.secret("client_secret").empty()) {
    const auto request = token_request(make_token(values));
    if (!request) return fail(request.error());
  }
  if (!values.has("ca_file")) return {};
  const auto bundle = read_file(values.text("ca_file"));
  if (!bundle) return fail(bundle.error());
  if (net::read_certificate(*bundle)) return {};
  return fail_stop("crowdstrike_falcon/ca-file",
                   values.text("ca_file") + " holds no certificate in PEM form",
                   "write the certificates of the authorities to trust there, each between BEGIN "
                   "CERTIFICATE and END CERTIFICATE");
}

std::vector<std::string> what_is_read(const config::Values& values) {
  const TokenOptions token = make_token(values);
  std::string what = "app_id " + values.text("app_id") + " of API client " + token.client_id;
  if (!token.member_cid.empty()) what += " for customer " + token.member_cid;
  // The same client may be simulated or relayed at several addresses.
  if (values.has("api_url")) what += " at " + token.api_url;
  const std::vector<std::string> partitions = list_of(values, "partitions");
  std::vector<std::string> out;
  for (const std::string& partition : partitions)
    out.push_back(what + ", partition " + partition);
  if (partitions.empty()) out.push_back(what);
  return out;
}

bool continues_position(const config::Values& values, const Position& position) {
  const auto found = position.find(kClientKey);
  return found != position.end() &&
         found->second == make_machine_options(values, make_token(values)).client_id;
}

}  // namespace cistern::connectors::crowdstrike_falcon
