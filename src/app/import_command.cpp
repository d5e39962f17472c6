// `cistern import falcon-siem-connector`: reads, converts, and prints or writes what comes of it.
#include "app/commands.hpp"
#include "app/falcon_files.hpp"
#include "app/falcon_preview.hpp"
#include "app/setup.hpp"
#include "codec/text_template.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/configuration_of.hpp"

#include <algorithm>
#include <filesystem>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

namespace fs = std::filesystem;
namespace falcon = connectors::crowdstrike_falcon;
using Severity = falcon::Finding::Severity;

/// One file that an import writes; a secret's text is never printed.
struct OutFile {
  std::string path;
  std::string text;
  Secret secret;
  bool is_secret = false;
};

Result<std::map<std::string, std::string>> read_choices(const std::vector<std::string>& given) {
  std::map<std::string, std::string> choices;
  for (const auto& one : given) {
    const auto sign = one.find('=');
    const auto name = one.substr(0, sign);
    const auto value = sign == std::string::npos ? std::string{} : one.substr(sign + 1);
    const auto known = codec::template_choices();
    const auto row = std::find_if(known.begin(), known.end(),
                                  [&](const auto& setting) { return setting.name == name; });
    const bool allowed =
        row != known.end() && !value.empty() &&
        (row->choices.empty() ||
         std::find(row->choices.begin(), row->choices.end(), value) != row->choices.end());
    if (!allowed)
      return fail_stop("import/choice", "'" + one + "' is no choice",
                       "`cistern import falcon-siem-connector --help` lists names and values");
    choices[name] = value;
  }
  return choices;
}

bool is_start(const std::string& text) {
  return text.empty() || text == "now" || text == "oldest" ||
         (text.size() <= 20 && text.find_first_not_of("0123456789") == std::string::npos);
}

/// The configuration, and per connector its secret and its template. References are relative to
/// the configuration's folder, so that the folder can be moved.
std::vector<OutFile> files_of(const FalconFiles& read, const std::string& folder,
                              const std::string& store) {
  std::vector<OutFile> files;
  std::vector<falcon::ImportedConnector> connectors;
  std::vector<falcon::ImportedParts> parts;
  const auto add_secret = [&](const std::string& name, const Secret& secret) {
    files.push_back({.path = folder + "/" + name, .text = {}, .secret = secret, .is_secret = true});
    return "${file:" + name + "}";
  };
  for (const auto& [path, connector] : read.files) {
    falcon::ImportedParts part;
    part.secret = add_secret("secrets/" + connector.name + ".secret", connector.client_secret);
    if (!connector.proxy_password.empty())
      part.proxy_password =
          add_secret("secrets/" + connector.name + ".proxy", connector.proxy_password);
    if (!connector.json) {
      part.template_file = connector.name + ".template";
      files.push_back({.path = folder + "/" + part.template_file,
                       .text = connector.template_text,
                       .secret = {},
                       .is_secret = false});
    }
    connectors.push_back(connector);
    parts.push_back(std::move(part));
  }
  files.insert(files.begin(), {.path = folder + "/cistern.yaml",
                               .text = falcon::configuration_of(connectors, parts, store),
                               .secret = {},
                               .is_secret = false});
  return files;
}

/// A whole file that never existed before, readable by its owner only.
Status write_new(Files& files, const OutFile& out) {
  auto file = files.open(out.path, OpenMode::create_new);
  if (!file) return fail(file.error());
  const auto write = [&](std::string_view text) { return (*file)->write_at(0, text); };
  const auto written = out.is_secret ? out.secret.use(write) : write(out.text);
  if (!written) return written;
  return (*file)->sync();
}

Status write_all(const std::vector<OutFile>& out, const std::string& folder) {
  const auto files = make_system_files();
  for (const auto& one : out) {
    const auto there = files->exists(one.path);
    if (!there) return fail(there.error());
    if (*there)
      return fail_stop("import/exists", one.path + " exists, and nothing was written",
                       "name an empty folder with --out, or move the file away");
  }
  if (auto made = files->make_directory(folder + "/secrets"); !made) return made;
  for (const auto& one : out)
    if (auto written = write_new(*files, one); !written) return written;
  if (auto synced = files->sync_directory(folder + "/secrets"); !synced) return synced;
  return files->sync_directory(folder);
}

