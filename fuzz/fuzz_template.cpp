// An INI file and an event, both from outside: reading, compiling and rendering neither crash nor
// break their promises. The input is `INI`, a line of two percent signs, `JSON`.
#include "base/bytes.hpp"
#include "codec/ini.hpp"
#include "codec/json.hpp"
#include "codec/text_template.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/imported.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/offsets.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace cistern;

void require(bool kept) {
  if (!kept) std::abort();
}

void render(const codec::IniFile& file, std::string_view json) {
  // Zones are read from the machine; the text must not be able to make that slow.
  const auto zones = [](const std::string& name) -> Result<TimeZone> {
    if (name == "UTC" || name == "local") return TimeZone{};
    return fail_stop("time/zone", "none here", "");
  };
  std::vector<codec::IniNote> notes;
  const auto compiled = codec::TextTemplate::compile(file, zones, notes);
  codec::JsonSplitter splitter;
  if (!compiled || !splitter.why_invalid(json).empty()) return;
  codec::TemplateRenderer renderer{*compiled};
  std::string first;
  std::string second;
  const bool some = renderer.render(json, "id", first);
  require(some == renderer.render(json, "id", second));
  require(first == second);
  require(first.find('\r') == std::string::npos && first.find('\0') == std::string::npos);
  require(static_cast<std::size_t>(std::count(first.begin(), first.end(), '\n')) <
          codec::kMaxTemplateLines);
  require(is_utf8(first));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kBetween = "\n%%\n";
  const auto cut = input.find(kBetween);
  const auto ini = input.substr(0, cut);
  const auto json =
      cut == std::string_view::npos ? std::string_view{"{}"} : input.substr(cut + kBetween.size());
  namespace falcon = connectors::crowdstrike_falcon;
  falcon::parse_offsets(input);
  const auto file = codec::parse_ini(ini, "fuzz");
  if (!file) return 0;
  render(*file, json);
  const auto imported = falcon::import_connector(*file, {.name = "fuzz", .choices = {}});
  const auto text = codec::parse_ini(imported.connector.template_text, "imported");
  if (text) render(*text, json);
  return 0;
}
