// The whole assembly over a real store, with a connector and a destination made for the test.
#include "manual_loop.hpp"
#include "runtime/assembly.hpp"
#include "runtime/control/control.hpp"
#include "runtime/settings.hpp"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

/// Commits a fixed number of events at its start.
class OneCommit final : public Connector {
 public:
  OneCommit(std::string name, const Services& services)
      : name_(std::move(name)), services_(services) {}
  void start() override {
    Commit commit;
    commit.connector = name_;
    for (char digit = '0'; digit <= '9'; ++digit) {
      Record record;
      record.identity = make_identity({name_, std::string_view{&digit, 1}});
      record.stream = "stream";
      record.raw = "{\"a\":1}";
      commit.records.push_back(record);
    }
    services_.journal.commit(std::move(commit), [this](const Result<CommitResult>& result) {
      services_.loop.post([this, ok = result.has_value()] {
        if (ok) services_.status.stored(name_, "stream", 10, 0, services_.clock.now());
        done_ = true;
        if (stopped_) stopped_();
      });
    });
  }
  void stop(std::function<void()> stopped) override {
    stopped_ = std::move(stopped);
    if (done_) services_.loop.post(stopped_);
  }

 private:
  std::string name_;
  Services services_;
  bool done_ = false;
  std::function<void()> stopped_;
};

struct Received {
  std::mutex mutex;
  std::vector<std::string> payloads;
};

class Collecting final : public Destination {
 public:
  explicit Collecting(Received& received) : received_(received) {}
  Status open(const std::string&) override { return {}; }
  Result<std::string> deliver(const Batch& batch) override {
    const std::lock_guard lock(received_.mutex);
    for (const auto& payload : batch.payloads)
      received_.payloads.emplace_back(payload.bytes);
    return std::string{};
  }
  void close() override {}

 private:
  Received& received_;
};

/// Takes a batch and does not come back before the gate opens.
class Hanging final : public Destination {
 public:
  struct Gate {
    std::mutex mutex;
    std::condition_variable moved;
    bool open = false;
    unsigned inside = 0;
  };
  explicit Hanging(Gate& gate) : gate_(gate) {}
  Status open(const std::string&) override { return {}; }
  Result<std::string> deliver(const Batch&) override {
    std::unique_lock lock(gate_.mutex);
    ++gate_.inside;
    gate_.moved.notify_all();
    gate_.moved.wait(lock, [&] { return gate_.open; });
    return std::string{};
  }
  void close() override {}

 private:
  Gate& gate_;
};

class RawFormat final : public Format {
 public:
  bool render(const journal::Envelope& envelope, std::string& out) override {
    out += envelope.raw;
    return true;
  }
};

class ApplicationTest : public ::testing::Test {
 protected:
  ApplicationTest() {
    folder = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
  }
  ~ApplicationTest() override { std::filesystem::remove_all(folder); }

  ApplicationParts parts(const std::string& more_destinations = {}) {
    ConnectorType works;
    works.name = "works";
    works.make = [](const std::string& name, const config::Values&, net::IoLoop&,
                    const Services& services) -> Result<std::unique_ptr<Connector>> {
      return std::make_unique<OneCommit>(name, services);
    };
    ConnectorType broken;
    broken.name = "broken";
    broken.make = [](const std::string&, const config::Values&, net::IoLoop&,
                     const Services&) -> Result<std::unique_ptr<Connector>> {
      return fail_stop("broken/certificate", "the certificate cannot be read", "name another");
    };
    DestinationType collecting;
    collecting.name = "collecting";
    collecting.make = [this](const config::Values&,
                             const DestinationContext&) -> Result<std::unique_ptr<Destination>> {
      return std::make_unique<Collecting>(received);
    };
    DestinationType hanging;
    hanging.name = "hanging";
    hanging.make = [this](const config::Values&,
                          const DestinationContext&) -> Result<std::unique_ptr<Destination>> {
      return std::make_unique<Hanging>(gate);
    };
    config::Schema schema;
    schema.store = store_options();
    schema.telemetry = telemetry_options();
    schema.common_connector = common_connector_options();
    schema.common_destination = common_destination_options();
    schema.connectors = {{"works", "w", {}, {}}, {"broken", "b", {}, {}}};
    schema.destinations = {{"collecting", "c", {}, {}}, {"hanging", "h", {}, {}}};
    const std::string text = "store: {path: " + folder +
                             "/store}\n"
                             "telemetry: {listen: '127.0.0.1:0'}\n"
                             "connectors:\n"
                             "  good: {type: works}\n"
                             "  bad: {type: broken}\n"
                             "destinations:\n" +
                             more_destinations + "  siem: {type: collecting}\n";
    auto loaded = config::load(text, "test.yaml", schema, config::system_secret_sources());
    EXPECT_TRUE(loaded.ok()) << config::render(loaded.problems, false);
    configuration = std::move(loaded.configuration);
    return {.connector_types = {works, broken},
            .destination_types = {collecting, hanging},
            .make_format = [](const config::Values&, std::shared_ptr<const Views>)
                -> Result<std::unique_ptr<Format>> { return std::make_unique<RawFormat>(); },
            .views = std::make_shared<Views>(),
            .files = *files,
            .clock = clock,
            .random = random,
            .log = log,
            .handle_signals = false};
  }

