// Reloads over a real store and loop, with components that count what happens to them.
#include "manual_loop.hpp"
#include "runtime/assembly.hpp"
#include "runtime/control/control.hpp"
#include "runtime/settings.hpp"

#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

using testing::HasSubstr;

constexpr config::Option kSourceOptions[] = {
    {.name = "speed", .type = config::OptionType::text, .fallback = "slow", .text = "How fast."},
    {.name = "key", .type = config::OptionType::secret, .text = "A secret."},
};
constexpr config::Option kSinkOptions[] = {
    {.name = "colour", .type = config::OptionType::text, .fallback = "red", .text = "Which."},
};

/// What happened, in order.
class Diary {
 public:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(what));
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(entries_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> entries_;
};

class Counted final : public Connector {
 public:
  Counted(std::string name, const config::Values& values, const Services& services, Diary& diary)
      : name_(std::move(name)), speed_(values.text("speed")), services_(services), diary_(diary) {}
  void start() override {
    const auto position = services_.journal.position(name_);
    const auto found = position->find("n");
    diary_.note("start " + name_ + " " + speed_ + " at " +
                (found == position->end() ? "nothing" : found->second));
    Commit commit;
    commit.connector = name_;
    commit.state.push_back({"n", name_ + " was here"});
    services_.journal.commit(std::move(commit), [this](const Result<CommitResult>&) {
      services_.loop.post([this] {
        durable_ = true;
        diary_.note("stored " + name_);
        if (stopped_) stopped_();
      });
    });
  }
  void stop(std::function<void()> stopped) override {
    diary_.note("stop " + name_);
    stopped_ = std::move(stopped);
    if (durable_) services_.loop.post(stopped_);
  }

 private:
  std::string name_;
  std::string speed_;
  Services services_;
  Diary& diary_;
  bool durable_ = false;
  std::function<void()> stopped_;
};

class Sink final : public Destination {
 public:
  Sink(std::string name, Diary& diary) : name_(std::move(name)), diary_(diary) {}
  Status open(const std::string&) override {
    diary_.note("open " + name_);
    return {};
  }
  Result<std::string> deliver(const Batch&) override { return std::string{}; }
  void close() override { diary_.note("close " + name_); }

 private:
  std::string name_;
  Diary& diary_;
};

class NoFormat final : public Format {
 public:
  bool render(const journal::Envelope&, std::string& out) override {
    out += "x";
    return true;
  }
};

class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    folder = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    source.name = "source";
    source.options = kSourceOptions;
    source.make = [this](const std::string& name, const config::Values& values, net::IoLoop&,
                         const Services& services) -> Result<std::unique_ptr<Connector>> {
      if (values.text("speed") == "broken") {
        return fail_stop("source/broken", "the certificate cannot be read", "name another");
      }
      return std::make_unique<Counted>(name, values, services, diary);
    };
    sink.name = "sink";
    sink.options = kSinkOptions;
    sink.make = [this](const config::Values&,
                       const DestinationContext& context) -> Result<std::unique_ptr<Destination>> {
      return std::make_unique<Sink>(context.name, diary);
    };
    schema.store = store_options();
    schema.telemetry = telemetry_options();
    schema.common_connector = common_connector_options();
    schema.common_destination = common_destination_options();
    schema.connectors = {{"source", "s", kSourceOptions, {}}};
    schema.destinations = {{"sink", "s", kSinkOptions, {}}};
  }
  ~ReloadTest() override {
    if (runner.joinable()) {
      application->stop("the test ends");
      runner.join();
    }
    application.reset();
    std::filesystem::remove_all(folder);
  }

  [[nodiscard]] config::Loaded load(const std::string& text) const {
    return config::load("store: {path: " + folder + "/store}\ntelemetry: {listen: off}\n" + text,
                        "test.yaml", schema, config::system_secret_sources());
  }
  void start(const std::string& text) {
    now = text;
    auto loaded = load(text);
    ASSERT_TRUE(loaded.ok()) << config::render(loaded.problems, false);
    auto made = make_application(
        loaded.configuration,
        {.connector_types = {source},
         .destination_types = {sink},
         .make_format = [](const config::Values&, std::shared_ptr<const Views>)
             -> Result<std::unique_ptr<Format>> { return std::make_unique<NoFormat>(); },
         .views = std::make_shared<Views>(),
         .files = *files,
         .clock = clock,
         .random = random,
         .log = log,
         .handle_signals = false,
         .reload = {
             .load =
                 [this] {
                   const std::lock_guard lock(mutex);
                   return load(now);
                 },
             .views = [](const config::Configuration&) -> Result<std::shared_ptr<const Views>> {
               return std::make_shared<const Views>();
             },
             .secrets = config::system_secret_sources()},
         .look_every = std::chrono::milliseconds{20}});
    ASSERT_TRUE(made) << made.error().sentence();
    application = std::move(*made);
    runner = std::thread([this] { application->run(); });
  }
  boost::json::object ask(const std::string& request) {
    std::string answer;
    const auto asked =
        ask_control(application->control_path(), request, [&](std::string_view line) {
          answer = line;
          return false;
        });
    EXPECT_TRUE(asked) << asked.error().sentence();
    return boost::json::parse(answer).as_object();
  }
  std::string reload(const std::string& text) {
    {
      const std::lock_guard lock(mutex);
      now = text;
    }
    const auto answer = ask(R"({"version":1,"command":"reload"})");
    return std::string{answer.at("result").as_object().at("summary").as_string()};
  }
  /// Waits until the diary holds the entry; everything up to then, sorted.
  std::vector<std::string> wait_for(const std::string& entry) {
    std::vector<std::string> all;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (std::chrono::steady_clock::now() < deadline) {
      for (auto& found : diary.take())
        all.push_back(std::move(found));
      if (std::find(all.begin(), all.end(), entry) != all.end()) return all;
      std::this_thread::yield();
    }
    ADD_FAILURE() << "never: " << entry;
    return all;
  }

  std::string folder;
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  test::RecordingLog log;
  Diary diary;
  ConnectorType source;
  DestinationType sink;
  config::Schema schema;
  std::mutex mutex;
  std::string now;
  std::unique_ptr<Application> application;
  std::thread runner;
};

