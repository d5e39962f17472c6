#include "connectors/cisco_umbrella/options.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/cisco_umbrella/object_key.hpp"
#include "connectors/cisco_umbrella/schema.hpp"
#include "net/certificate.hpp"
#include "net/safe_url.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_umbrella {

namespace {

using config::Problem;

constexpr std::size_t kSecretLength = 40;
constexpr std::size_t kKeyIdLength = 20;

std::string text_of(const config::Values& values, std::string_view option) {
  return values.has(option) ? values.text(option) : std::string{};
}

/// Bucket and folder, from whichever options name them.
std::optional<DataPath> place_of(const config::Values& values) {
  if (values.has("data_path")) return parse_data_path(values.text("data_path"));
  if (!values.has("bucket")) return std::nullopt;
  // A folder goes with a bucket; either may be pasted with slashes.
  return parse_data_path(values.text("bucket") + "/" + text_of(values, "folder"));
}

std::string region_of(const config::Values& values, const DataPath& place) {
  if (values.has("region")) return lower_case(values.text("region"));
  if (const auto managed = managed_region(place.bucket)) return *managed;
  if (values.has("queue_url")) {
    if (const auto region = codec::aws::region_of_queue(values.text("queue_url"))) return *region;
  }
  return values.has("endpoint") ? "us-east-1" : std::string{};
}

codec::aws::Addressing addressing_of(const config::Values& values) {
  const std::string& word = values.text("addressing");
  if (word == "virtual") return codec::aws::Addressing::virtual_hosted;
  if (word == "path") return codec::aws::Addressing::path;
  return codec::aws::Addressing::automatic;
}

/// "dns" as "dnslogs": people name the stream as well as the folder.
std::string folder_of(const std::string& name) {
  if (looks_like_log(name)) return name;
  for (const LogFolder& log : known_logs()) {
    if (log.stream == name) return std::string{log.folder};
  }
  return name;
}

bool on_loopback(const config::Values& values) {
  const auto origin = values.has("endpoint") ? url_origin(values.text("endpoint")) : std::nullopt;
  return origin && net::is_loopback(*origin);
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
  void warn(std::string_view option, std::string what, std::string next_step) {
    add(option, std::move(what), std::move(next_step), Problem::Severity::warning);
  }
  void failure(std::string_view option, const Failure& failure) {
    add(option, "'" + std::string{option} + "': " + failure.cause, failure.next_step);
  }

 private:
  const config::Values& values_;
  std::vector<Problem>& problems_;
};

/// Where the bucket and the folder are named, for a problem's place.
std::string_view place_option(const config::Values& values) {
  return values.has("data_path") ? "data_path" : "bucket";
}

bool check_place(const config::Values& values, Checker& checker) {
  if (values.has("data_path") && (values.has("bucket") || values.has("folder"))) {
    checker.add("data_path", "there are both 'data_path' and 'bucket' or 'folder'",
                "remove one; data_path holds bucket and folder");
    return false;
  }
  const auto place = place_of(values);
  if (!place) {
    checker.add(place_option(values),
                values.has("data_path") ? "'data_path' names no bucket"
                                        : "there is neither 'data_path' nor 'bucket'",
                "paste the data path from Umbrella > Admin > Log Management, such as "
                "s3://cisco-managed-eu-west-1/2003477_0a1b...");
    return false;
  }
  if (place->log.empty()) return true;
  const std::string right = place->bucket + (place->folder.empty() ? "" : "/" + place->folder);
  const std::string log = place->log.substr(0, place->log.find('/'));
  const std::string_view option = values.has("data_path") ? "data_path"
                                  : values.has("folder")  ? "folder"
                                                          : "bucket";
  checker.add(
      option,
      "'" + std::string{option} + "' ends with '" + excerpt(place->log, 60) +
          "', which is a folder of one log, not the place of all",
      (option == "data_path" ? "write `data_path: s3://" + right + "`" : "leave " + log + " out") +
          ": log folders are found by themselves; to collect this one alone add `logs: [" + log +
          "]`");
  return false;
}

void check_key(const config::Values& values, bool managed, Checker& checker) {
  const std::string& id = values.has("access_key_id") ? values.text("access_key_id") : "";
  const bool temporary = id.starts_with("ASIA");
  if (managed && id.size() != kKeyIdLength) {
    checker.add("access_key_id",
                "'access_key_id' has " + std::to_string(id.size()) + " characters, not 20",
                "copy it again from Umbrella > Admin > Log Management");
  }
  const std::size_t length = values.secret("secret_access_key").size();
  if (length != 0 && length != kSecretLength) {
    const std::string what = "'secret_access_key' has " + std::to_string(length) +
                             " characters, and those of AWS have 40";
    const std::string step =
        "copy it again without blanks or line breaks; when it is not shown any more, rotate the "
        "key";
    if (managed) {
      checker.add("secret_access_key", what, step);
    } else if (!values.has("endpoint")) {
      checker.warn("secret_access_key", what, step);
    }
  }
  if (temporary && !values.has("session_token")) {
    checker.add("access_key_id", "'access_key_id' is that of a temporary key, without a session",
                "add `session_token`, or use a key that begins with AKIA");
  }
  if (values.has("key_created") && !parse_time(values.text("key_created"))) {
    checker.add("key_created", "'key_created' is not a day", "write it as 2026-09-01");
  }
}

void check_addresses(const config::Values& values, bool managed, Checker& checker) {
  for (const std::string_view option : {"endpoint", "queue_url"}) {
    if (!values.has(option)) continue;
    const auto safe = net::require_safe_url(values.text(option), option);
    if (!safe) checker.failure(option, safe.error());
  }
  if (managed && values.has("queue_url")) {
    checker.add("queue_url", "a Cisco-managed bucket sends no notifications",
                "remove `queue_url`, or let Umbrella write to a bucket of your own");
  }
  if (values.duration("poll_every") < std::chrono::minutes{1} && !on_loopback(values)) {
    checker.add("poll_every", "'poll_every' is less than a minute",
                "write at least 1m: the vendor uploads every 10 minutes");
  }
}

void check_lists(const config::Values& values, Checker& checker) {
  if (values.has("logs")) {
    for (const std::string& name : values.list("logs")) {
      if (is_log_name(folder_of(name))) continue;
      checker.add("logs", "'" + excerpt(name, 60) + "' in 'logs' is not the name of a folder",
                  "write names such as dnslogs, proxylogs, firewalllogs, auditlogs");
    }
  }
  if (!values.has("columns")) return;
  for (const auto& [log, columns] : values.map("columns")) {
    if (!columns.empty() && is_log_name(log)) continue;
    checker.add("columns", "'" + excerpt(log, 60) + "' in 'columns' has no list of names",
                "write `columns: {dnslogs: \"timestamp, most granular identity, ...\"}`");
  }
}

}  // namespace