  std::string folder;
  std::unique_ptr<Files> files = make_system_files();
  SystemClock clock;
  SystemRandom random;
  test::RecordingLog log;
  Received received;
  Hanging::Gate gate;
  config::Configuration configuration;
};

TEST_F(ApplicationTest, RunsWhatCanRunDeliversEverythingAndEndsInOrder) {
  auto needed = parts();
  auto made = make_application(configuration, std::move(needed));
  ASSERT_TRUE(made) << made.error().sentence();
  auto& application = **made;
  EXPECT_NE(application.metrics_port(), 0);

  auto again = parts();
  const auto second = make_application(configuration, std::move(again));
  ASSERT_FALSE(second) << "never two writers on one store";

  std::string status;
  std::thread asker([&] {
    (void)ask_control(application.control_path(), R"({"version":1,"command":"status"})",
                      [&](std::string_view line) {
                        status = line;
                        return false;
                      });
    (void)ask_control(application.control_path(), R"({"version":1,"command":"stop"})",
                      [](std::string_view) { return false; });
  });
  const auto report = application.run();
  asker.join();

  EXPECT_TRUE(report.clean) << (report.left_behind.empty() ? "" : report.left_behind[0]);
  EXPECT_EQ(report.reason, "asked over the control socket");
  EXPECT_NE(status.find("the certificate cannot be read"), std::string::npos) << status;
  EXPECT_EQ(report.store.last, 10U);
  EXPECT_EQ(received.payloads.size(), 10U) << "`start: now` means the start of the program";
  ASSERT_EQ(report.destinations.size(), 1U);
  EXPECT_EQ(report.destinations[0].delivered, 10U);
  EXPECT_EQ(report.destinations[0].backlog, 0U);
  EXPECT_FALSE(std::filesystem::exists(application.control_path()));
}

TEST_F(ApplicationTest, TwentyDestinationsThatHangKeepNoOtherFromDelivering) {
  constexpr unsigned kHanging = 20;
  std::string more;
  for (unsigned n = 0; n < kHanging; ++n)
    more += "  h" + std::to_string(10 + n) + ": {type: hanging, start: oldest}\n";
  auto needed = parts(more);
  auto made = make_application(configuration, std::move(needed));
  ASSERT_TRUE(made) << made.error().sentence();
  auto& application = **made;
  bool delivered = false;
  std::thread watcher([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    {
      std::unique_lock lock(gate.mutex);
      gate.moved.wait_until(lock, deadline, [&] { return gate.inside >= kHanging; });
    }
    while (!delivered && std::chrono::steady_clock::now() < deadline) {
      {
        const std::lock_guard lock(received.mutex);
        delivered = received.payloads.size() == 10;
      }
      std::this_thread::yield();
    }
    {
      const std::lock_guard lock(gate.mutex);
      EXPECT_EQ(gate.inside, kHanging) << "all of them hang while the good one delivers";
      gate.open = true;
      gate.moved.notify_all();
    }
    (void)ask_control(application.control_path(), R"({"version":1,"command":"stop"})",
                      [](std::string_view) { return false; });
  });
  const auto report = application.run();
  watcher.join();
  EXPECT_TRUE(delivered);
  EXPECT_TRUE(report.clean);
}

}  // namespace
}  // namespace cistern::runtime
