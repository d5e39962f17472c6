// Lines of text made from JSON by a template: a prefix, header parts, and key-value pairs whose
// values are paths into the event. It knows no vendor and no format by name: CEF, LEEF and others
// of that build are what the settings make of it. docs/formats/template.md describes the file.
#pragma once

#include "base/result.hpp"
#include "base/time_zone.hpp"
#include "codec/ini.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::codec {

/// One setting of the section [Template].
struct TemplateSetting {
  std::string_view name;
  std::string_view fallback;
  std::string_view text;                           ///< What it does, one sentence.
  std::span<const std::string_view> choices = {};  ///< Allowed values; empty: free text.
};

/// Settings that say how the text looks.
std::span<const TemplateSetting> template_settings();
/// Settings that decide what a format leaves open: what becomes of a missing value, and so on.
std::span<const TemplateSetting> template_choices();

/// Most lines and bytes that one event becomes; further sub-events are counted and left out.
inline constexpr std::size_t kMaxTemplateLines = 10'000;
inline constexpr std::size_t kMaxTemplateBytes = 32U << 20;
/// Most names of types that are remembered as lacking a section.
inline constexpr std::size_t kMaxTypesNamed = 64;

/// What did not come out whole since the last look.
struct TemplateTally {
  std::uint64_t cut_lines = 0;      ///< Shortened to max_length.
  std::uint64_t skipped_lines = 0;  ///< Left out, because longer than max_length.
  std::uint64_t beyond_bound = 0;   ///< Events with more lines than kMaxTemplateLines or -Bytes.
  /// Events without a line, by their type ("" when they have none), because no section is for it.
  std::map<std::string, std::uint64_t, std::less<>> without_section;
  std::uint64_t without_section_unnamed = 0;  ///< Further ones beyond kMaxTypesNamed.
};

struct TemplatePlan;

/// A compiled template; immutable, shared by any number of renderers.
class TextTemplate {
 public:
  using ZoneLoader = std::function<Result<TimeZone>(const std::string& name)>;

  /// Compiles the sections of a file. What is odd but harmless goes to `notes`. Fails with
  /// "template/..." naming file and line: unknown settings, values that are not allowed, escapes or
  /// time formats that cannot be read, a zone that is not known.
  static Result<TextTemplate> compile(const IniFile& file, const ZoneLoader& zones,
                                      std::vector<IniNote>& notes);
  /// Types that have a section of their own and are not switched off, in order.
  [[nodiscard]] std::vector<std::string> types() const;

 private:
  friend class TemplateRenderer;
  std::shared_ptr<const TemplatePlan> plan_;
};

/// Renders events; keeps its buffers, so use one a thread and again.
class TemplateRenderer {
 public:
  explicit TemplateRenderer(const TextTemplate& compiled);
  ~TemplateRenderer();
  TemplateRenderer(const TemplateRenderer&) = delete;
  TemplateRenderer& operator=(const TemplateRenderer&) = delete;

  /// Appends the event's lines with LF between them, none at the end; false: it has none. `json` is
  /// a valid JSON text; `id` is what `correlation_key` shows.
  bool render(std::string_view json, std::string_view id, std::string& out);
  TemplateTally take_tally();

 private:
  class Lines;
  std::unique_ptr<Lines> lines_;
};

}  // namespace cistern::codec
