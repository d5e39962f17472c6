#include "destinations/format/cef_format.hpp"
#include "destinations/format/format.hpp"
#include "destinations/format/format_type.hpp"
#include "destinations/format/leef_format.hpp"
#include "destinations/format/plain_formats.hpp"
#include "destinations/format/pretty_format.hpp"
#include "destinations/format/template_format.hpp"

#include <algorithm>
#include <array>

namespace cistern::destinations {
namespace {

using config::Option;
using config::OptionType;

constexpr std::array kDocumentOptions = {std::string_view{"include_original"}};

constexpr std::array kTypes = {
    FormatType{.name = "ecs", .own_options = kDocumentOptions, .make = make_ecs_format},
    FormatType{.name = "raw", .make = make_raw_format},
    FormatType{.name = "envelope", .make = make_envelope_format},
    FormatType{.name = "cef",
               .own_options = kCefOptions,
               .check = check_cef_format,
               .make = make_cef_format},
    FormatType{.name = "leef",
               .own_options = kLeefOptions,
               .check = check_leef_format,
               .make = make_leef_format},
    FormatType{
        .name = "falcon-pretty", .shape = PayloadShape::multi_line, .make = make_pretty_format},
    FormatType{.name = "template",
               .shape = PayloadShape::lines,
               .own_options = kTemplateFormatOptions,
               .check = check_template_format,
               .make = make_template_format},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kTypes.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i)
    names[i] = kTypes[i].name;
  return names;
}();

constexpr std::array kOptions = {
    Option{
        .name = "format",
        .type = OptionType::choice,
        .fallback = "ecs",
        .example = "raw",
        .text =
            "What an event looks like: `ecs` is an Elastic Common Schema document, `raw` the "
            "vendor's own words, `envelope` the line as it stands in the store, `cef` and `leef` "
            "are lines for SIEMs, `falcon-pretty` is the vendor's JSON over many lines (for "
            "files), `template` a line that a file describes.",
        .choices = kNames},
    Option{.name = "include_original",
           .type = OptionType::boolean,
           .fallback = "false",
           .example = "true",
           .text = "Adds the vendor's own words to each ECS document as event.original, to CEF as "
                   "rawEvent and to LEEF as originalEvent; events become about twice as large."},
    Option{.name = "format_mapping",
           .type = OptionType::path,
           .example = "cef.yaml",
           .text = "With format `cef` or `leef`: a file that says which ECS fields become which "
                   "keys, instead of the mapping that comes with cistern.",
           .reads_file = true},
    Option{.name = "max_length",
           .type = OptionType::size,
           .fallback = "0",
           .example = "4KiB",
           .text =
               "With format `cef` or `leef`: most bytes of a line, from 480; what crosses it is "
               "shortened or left out without breaking the line, and counted. 0: no bound.",
           .least = 0,
           .most = 16LL << 20},
    Option{.name = "device_vendor",
           .type = OptionType::text,
           .example = "Contoso",
           .text = "With format `cef` or `leef`: the vendor in the header, by which SIEMs choose a "
                   "parser, instead of the source's."},
    Option{
        .name = "device_product",
        .type = OptionType::text,
        .example = "cistern",
        .text = "With format `cef` or `leef`: the product in the header instead of the source's."},
    Option{.name = "device_version",
           .type = OptionType::text,
           .example = "2.0",
           .text = "With format `cef` or `leef`: the product's version in the header, which is 1.0 "
                   "where the source names none."},
    Option{.name = "leef_version",
           .type = OptionType::choice,
           .fallback = "2.0",
           .example = "1.0",
           .text =
               "With format `leef`: the version of LEEF; 1.0 for receivers that do not know the "
               "delimiter in the header.",
           .choices = kLeefVersions},
    Option{.name = "leef_delimiter",
           .type = OptionType::text,
           .fallback = "x09",
           .example = "^",
           .text = "With format `leef` 2.0: what stands between attributes, one character or its "
                   "number (x09 is a tab); in values it is replaced by a space."},
    Option{.name = "template",
           .type = OptionType::path,
           .example = "falcon.template",
           .text = "With format `template`: the file that says what the lines look like; "
                   "`cistern import falcon-siem-connector` makes one.",
           .reads_file = true},
    Option{.name = "template_text",
           .type = OptionType::text,
           .example = "[Template]",
           .text = "With format `template`: the template itself, instead of a file."},
};

}  // namespace

std::span<const FormatType> format_types() {
  return kTypes;
}

const FormatType* find_format(std::string_view name) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const FormatType& type) { return type.name == name; });
  return found == kTypes.end() ? nullptr : &*found;
}

std::span<const std::string_view> format_names() {
  return kNames;
}

std::span<const Option> format_options() {
  return kOptions;
}

}  // namespace cistern::destinations