std::string findings_text(const FalconFiles& read, const Output& output) {
  std::string text;
  for (const auto& finding : read.findings) {
    const auto tone = finding.severity == Severity::error     ? Tone::bad
                      : finding.severity == Severity::warning ? Tone::warn
                                                              : Tone::dim;
    text += output.toned(std::string{to_string(finding.severity)}, tone) + " " + finding.place() +
            ": " + finding.what + "\n";
    if (!finding.next_step.empty()) text += "  next step:   " + finding.next_step + "\n";
  }
  return text;
}

std::string as_json(const FalconFiles& read, const std::vector<OutFile>& out, bool written) {
  boost::json::array connectors;
  for (const auto& [path, connector] : read.files) {
    connectors.push_back({{"name", connector.name},
                          {"file", path},
                          {"cloud", connector.cloud},
                          {"app_id", connector.app_id},
                          {"format", connector.json ? "falcon-pretty" : "template"},
                          {"output", connector.file_path},
                          {"syslog", connector.syslog},
                          {"start", connector.offsets.start}});
  }
  boost::json::array files;
  for (const auto& one : out)
    files.push_back({{"path", one.path}, {"secret", one.is_secret}, {"written", written}});
  boost::json::array findings;
  for (const auto& finding : read.findings) {
    findings.push_back({{"severity", to_string(finding.severity)},
                        {"file", finding.file},
                        {"line", finding.line},
                        {"what", finding.what},
                        {"next_step", finding.next_step}});
  }
  return boost::json::serialize(boost::json::object{{"connectors", std::move(connectors)},
                                                    {"files", std::move(files)},
                                                    {"findings", std::move(findings)}});
}

void print_plan(const std::vector<OutFile>& out, const Output& output) {
  for (const auto& one : out) {
    output.line(output.toned("would write " + one.path, Tone::bold) +
                (one.is_secret ? " (mode 0600, not shown)" : ""));
    // A template is as long as the file it comes from; its head says enough.
    const bool long_text = one.path.ends_with(".template");
    if (!one.is_secret)
      output.print(long_text ? one.text.substr(0, one.text.find("\n\n")) + "\n...\n" : one.text);
  }
}

void print_written(const std::vector<OutFile>& out, const std::string& folder,
                   const Output& output) {
  for (const auto& one : out)
    output.line("wrote " + one.path + (one.is_secret ? " (mode 0600)" : ""));
  const auto configuration = folder + "/cistern.yaml";
  output.line("\nNext: cistern check -c " + configuration);
  output.line(
      "      systemctl disable --now cs.falconhoseclientd    (the vendor gives one app_id to "
      "one collector)");
  output.line("      cistern doctor -c " + configuration);
  output.line("      cistern run -c " + configuration +
              "    (or as a service: cistern service install says how)");
}

ExitCode verdict(const FalconFiles& read) {
  const bool broken =
      std::any_of(read.findings.begin(), read.findings.end(),
                  [](const auto& finding) { return finding.severity == Severity::error; });
  return broken ? ExitCode::findings : ExitCode::ok;
}

}  // namespace

ExitCode import_falcon(const ImportFalconCommand& command, const Output& output) {
  const auto choices = read_choices(command.choices);
  if (!choices) return output.failure(choices.error(), ExitCode::usage);
  if (!is_start(command.start))
    return output.failure({.code = "import/start",
                           .cause = "'" + command.start + "' is no place to begin",
                           .consequence = {},
                           .next_step = "write now, oldest, or an offset"},
                          ExitCode::usage);
  const auto read =
      read_falcon_files({.path = command.path, .choices = *choices, .start = command.start});
  if (!read) return output.failure(read.error(), ExitCode::configuration);
  if (command.lines || command.dry_run) {
    const auto shown = command.lines ? print_lines(*read, command.events, output)
                                     : print_samples(*read, command.events, output);
    if (!shown) return output.failure(shown.error(), ExitCode::configuration);
    if (!command.lines) output.note(findings_text(*read, output));
    return verdict(*read);
  }
  const auto folder = command.out.empty() ? std::string{"."} : command.out;
  const auto out = files_of(*read, folder, command.store);
  if (!command.out.empty()) {
    if (auto written = write_all(out, folder); !written)
      return output.failure(written.error(), ExitCode::failed);
  }
  if (command.json) {
    output.line(as_json(*read, out, !command.out.empty()));
    return verdict(*read);
  }
  if (command.out.empty()) {
    print_plan(out, output);
  } else {
    print_written(out, folder, output);
  }
  output.note(findings_text(*read, output));
  return verdict(*read);
}

}  // namespace cistern::app