const std::string kTwo =
    "connectors:\n  a: {type: source}\n  b: {type: source}\n"
    "destinations:\n  x: {type: sink}\n  y: {type: sink}\n";

TEST_F(ReloadTest, TouchesOnlyWhatChangedAndGoesOnFromThePosition) {
  start(kTwo);
  wait_for("start b slow at nothing");
  const auto summary = reload(
      "connectors:\n  a: {type: source}\n  b: {type: source, speed: fast}\n  c: {type: source}\n"
      "destinations:\n  x: {type: sink, colour: blue}\n");
  EXPECT_EQ(summary,
            "1 connector added, 1 connector changed, 1 destination removed, 1 destination changed; "
            "1 unchanged");
  auto seen = wait_for("start b fast at b was here");
  for (auto& more : diary.take())
    seen.push_back(std::move(more));
  EXPECT_THAT(seen, testing::Not(testing::Contains(HasSubstr("stop a"))));
  EXPECT_THAT(seen, testing::Not(testing::Contains(HasSubstr("start a"))));
  EXPECT_THAT(seen, testing::Contains("stop b"));
  EXPECT_THAT(seen, testing::Contains("start c slow at nothing"));
  EXPECT_THAT(seen, testing::Contains("close x"));
  EXPECT_THAT(seen, testing::Contains("close y"));
  const auto left = application->status().destinations();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].name, "x");
  EXPECT_EQ(reload(kTwo + "# again\n").find("nothing"), std::string::npos);
}

TEST_F(ReloadTest, AFileWithMistakesChangesNothing) {
  start(kTwo);
  wait_for("start b slow at nothing");
  EXPECT_THAT(reload("connectors:\n  a: {type: source, sped: fast}\n"),
              HasSubstr("nothing was changed"));
  EXPECT_THAT(reload(kTwo), HasSubstr("nothing changed; 4 unchanged"));
  EXPECT_THAT(diary.take(), testing::Not(testing::Contains(HasSubstr("stop"))));
  EXPECT_EQ(log.count("test.yaml:4:"), 1U);
}

TEST_F(ReloadTest, WhatCannotBeBuiltLeavesTheOldOneRunning) {
  start(kTwo);
  wait_for("start b slow at nothing");
  reload(
      "connectors:\n  a: {type: source, speed: broken}\n  b: {type: source}\n"
      "destinations:\n  x: {type: sink}\n  y: {type: sink}\n");
  EXPECT_EQ(log.count("it goes on with its old values: the certificate cannot be read"), 1U);
  EXPECT_THAT(diary.take(), testing::Not(testing::Contains("stop a")));
  // Corrected, it is taken over after all.
  reload(
      "connectors:\n  a: {type: source, speed: fast}\n  b: {type: source}\n"
      "destinations:\n  x: {type: sink}\n  y: {type: sink}\n");
  wait_for("start a fast at a was here");
}

TEST_F(ReloadTest, ASecretThatChangesInItsFileRestartsItsConnectorOnly) {
  const std::string path = folder + "/key";
  const auto write = [&](const std::string& text) {
    auto file = files->open(path, OpenMode::create_or_open);
    ASSERT_TRUE(file && (*file)->truncate(0) && (*file)->write_at(0, text));
  };
  write("one");
  start("connectors:\n  a: {type: source, key: '${file:" + path +
        "}'}\n  b: {type: source}\ndestinations: {x: {type: sink}}\n");
  wait_for("start b slow at nothing");
  write("two");
  const auto seen = wait_for("start a slow at a was here");
  EXPECT_THAT(seen, testing::Not(testing::Contains("stop b")));
}

TEST_F(ReloadTest, ARenamedConnectorGoesOnWhereTheOldNameWas) {
  start(kTwo);
  wait_for("stored b");
  const auto refused = ask(R"({"version":1,"command":"rename_connector","name":"b","to":"bee"})");
  EXPECT_FALSE(refused.at("ok").as_bool()) << "the file does not name it";
  {
    const std::lock_guard lock(mutex);
    now =
        "connectors:\n  a: {type: source}\n  bee: {type: source}\n"
        "destinations:\n  x: {type: sink, connectors: [bee]}\n  y: {type: sink}\n";
  }
  const auto done = ask(R"({"version":1,"command":"rename_connector","name":"b","to":"bee"})");
  ASSERT_TRUE(done.at("ok").as_bool()) << boost::json::serialize(done);
  wait_for("start bee slow at b was here");
}

}  // namespace
}  // namespace cistern::runtime