void check_options(const config::Values& values, std::vector<Problem>& problems) {
  Checker checker(values, problems);
  const bool placed = check_place(values, checker);
  const auto place = place_of(values);
  const auto inside = place ? managed_region(place->bucket) : std::nullopt;
  check_key(values, inside.has_value(), checker);
  check_addresses(values, inside.has_value(), checker);
  check_lists(values, checker);
  if (inside && values.has("region") && lower_case(values.text("region")) != *inside) {
    checker.add("region", "'region' differs from the one in the bucket's name, " + *inside,
                "remove `region`");
  }
  if (inside && place->folder.empty() && placed) {
    checker.add(place_option(values), "there is no folder behind the Cisco-managed bucket",
                "paste the whole data path: the key may list nothing outside its folder");
  }
  if (!placed || !problems.empty()) return;
  if (region_of(values, *place).empty()) {
    return checker.add(place_option(values), "the bucket's region is not known",
                       "set `region`, such as eu-west-1; in the S3 console it stands beside the "
                       "bucket");
  }
  const auto made = make_settings(values);
  if (!made) checker.failure(place_option(values), made.error());
}

std::vector<codec::aws::SigningScope> Settings::scopes() const {
  std::vector<codec::aws::SigningScope> out;
  out.push_back(
      {.origin = machine.endpoint.origin, .service = "s3", .region = machine.endpoint.region});
  // The same host may serve both, as simulators do; requests to SQS are told apart by their target.
  if (machine.queue) {
    out.push_back(
        {.origin = machine.queue->origin, .service = "sqs", .region = machine.queue->region});
  }
  return out;
}

