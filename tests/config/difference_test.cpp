#include "config/difference.hpp"

#include "config/file_watch.hpp"
#include "test_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_schema::load_text;

constexpr std::string_view kStore = "store: {path: /data, keep: 30d}\n";

Configuration configuration(std::string_view rest, std::string_view store = kStore) {
  auto loaded = load_text(std::string{store} + std::string{rest});
  EXPECT_TRUE(loaded.ok()) << render(loaded.problems, false);
  return std::move(loaded.configuration);
}

std::string words(const Difference& difference) {
  std::string out;
  for (const auto* part : {&difference.connectors, &difference.destinations}) {
    for (const auto& change : *part) {
      out += change.name + " " + std::string{to_string(change.change)};
      for (const auto& option : change.options)
        out += " " + option;
      out += "; ";
    }
  }
  return out;
}

TEST(Difference, NamesWhatWasAddedRemovedAndChangedAndNothingElse) {
  const auto before = configuration(
      "connectors:\n"
      "  a: {type: cloud_audit, tenant: a, client_secret: one}\n"
      "  b: {type: cloud_audit, tenant: b, poll_every: 1h}\n"
      "  c: {type: cloud_audit, tenant: c}\n"
      "destinations: {x: {type: file, path: /x}, y: {type: file, path: /y}}\n");
  const auto after = configuration(
      "# the same in another order, with other words\n"
      "destinations: {y: {path: /y, type: file, connectors: [b]}, x: {type: file, path: /x}}\n"
      "connectors:\n"
      "  d: {type: cloud_audit, tenant: d}\n"
      "  b: {poll_every: 60m, type: cloud_audit, tenant: b, parallel: 4}\n"
      "  a: {type: cloud_audit, tenant: a, client_secret: two, names: {k: v}}\n");
  EXPECT_EQ(words(difference(before, after)),
            "a changed client_secret names; b unchanged; c removed; d added; "
            "x unchanged; y changed connectors; ");
}

TEST(Difference, WhatNeedsARestartIsNamed) {
  const std::string rest = "connectors: {a: {type: cloud_audit, tenant: a}}\n";
  const auto before = configuration(rest);
  const auto after = configuration(rest + "telemetry: {listen: elsewhere}\n",
                                   "store: {path: /other, keep: 30d}\n");
  EXPECT_THAT(difference(before, after).after_restart,
              ElementsAre("store.path", "telemetry.listen"));
  EXPECT_THAT(difference(before, before).after_restart, IsEmpty());
}

TEST(Loading, AHundredWarningsDoNotHideAComponent) {
  std::string text{kStore};
  text += "connectors:\n";
  for (int i = 0; i < 150; ++i) {
    text += "  c" + std::to_string(i) + ": {type: cloud_audit, tenant: a, client_secret: plain}\n";
  }
  const auto loaded = load_text(text);
  EXPECT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.configuration.connectors.size(), 150U);
  EXPECT_EQ(loaded.problems.size(), 101U);
  EXPECT_EQ(loaded.problems.back().what, "50 more warnings are left out");
}

FileStamps seen(std::uint64_t inode, std::uint64_t size) {
  return {{"/secrets/key", {.exists = true, .device = 1, .inode = inode, .size = size}}};
}

TEST(FileWatch, TellsOfAFileOnlyWhenItStandsStill) {
  FileWatch watch;
  EXPECT_THAT(watch.changed(seen(1, 10)), IsEmpty());
  EXPECT_THAT(watch.changed(seen(1, 10)), ElementsAre("/secrets/key")) << "once for the start";
  EXPECT_THAT(watch.changed(seen(1, 10)), IsEmpty());
  EXPECT_THAT(watch.changed(seen(1, 0)), IsEmpty()) << "it is being written";
  EXPECT_THAT(watch.changed(seen(1, 4)), IsEmpty());
  EXPECT_THAT(watch.changed(seen(1, 8)), IsEmpty());
  EXPECT_THAT(watch.changed(seen(1, 8)), ElementsAre("/secrets/key"));
  EXPECT_THAT(watch.changed(seen(1, 8)), IsEmpty());
  watch.again("/secrets/key");
  EXPECT_THAT(watch.changed(seen(1, 8)), ElementsAre("/secrets/key"));
  EXPECT_THAT(watch.changed(seen(2, 8)), IsEmpty()) << "renamed over";
  EXPECT_THAT(watch.changed(seen(2, 8)), ElementsAre("/secrets/key"));
}

TEST(FileWatch, AFileThatGoesAndComesBackIsToldOfWhenItIsBack) {
  FileWatch watch;
  watch.changed(seen(1, 8));
  watch.changed(seen(1, 8));
  const FileStamps gone{{"/secrets/key", {}}};
  EXPECT_THAT(watch.changed(gone), IsEmpty());
  EXPECT_THAT(watch.changed(gone), IsEmpty());
  EXPECT_THAT(watch.changed(seen(3, 8)), IsEmpty());
  EXPECT_THAT(watch.changed(seen(3, 8)), ElementsAre("/secrets/key"));
}

TEST(Refresh, TakesTheNewSecretAndKeepsTheOldOneWhileTheFileIsEmpty) {
  const auto before = configuration(
      "connectors: {a: {type: cloud_audit, tenant: a, client_secret: '${file:/secrets/key}'}}\n");
  const auto& component = before.connectors.at(0);
  EXPECT_THAT(files_of(component), ElementsAre("/secrets/key"));
  auto sources = testing_schema::secrets();
  std::string content = "from /secrets/key";
  sources.read_file = [&](const std::string&) -> Result<std::string> { return content; };
  const std::set<std::string> paths{"/secrets/key"};

  const auto same = refresh(component, paths, sources);
  ASSERT_TRUE(same);
  EXPECT_THAT(same->options, IsEmpty());
  content.clear();
  const auto empty = refresh(component, paths, sources);
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().cause.find("/secrets/key"), std::string::npos);
  content = "another";
  const auto changed = refresh(component, paths, sources);
  ASSERT_TRUE(changed);
  EXPECT_THAT(changed->options, ElementsAre("client_secret"));
  EXPECT_TRUE(changed->component.values.secret("client_secret").use([](std::string_view text) {
    return text == "another";
  }));
}

}  // namespace
}  // namespace cistern::config
