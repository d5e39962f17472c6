// Changes to names in a real store: durable, found again after a rebuild, and refused where
// somebody still owns the name.
#include "base/random.hpp"
#include "manual_loop.hpp"
#include "runtime/reload/store_change.hpp"

#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using journal::StoreEdit;
using testing::ElementsAre;
using testing::IsEmpty;

class StoreEditTest : public ::testing::Test {
 protected:
  StoreEditTest() {
    folder = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    open();
  }
  ~StoreEditTest() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void open() {
    journal::JournalOptions options;
    options.path = folder + "/store";
    options.group_delay = options.idle_delay = std::chrono::milliseconds{0};
    auto opened = journal::open_journal(options, *files, clock, random, log);
    ASSERT_TRUE(opened) << opened.error().sentence();
    store = std::move(*opened);
  }
  /// Opens it again, with the index made anew from the log.
  void rebuild() {
    store.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(folder + "/store/index.db" + suffix);
    open();
  }
  void commit(const std::string& connector, const std::string& key, const std::string& value) {
    Commit commit;
    commit.connector = connector;
    Record record;
    record.identity = make_identity({connector, key, value});
    record.stream = "stream";
    record.raw = "{\"a\":1}";
    commit.records.push_back(record);
    commit.state.push_back({key, value});
    commit.coverage.push_back({.stream = "stream",
                               .kind = "blob",
                               .item = connector + "-blob",
                               .state = CoverageState::partial,
                               .reason = "waits",
                               .offered = 1});
    std::promise<bool> done;
    store->commit(std::move(commit),
                  [&](const Result<CommitResult>& result) { done.set_value(result.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  void move(const std::string& name) {
    std::promise<bool> done;
    store->move_cursor(name, {.next = 2, .state = "s", .delivered = 1}, true,
                       [&](const Status& status) { done.set_value(status.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  void set_aside(const std::string& owner, const std::string& item) {
    std::promise<bool> done;
    store->set_aside({.owner = owner, .item = item, .sequence = 1, .reason = "too long"},
                     [&](const Status& status) { done.set_value(status.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  void edit(StoreEdit edit) {
    std::promise<bool> done;
    store->edit(std::move(edit), [&](const Status& status) { done.set_value(status.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }
  [[nodiscard]] std::vector<std::string> owners_in_ledger() const {
    std::vector<std::string> names;
    const auto rows = store->ledger("");
    for (const auto& row : *rows)
      names.push_back(row.connector);
    return names;
  }

  std::string folder;
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  test::RecordingLog log;
  std::unique_ptr<journal::Journal> store;
};

TEST_F(StoreEditTest, ARenamedConnectorKeepsPositionLedgerAndCountsAlsoAfterARebuild) {
  commit("old", "place", "17");
  commit("new", "place", "3");
  edit({.kind = StoreEdit::Kind::rename_connector, .name = "old", .to = "new"});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(*store->position("new"), (Position{{"place", "17"}})) << round;
    EXPECT_THAT(*store->position("old"), IsEmpty());
    EXPECT_THAT(*store->connectors(), ElementsAre("new"));
    EXPECT_THAT(owners_in_ledger(), ElementsAre("new", "new"));
    ASSERT_EQ(store->totals()->size(), 1U);
    EXPECT_EQ(store->totals()->at(0).events, 2U);
    EXPECT_THAT(*store->renamed(), ElementsAre(journal::Renamed{"old", "new"}));
    if (round == 0) rebuild();
    if (round == 1) {
      store.reset();
      open();
    }
  }
  edit({.kind = StoreEdit::Kind::rename_connector, .name = "new", .to = "newest"});
  rebuild();
  EXPECT_THAT(*store->renamed(),
              ElementsAre(journal::Renamed{"new", "newest"}, journal::Renamed{"old", "newest"}));
}

TEST_F(StoreEditTest, WhatIsForgottenIsGoneAlsoAfterARebuildAndItsEventsStay) {
  commit("gone", "place", "17");
  commit("stays", "place", "3");
  move("siem");
  move("archive");
  set_aside("destination/siem", "1");
  set_aside("destination/archive", "1");
  edit({.kind = StoreEdit::Kind::remove_connector, .name = "gone"});
  edit({.kind = StoreEdit::Kind::forget_reader, .name = "siem"});
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(*store->connectors(), ElementsAre("stays"));
    EXPECT_THAT(*store->position("gone"), IsEmpty());
    EXPECT_THAT(owners_in_ledger(), ElementsAre("stays"));
    ASSERT_EQ(store->cursors()->size(), 1U);
    EXPECT_EQ(store->cursors()->at(0).first, "archive");
    ASSERT_EQ(store->set_aside_list()->size(), 1U);
    EXPECT_EQ(store->set_aside_list()->at(0).owner, "destination/archive");
    EXPECT_EQ(store->health().last, 2U);
    rebuild();
  }
  edit({.kind = StoreEdit::Kind::drop_set_aside, .id = store->set_aside_list()->at(0).id});
  rebuild();
  EXPECT_THAT(*store->set_aside_list(), IsEmpty());
}

TEST_F(StoreEditTest, NamesThatSomebodyOwnsAreNotTaken) {
  commit("old", "place", "17");
  move("siem");
  config::Configuration file;
  file.file = "cistern.yaml";
  const StoreEdit rename{.kind = StoreEdit::Kind::rename_connector, .name = "old", .to = "new"};
  const auto code = [&](const StoreEdit& edit) {
    const auto allowed = permitted(edit, file, *store);
    return allowed ? std::string{"yes"} : allowed.error().code;
  };
  EXPECT_EQ(code(rename), "store/name-missing");
  file.connectors = {{.name = "new", .type = "t", .values = {}}};
  EXPECT_EQ(code(rename), "yes");
  EXPECT_EQ(code({.kind = StoreEdit::Kind::rename_connector, .name = "odl", .to = "new"}),
            "store/name-unknown");
  file.connectors.push_back({.name = "old", .type = "t", .values = {}});
  EXPECT_EQ(code(rename), "store/name-in-use");
  EXPECT_EQ(code({.kind = StoreEdit::Kind::remove_connector, .name = "old"}), "store/name-in-use");
  file.destinations = {{.name = "siem", .type = "t", .values = {}}};
  const StoreEdit forget{.kind = StoreEdit::Kind::forget_reader, .name = "siem"};
  EXPECT_EQ(code(forget), "store/name-in-use");
  file.destinations.clear();
  EXPECT_EQ(code(forget), "yes");
  EXPECT_EQ(code({.kind = StoreEdit::Kind::drop_set_aside, .id = 1}), "quarantine/unknown");
  set_aside("destination/siem", "1");
  EXPECT_EQ(
      code({.kind = StoreEdit::Kind::drop_set_aside, .id = store->set_aside_list()->at(0).id}),
      "yes");
}

}  // namespace
}  // namespace cistern::runtime
