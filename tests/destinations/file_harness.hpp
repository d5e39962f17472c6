// What the tests of the file destination share: batches, a log that remembers, and a platform
// without a system.
#pragma once

#include "base/clock.hpp"
#include "codec/compress.hpp"
#include "crash_files.hpp"
#include "destinations/file/file_names.hpp"
#include "destinations/file/file_writer.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cistern::testing {

inline const TimePoint kNoon = *parse_time("2026-03-04T12:00:00Z");
inline const std::string kPath = "/logs/events.ndjson";

class RecordingLog final : public Log {
 public:
  void write(LogLevel level, std::string_view, std::string_view message,
             std::initializer_list<LogField> fields) override {
    if (level != LogLevel::warning) return;
    std::string line{message};
    for (const LogField& field : fields) {
      line += " " + std::string{field.name} + "=";
      if (const auto* text = std::get_if<std::string_view>(&field.value)) line += *text;
      if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
        line += std::to_string(*number);
      }
    }
    warnings.push_back(std::move(line));
  }
  std::vector<std::string> warnings;
};

/// Everything is a regular file and free.
class FreePlatform final : public destinations::FilePlatform {
 public:
  Result<std::string> resolve(const std::string& path) override { return path; }
  Result<std::unique_ptr<destinations::FileLock>> lock(const std::string&) override {
    return std::make_unique<destinations::FileLock>();
  }
  Status set_mode(const std::string&, unsigned) override { return {}; }
};

inline std::string event(Sequence sequence) {
  // Of different lengths, so that borders fall anywhere.
  return "{\"n\":" + std::to_string(sequence) + ",\"x\":\"" + std::string(sequence * 7 % 23, 'x') +
         "\"}";
}

inline std::string lines(Sequence first, Sequence last) {
  std::string all;
  for (Sequence i = first; i <= last; ++i) {
    all += event(i) + "\n";
  }
  return all;
}

inline runtime::Batch batch(Sequence first, Sequence last) {
  runtime::Batch made;
  made.bytes = lines(first, last);
  made.first = first;
  made.last = last;
  std::size_t at = 0;
  for (Sequence i = first; i <= last; ++i) {
    const std::size_t size = event(i).size();
    made.payloads.push_back(
        {.sequence = i, .bytes = std::string_view{made.bytes}.substr(at, size)});
    at += size + 1;
  }
  return made;
}

inline std::string decode(destinations::Compression compression, const std::string& bytes) {
  if (bytes.empty() || compression == destinations::Compression::none) return bytes;
  const auto plain = compression == destinations::Compression::gzip
                         ? codec::gunzip(bytes, 1ULL << 30)
                         : codec::zstd_decompress(bytes, 1ULL << 30);
  return plain ? *plain : "undecodable: " + plain.error().cause;
}

/// What somebody reads who takes the rotated files in order and then the current one.
inline std::string read_all(const CrashFiles& files, destinations::Compression compression,
                            const std::string& path = kPath) {
  const auto split = destinations::split_path(path);
  const auto contents = files.contents();
  std::vector<std::string> names;
  for (const auto& [name, bytes] : contents) {
    names.push_back(destinations::split_path(name).name);
  }
  std::string all;
  for (const std::string& name : destinations::rotated_files(split.name, names)) {
    all += decode(compression, contents.at(split.directory + "/" + name));
  }
  if (contents.count(path) > 0) all += decode(compression, contents.at(path));
  return all;
}

}  // namespace cistern::testing