Result<Settings> make_settings(const config::Values& values) {
  const auto place = place_of(values);
  if (!place) {
    return fail_stop("cisco_umbrella/no-bucket", "no bucket is named",
                     "set `data_path` to what Umbrella > Admin > Log Management shows");
  }
  Settings out;
  MachineOptions& machine = out.machine;
  const std::string region = region_of(values, *place);
  auto endpoint = values.has("endpoint")
                      ? codec::aws::compatible_bucket(place->bucket, values.text("endpoint"),
                                                      region, addressing_of(values))
                      : codec::aws::aws_bucket(place->bucket, region, addressing_of(values));
  if (!endpoint) return fail(endpoint.error());
  machine.endpoint = std::move(*endpoint);
  machine.folder = place->folder;
  machine.managed = managed_region(place->bucket).has_value();
  if (values.has("queue_url")) {
    auto queue = codec::aws::queue_endpoint(values.text("queue_url"),
                                            codec::aws::region_of_queue(values.text("queue_url"))
                                                ? std::string_view{}
                                                : std::string_view{region});
    if (!queue) return fail(queue.error());
    machine.queue = std::move(*queue);
  }
  if (values.has("logs")) {
    for (const std::string& name : values.list("logs"))
      machine.logs.push_back(folder_of(name));
  }
  if (values.has("columns")) machine.columns = values.map("columns");
  machine.access_key_id = values.text("access_key_id");
  if (values.has("key_created")) machine.key_created = parse_time(values.text("key_created"));
  machine.retention = values.duration("retention");
  machine.lookback = std::min(values.duration("lookback"), machine.retention);
  machine.poll_every = values.duration("poll_every");
  machine.max_object_size = values.size("max_object_size");
  machine.parallel = static_cast<unsigned>(values.integer("parallel"));
  machine.listings_per_minute = static_cast<double>(values.integer("listings_per_minute"));
  out.credentials.access_key_id = machine.access_key_id;
  out.credentials.secret_access_key = values.secret("secret_access_key");
  if (values.has("session_token")) out.credentials.session_token = values.secret("session_token");
  if (values.has("proxy")) out.http.proxy = values.text("proxy");
  if (values.has("proxy_user")) out.http.proxy_user = values.text("proxy_user");
  if (values.has("proxy_password")) out.http.proxy_password = values.secret("proxy_password");
  if (values.has("ca_file")) out.http.ca_file = values.text("ca_file");
  out.http.connect_timeout = values.duration("connect_timeout");
  return out;
}

Status verify_files(const config::Values& values, const ReadFile& read_file) {
  if (values.secret("secret_access_key").empty()) {
    return fail_stop("cisco_umbrella/no-secret", "secret_access_key is empty",
                     "write the secret of the access key where secret_access_key points to");
  }
  if (!values.has("ca_file")) return {};
  const auto bundle = read_file(values.text("ca_file"));
  if (!bundle) return fail(bundle.error());
  if (net::read_certificate(*bundle)) return {};
  return fail_stop("cisco_umbrella/ca-file",
                   values.text("ca_file") + " holds no certificate in PEM form",
                   "write the certificates of the authorities to trust there, each between BEGIN "
                   "CERTIFICATE and END CERTIFICATE");
}

std::vector<std::string> what_is_read(const config::Values& values) {
  const auto settings = make_settings(values);
  if (!settings) return {};
  std::string what = "bucket " + settings->machine.source();
  if (values.has("endpoint")) what += " at " + settings->machine.endpoint.origin;
  std::vector<std::string> out;
  for (const std::string& log : settings->machine.logs)
    out.push_back(what + ", " + log);
  if (out.empty()) out.push_back(what);
  return out;
}

bool continues_position(const config::Values& values, const Position& position) {
  const auto settings = make_settings(values);
  const auto source = position.find(kSourceKey);
  return settings && source != position.end() && source->second == settings->machine.source();
}

}  // namespace cistern::connectors::cisco_umbrella
