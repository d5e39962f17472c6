#include "app/falcon_files.hpp"

#include "app/setup.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/configuration_of.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/offsets.hpp"
#include "journal/journal.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

namespace cistern::app {
namespace {

namespace fs = std::filesystem;
namespace falcon = connectors::crowdstrike_falcon;

// An offset stands near the end of the output, and the file may have any size.
constexpr std::uint64_t kOutputTail = 8U << 20;
constexpr std::string_view kProxySuffix = "#http_proxy";
constexpr std::string_view kDefaultStore = "/var/lib/cistern";

std::string store_path() {
  const char* named = std::getenv("CISTERN_STORE");
  return named != nullptr && *named != '\0' ? named : std::string{kDefaultStore};
}

/// Whether the store knows where the connector was. A store that was only created does not.
bool reads_on(const std::string& store, const std::string& connector) {
  std::error_code error;
  if (!fs::exists(store, error)) return false;
  const auto files = make_system_files();
  const SystemClock clock;
  const auto log = make_null_log();
  journal::JournalOptions options;
  options.path = store;
  const auto opened = journal::open_journal_read_only(options, *files, clock, *log);
  // What cannot be read is no reason to begin anew; `run` will say what is wrong with it.
  if (!opened) return opened.error().code != "journal/not-a-store";
  const auto position = (*opened)->position(connector);
  if (!position) return true;
  return std::any_of(position->begin(), position->end(),
                     [](const auto& entry) { return entry.first.starts_with("cursor/"); });
}

/// The name of a component from a file's name: "Contoso North.cfg" is contoso-north.
std::string component_name(const fs::path& path) {
  const auto stem = lower_case(path.stem().string());
  std::string name;
  for (const char c : stem) {
    const bool keeps = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    if (keeps) name += c;
    if (!keeps && !name.empty() && name.back() != '-') name += '-';
  }
  if (stem.starts_with("cs.falconhoseclient")) name = "falcon";
  while (name.ends_with('-'))
    name.pop_back();
  if (name.empty() || name.front() == '_') name = "falcon" + name;
  // Destinations get a word behind it, and a name may have 63 characters.
  return name.substr(0, 50);
}

/// Positions and cursors belong to names, so a further file must never change that of another one.
Failure same_name(const std::string& name, const std::string& first, const std::string& second) {
  return fail_stop("import/same-name",
                   first + " and " + second + " would both be the connector '" + name + "'",
                   "rename one of the two files: letters, digits and _ make the name")
      .value();
}

Result<std::vector<std::string>> files_at(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().extension() == ".cfg" && entry.is_regular_file(error))
      files.push_back(entry.path().string());
    if (files.size() > kMostFalconFiles) break;
  }
  std::sort(files.begin(), files.end());
  if (files.empty() || files.size() > kMostFalconFiles) {
    return fail_stop("import/folder",
                     path + (files.empty() ? " has no file that ends in .cfg"
                                           : " has more than " + std::to_string(kMostFalconFiles) +
                                                 " files that end in .cfg"),
                     "name the connector's file, or the folder with one .cfg for each tenant");
  }
  return files;
}

std::optional<std::string> tail_of(const std::string& path) {
  const auto files = make_system_files();
  const auto file = files->open(path, OpenMode::read);
  if (!file) return std::nullopt;
  const auto size = (*file)->size();
  if (!size) return std::nullopt;
  const auto from = *size > kOutputTail ? *size - kOutputTail : 0;
  auto text = (*file)->read_at(from, static_cast<std::size_t>(std::min(*size, kOutputTail)));
  return text ? std::optional{std::move(*text)} : std::nullopt;
}

/// Where reading begins, from what the old connector left; says in a finding where that comes from.
class StartFinder {
 public:
  StartFinder(const FalconRequest& request, const falcon::ImportedConnector& connector,
              std::string file, std::vector<falcon::Finding>& findings)
      : request_(request), connector_(connector), file_(std::move(file)), findings_(findings) {}

  falcon::StartOffsets find() {
    if (!request_.start.empty()) return {.by_feed = {}, .start = request_.start};
    if (auto known = from_offset_file()) return std::move(*known);
    // Later the output is cistern's own, and the store knows where every feed was read to.
    if (request_.reads_on && request_.reads_on(connector_.name))
      return {.by_feed = {}, .start = "oldest"};
    if (auto known = from_output()) return std::move(*known);
    warn(
        "no offset of the old connector was found; everything that the vendor still has is read, "
        "which may be 30 days and repeats to the SIEM what it has seen",
        "--start now begins with new events (what came since the old connector stopped is then "
        "missing), --start NUMBER at an offset");
    return {.by_feed = {}, .start = "oldest"};
  }

 private:
  std::optional<falcon::StartOffsets> from_offset_file() {
    const auto text = read_whole_file(connector_.offset_path, falcon::kMaxOffsetFile);
    if (!text) return std::nullopt;
    const auto known = falcon::parse_offsets(*text);
    if (known.empty()) {
      warn(connector_.offset_path + " holds no offset that can be read",
           "its form is not documented; name an offset with --start NUMBER");
      return std::nullopt;
    }
    falcon::StartOffsets offsets{.by_feed = {}, .start = "oldest"};
    for (const auto& [feed, offset] : known) {
      if (feed.empty()) {
        offsets.start = std::to_string(offset);
      } else {
        offsets.by_feed[feed] = std::to_string(offset);
      }
    }
    note("begins at the " + std::to_string(known.size()) + " offset(s) in " +
         connector_.offset_path);
    return offsets;
  }

