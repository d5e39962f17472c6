#include "destinations/file/file_settings.hpp"

#include "codec/compress.hpp"

#include <array>
#include <charconv>

namespace cistern::destinations {
namespace {

using config::Option;
using config::OptionType;
using config::Problem;

constexpr int kZstdLevel = 3;
constexpr std::array<std::string_view, 3> kCompressions = {"none", "gzip", "zstd"};
constexpr std::array<std::string_view, 5> kOnlyForFiles = {"rotate_size", "rotate_every",
                                                           "keep_files", "keep_for", "mode"};

constexpr std::array kOptions = {
    Option{.name = "path",
           .type = OptionType::path,
           .required = true,
           .example = "/var/log/cistern/events.ndjson",
           .text = "File to append events to, each exactly once and one a line (but for the format "
                   "`falcon-pretty`); its folder is created when missing. \"-\" is standard "
                   "output, where an event may come twice after a "
                   "crash."},
    Option{.name = "compression",
           .type = OptionType::choice,
           .fallback = "none",
           .example = "zstd",
           .text =
               "How each batch is written: none, gzip (one member a batch) or zstd (one frame a "
               "batch). Larger batches compress better.",
           .choices = kCompressions},
    Option{.name = "rotate_size",
           .type = OptionType::size,
           .fallback = "0",
           .example = "1GiB",
           .text = "After the batch with which the file reaches this size, a new file is begun; "
                   "0: the size does not matter.",
           .least = 0},
    Option{.name = "rotate_every",
           .type = OptionType::duration,
           .fallback = "0",
           .example = "24h",
           .text = "A new file is begun after the first batch that ends so long after the file was "
                   "begun; 0: age does not matter. A file that receives nothing stays.",
           .least = 0},
    Option{.name = "keep_files",
           .type = OptionType::integer,
           .fallback = "0",
           .example = "30",
           .text = "Rotated files that are kept; older ones are deleted. 0 keeps all.",
           .least = 0,
           .most = 1'000'000},
    Option{.name = "keep_for",
           .type = OptionType::duration,
           .fallback = "0",
           .example = "30d",
           .text = "How long a rotated file is kept after its rotation; it is deleted within an "
                   "hour after that. 0 keeps it however old.",
           .least = 0},
    Option{.name = "mode",
           .type = OptionType::text,
           .fallback = "0600",
           .example = "0640",
           .text = "Permissions of new files as octal digits; the owner must be able to read and "
                   "write."},
};

bool given(const config::Values& values, std::string_view name) {
  const auto found = values.values.find(name);
  return found != values.values.end() && found->second.given;
}

/// An option about rotated files where none is ever rotated.
void does_nothing(const config::Values& values, std::string_view name,
                  std::vector<Problem>& problems) {
  problems.push_back(
      {.severity = Problem::Severity::warning,
       .place = values.place(name),
       .what = "'" + std::string{name} + "' does nothing, because no file is ever rotated",
       .next_step = "set 'rotate_size' or 'rotate_every'",
       .source_line = {}});
}

}  // namespace

std::span<const Option> file_options() {
  return kOptions;
}

bool is_standard_output(std::string_view path) {
  return path == "-";
}

std::optional<unsigned> parse_mode(std::string_view text) {
  unsigned mode = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, mode, 8);
  if (text.size() < 3 || text.size() > 4 || error != std::errc{} || stop != end)
    return std::nullopt;
  if ((mode & 0600) != 0600 || mode > 0777) return std::nullopt;
  return mode;
}

void check_file_options(const config::Values& values, std::vector<Problem>& problems) {
  if (is_standard_output(values.text("path"))) {
    for (const std::string_view name : kOnlyForFiles) {
      if (!given(values, name)) continue;
      problems.push_back({.severity = Problem::Severity::error,
                          .place = values.place(name),
                          .what = "'" + std::string{name} + "' does nothing on standard output",
                          .next_step = "remove it, or give 'path' a file name",
                          .source_line = {}});
    }
  }
  if (!parse_mode(values.text("mode"))) {
    problems.push_back({.severity = Problem::Severity::error,
                        .place = values.place("mode"),
                        .what = "'" + values.text("mode") + "' is not a file mode",
                        .next_step = "write three or four octal digits with which the owner may "
                                     "read and write, such as 0640",
                        .source_line = {}});
  }
  const bool rotates =
      values.size("rotate_size") > 0 || values.duration("rotate_every") > Duration{0};
  if (values.integer("keep_files") > 0 && !rotates) does_nothing(values, "keep_files", problems);
  if (values.duration("keep_for") > Duration{0} && !rotates)
    does_nothing(values, "keep_for", problems);
}

FileSettings file_settings(const config::Values& values) {
  FileSettings settings;
  settings.path = values.text("path");
  const std::string& compression = values.text("compression");
  settings.compression = compression == "gzip"   ? Compression::gzip
                         : compression == "zstd" ? Compression::zstd
                                                 : Compression::none;
  settings.rotate_size = values.size("rotate_size");
  settings.rotate_every = values.duration("rotate_every");
  settings.keep_files = static_cast<std::uint64_t>(values.integer("keep_files"));
  settings.keep_for = values.duration("keep_for");
  settings.mode = parse_mode(values.text("mode")).value_or(0600);
  return settings;
}

std::string encode_batch(Compression compression, std::string_view bytes) {
  switch (compression) {
    case Compression::gzip:
      return codec::gzip(bytes);
    case Compression::zstd: {
      std::string frame;
      codec::zstd_compress(bytes, kZstdLevel, frame);
      return frame;
    }
    case Compression::none:
      break;
  }
  return std::string{bytes};
}

}  // namespace cistern::destinations
