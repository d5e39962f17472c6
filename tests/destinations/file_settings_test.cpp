#include "destinations/file/file_settings.hpp"

#include "config/loader.hpp"
#include "destinations/file/file_destination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::destinations {
namespace {

using ::testing::HasSubstr;

config::Loaded load(const std::string& options) {
  const runtime::DestinationType type = file_destination_type();
  config::Schema schema;
  schema.destinations.push_back(
      {.name = type.name, .summary = type.summary, .options = type.options, .check = type.check});
  schema.connectors.push_back({.name = "any", .summary = {}, .options = {}});
  return config::load(
      "store: {}\nconnectors: {source: {type: any}}\ndestinations:\n  out: {type: file, " +
          options + "}\n",
      "/etc/cistern/cistern.yaml", schema, {});
}

FileSettings settings_of(const std::string& options) {
  const auto loaded = load(options);
  EXPECT_TRUE(loaded.ok()) << config::render(loaded.problems, false);
  if (loaded.configuration.destinations.empty()) return {};
  return file_settings(loaded.configuration.destinations.front().values);
}

/// The one problem there should be.
std::string problem_of(const std::string& options) {
  const auto loaded = load(options);
  if (loaded.problems.size() != 1) return config::render(loaded.problems, false);
  return loaded.problems.front().what + ": " + loaded.problems.front().next_step;
}

TEST(FileSettings, FallbacksAreAnUncompressedFileThatIsNeverRotated) {
  const FileSettings settings = settings_of("path: /var/log/events");
  EXPECT_EQ(settings.path, "/var/log/events");
  EXPECT_EQ(settings.compression, Compression::none);
  EXPECT_EQ(settings.rotate_size, 0U);
  EXPECT_EQ(settings.rotate_every, Duration{0});
  EXPECT_EQ(settings.keep_files, 0U);
  EXPECT_EQ(settings.mode, 0600U);
}

TEST(FileSettings, EveryOptionArrives) {
  const FileSettings settings = settings_of(
      "path: events.zst, compression: zstd, rotate_size: 1GiB, rotate_every: 24h, keep_files: 30, "
      "mode: 0640");
  EXPECT_EQ(settings.path, "/etc/cistern/events.zst");
  EXPECT_EQ(settings.compression, Compression::zstd);
  EXPECT_EQ(settings.rotate_size, 1ULL << 30);
  EXPECT_EQ(settings.rotate_every, std::chrono::hours{24});
  EXPECT_EQ(settings.keep_files, 30U);
  EXPECT_EQ(settings.mode, 0640U);
}

TEST(FileSettings, ADashIsStandardOutput) {
  EXPECT_TRUE(is_standard_output(settings_of("path: '-'").path));
  EXPECT_FALSE(is_standard_output(settings_of("path: /tmp/-").path));
}

TEST(FileSettings, MistakesAreFoundWithTheirCure) {
  EXPECT_THAT(problem_of("path: /e, mode: 0244"), HasSubstr("octal digits"));
  EXPECT_THAT(problem_of("path: /e, mode: rw"), HasSubstr("octal digits"));
  EXPECT_THAT(problem_of("path: /e, mode: 01777"), HasSubstr("octal digits"));
  EXPECT_THAT(problem_of("path: '-', rotate_size: 1MiB"), HasSubstr("standard output"));
  EXPECT_THAT(problem_of("path: /e, keep_files: 3"), HasSubstr("no file is ever rotated"));
  EXPECT_THAT(problem_of("path: /e, compression: brotli"), HasSubstr("zstd"));
  EXPECT_THAT(problem_of("compression: zstd"), HasSubstr("path"));
}

TEST(FileSettings, EncodingIsTheSameEveryTime) {
  const std::string text(100000, 'x');
  for (const auto compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    EXPECT_EQ(encode_batch(compression, text), encode_batch(compression, text));
  }
}

}  // namespace
}  // namespace cistern::destinations