  std::optional<falcon::StartOffsets> from_output() {
    if (connector_.file_path.empty() || connector_.file_path == "-") return std::nullopt;
    const auto text = tail_of(connector_.file_path);
    const auto highest =
        text ? falcon::highest_offset(*text, connector_.offset_marks) : std::nullopt;
    if (!highest) return std::nullopt;
    warn("begins at offset " + std::to_string(*highest) + ", the highest in the old output " +
             connector_.file_path + ", for every partition",
         "a tenant with several partitions has one offset each: --start oldest is safe there");
    return falcon::StartOffsets{.by_feed = {}, .start = std::to_string(*highest)};
  }

  void note(std::string what) {
    findings_.push_back({falcon::Finding::Severity::note, file_, 0, std::move(what), {}});
  }
  void warn(std::string what, std::string next_step) {
    findings_.push_back(
        {falcon::Finding::Severity::warning, file_, 0, std::move(what), std::move(next_step)});
  }

  const FalconRequest& request_;
  const falcon::ImportedConnector& connector_;
  std::string file_;
  std::vector<falcon::Finding>& findings_;
};

config::Problem as_problem(const falcon::Finding& finding) {
  const bool error = finding.severity == falcon::Finding::Severity::error;
  return {.severity = error ? config::Problem::Severity::error : config::Problem::Severity::warning,
          .place = {.file = finding.file, .line = finding.line, .column = 0},
          .what = finding.what,
          .next_step = finding.next_step,
          .source_line = {}};
}

/// Values of a file whose secret parts are asked for.
std::optional<std::string> secret_in(const std::string& path) {
  const bool proxy = path.ends_with(kProxySuffix);
  const auto file = path.substr(0, path.size() - (proxy ? kProxySuffix.size() : 0));
  if (!is_falcon_path(file)) return std::nullopt;
  const auto text = read_whole_file(file, codec::kMaxIniBytes);
  const auto parsed = text ? codec::parse_ini(*text, file) : fail(text.error());
  if (!parsed) return std::nullopt;
  const auto imported = falcon::import_connector(*parsed, {.name = "secret", .choices = {}});
  const auto& secret = proxy ? imported.connector.proxy_password : imported.connector.client_secret;
  return secret.use([](std::string_view text_of) { return std::string{text_of}; });
}

}  // namespace

Result<FalconFiles> read_falcon_files(const FalconRequest& request) {
  const auto paths = files_at(request.path);
  if (!paths) return fail(paths.error());
  FalconFiles out;
  std::map<std::string, std::string> names;
  for (const auto& path : *paths) {
    const auto text = read_whole_file(path, codec::kMaxIniBytes);
    if (!text) return fail(text.error());
    const auto parsed = codec::parse_ini(*text, path);
    if (!parsed) return fail(parsed.error());
    const auto name = component_name(path);
    const auto [other, fresh] = names.emplace(name, path);
    if (!fresh) return fail(same_name(name, other->second, path));
    auto imported = falcon::import_connector(*parsed, {.name = name, .choices = request.choices});
    auto& connector = imported.connector;
    for (auto& finding : imported.findings)
      out.findings.push_back(std::move(finding));
    connector.offsets = StartFinder{request, connector, path, out.findings}.find();
    out.files.push_back({path, std::move(connector)});
  }
  return out;
}

bool is_falcon_path(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return true;
  const auto text = read_whole_file(path, codec::kMaxIniBytes);
  if (!text) return false;
  std::string_view left{*text};
  while (!left.empty()) {
    const auto end = std::min(left.find('\n'), left.size());
    auto line = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#' || line[first] == ';') continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    // A configuration of cistern is a YAML mapping and never begins with a bracket.
    return line.size() > 2 && line.front() == '[' && line.back() == ']';
  }
  return false;
}

config::SecretSources falcon_secret_sources() {
  auto sources = config::system_secret_sources();
  sources.read_file = [system = sources.read_file](const std::string& path) -> Result<std::string> {
    if (auto secret = secret_in(path)) return std::move(*secret);
    return system(path);
  };
  return sources;
}

config::Loaded load_any_configuration(const std::string& path, const config::Schema& schema) {
  if (is_falcon_path(path)) return load_falcon_configuration(path, schema);
  return config::load_file(path, schema, config::system_secret_sources());
}

config::Loaded load_falcon_configuration(const std::string& path, const config::Schema& schema) {
  const auto store = store_path();
  FalconRequest request;
  request.path = path;
  request.reads_on = [&store](const std::string& connector) { return reads_on(store, connector); };
  const auto read = read_falcon_files(request);
  if (!read) {
    config::Loaded failed;
    failed.configuration.file = path;
    failed.problems.push_back({.severity = config::Problem::Severity::error,
                               .place = {.file = path, .line = 0, .column = 0},
                               .what = read.error().cause,
                               .next_step = read.error().next_step,
                               .source_line = {}});
    return failed;
  }
  std::vector<falcon::ImportedConnector> connectors;
  std::vector<falcon::ImportedParts> parts;
  for (const auto& file : read->files) {
    const auto absolute = fs::absolute(file.path).string();
    connectors.push_back(file.connector);
    parts.push_back({.secret = "${file:" + absolute + "}",
                     .proxy_password = "${file:" + absolute + std::string{kProxySuffix} + "}",
                     .template_file = {}});
  }
  auto loaded = config::load(falcon::configuration_of(connectors, parts, store), path, schema,
                             falcon_secret_sources());
  // Lines of what was made in memory stand in no file that the user has.
  for (auto& problem : loaded.problems) {
    problem.place.line = problem.place.column = 0;
    problem.source_line.clear();
  }
  for (const auto& finding : read->findings)
    if (finding.severity != falcon::Finding::Severity::note)
      loaded.problems.push_back(as_problem(finding));
  return loaded;
}

}  // namespace cistern::app
