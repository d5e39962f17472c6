#include "runtime/watch/service_notifier.hpp"

#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/watch/vigil.hpp"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// The manager's end of the socket.
class Manager {
 public:
  Manager() {
    folder_ = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  }
  ~Manager() {
    ::close(socket_);
    std::filesystem::remove_all(folder_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  [[nodiscard]] std::string path() const { return folder_ + "/notify"; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// All messages since the last call.
  std::vector<std::string> heard() {
    std::vector<std::string> messages;
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size < 0) return messages;
      messages.emplace_back(buffer.data(), static_cast<std::size_t>(size));
    }
  }
  /// A datagram socket holds few messages, so they are taken while they come.
  void listen() {
    for (const auto& message : heard())
      fed_ += message == "WATCHDOG=1" ? 1 : 0;
  }
  /// How often the watchdog was fed since the last call.
  std::size_t fed() {
    listen();
    return std::exchange(fed_, 0);
  }

 private:
  std::string folder_;
  int socket_ = -1;
  std::size_t fed_ = 0;
};

std::function<std::optional<std::string>(const std::string&)> environment(
    std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional{found->second};
  };
}

TEST(ServiceNotifier, ReadsWhatSystemdHandsOver) {
  const auto address = service_address(
      environment(
          {{"NOTIFY_SOCKET", "/run/x"}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "7"}}),
      7);
  EXPECT_EQ(address.socket, "/run/x");
  EXPECT_EQ(address.watchdog, Duration{seconds{30}});
  EXPECT_FALSE(service_address(environment({{"NOTIFY_SOCKET", "/run/x"},
                                            {"WATCHDOG_USEC", "30000000"},
                                            {"WATCHDOG_PID", "8"}}),
                               7)
                   .watchdog)
      << "the watchdog of another process";
  EXPECT_TRUE(service_address(environment({}), 7).socket.empty());
  EXPECT_FALSE(service_address(environment({{"WATCHDOG_USEC", "soon"}}), 7).watchdog);
}

TEST(ServiceNotifier, SpeaksTheProtocol) {
  Manager manager;
  const ServiceNotifier notifier{{.socket = manager.path(), .watchdog = seconds{30}}};
  notifier.ready("flowing\nREADY=0");
  notifier.reloading(seconds{5});
  notifier.alive();
  notifier.stopping();
  const auto heard = manager.heard();
  ASSERT_EQ(heard.size(), 4U);
  EXPECT_EQ(heard[0], "READY=1\nSTATUS=flowing READY=0") << "a name cannot add an assignment";
  EXPECT_EQ(heard[1], "RELOADING=1\nMONOTONIC_USEC=5000000");
  EXPECT_EQ(heard[2], "WATCHDOG=1");
  EXPECT_EQ(heard[3].find("STOPPING=1\n"), 0U);
  EXPECT_EQ(notifier.interval(), Duration{seconds{10}});
}

TEST(ServiceNotifier, NobodyListeningIsNoFailure) {
  const ServiceNotifier silent{{}};
  silent.alive();
  EXPECT_FALSE(silent.interval());
  const ServiceNotifier gone{{.socket = "/nowhere/at/all", .watchdog = seconds{30}}};
  gone.ready("x");
  const ServiceNotifier long_name{{.socket = "/" + std::string(300, 'x'), .watchdog = {}}};
  long_name.ready("x");
}

class VigilTest : public ::testing::Test {
 protected:
  VigilTest() { status.add_destination("siem", "file"); }
  void pass(Duration time) {
    for (const Duration end = clock.steady() + time; clock.steady() < end;) {
      clock.advance(seconds{1});
      vigil.tick();
      manager.listen();
      if (workers_free) {
        while (pool.run_one()) {
        }
      }
    }
  }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  test::FakeJournal journal;
  test::ManualPool pool;
  std::unique_ptr<Files> files = make_system_files();
  Manager manager;
  RhythmFile rhythms{*files, manager.folder(), log};
  ServiceNotifier service{{.socket = manager.path(), .watchdog = seconds{30}}};
  Vigil vigil{{.status = status,
               .journal = journal,
               .pool = pool,
               .clock = clock,
               .rhythms = rhythms,
               .service = service}};
  bool workers_free = true;
};

TEST_F(VigilTest, FeedsTheWatchdogWhileTheStagesMove) {
  vigil.ready();
  pass(minutes{1});
  EXPECT_EQ(manager.fed(), 6U) << "three times in the manager's 30 s";
  pass(minutes{20});
  EXPECT_GT(manager.fed(), 100U);
}

TEST_F(VigilTest, FeedsItNoMoreOnceDecodingStands) {
  workers_free = false;
  pass(minutes{6});
  manager.fed();
  pass(minutes{1});
  EXPECT_EQ(manager.fed(), 0U);
  ASSERT_EQ(status.stalled_stages().size(), 1U);
  EXPECT_EQ(log.count("no worker has been free", LogLevel::error), 1U);
  workers_free = true;
  pass(seconds{40});
  EXPECT_GT(manager.fed(), 0U);
  EXPECT_TRUE(status.stalled_stages().empty());
}

TEST_F(VigilTest, ADestinationThatHangsIsSaidAndStillFed) {
  status.destination_state("siem", State::flowing, std::nullopt, {});
  status.set_last_sequence(100);
  status.set_cursor("siem", 41, 30, 10);
  pass(minutes{6});
  EXPECT_EQ(status.destinations().at(0).words.find("retrying: delivery has not moved"), 0U)
      << status.destinations().at(0).words;
  manager.fed();
  pass(minutes{1});
  EXPECT_GT(manager.fed(), 0U);
  EXPECT_EQ(status.destinations().at(0).state, State::retrying) << "it does not forget";
  status.delivered("siem", 60, 0, 6000, 101);
  pass(seconds{2});
  EXPECT_EQ(status.destinations().at(0).words, "flowing");
}

TEST_F(VigilTest, CountsWhatIsSetAside) {
  journal.set_aside({.id = 1,
                     .owner = "destination/siem",
                     .item = "3",
                     .sequence = 3,
                     .reason = "refused",
                     .since = clock.now()},
                    [](const Status&) {});
  pass(seconds{20});
  EXPECT_EQ(status.destinations().at(0).set_aside, 1U);
}

TEST_F(VigilTest, RhythmsAreKeptAndFoundAgain) {
  status.add_connector("tenant", "microsoft_365");
  status.add_stream("tenant", "audit");
  Report working;
  working.stream = "audit";
  for (int i = 0; i < 8 * 24 * 6; ++i) {
    status.report("tenant", working);
    status.stored("tenant", "audit", 1, 0, clock.now());
    clock.advance(minutes{10});
  }
  vigil.finish();
  StatusBoard next{clock, log};
  rhythms.load(next);
  EXPECT_EQ(next.rhythms(), status.rhythms());
  EXPECT_NE(next.rhythms(), "");
  EXPECT_EQ(log.count("lost"), 0U);

  // A damaged file is said, and harms nothing.
  const std::string path = manager.folder() + "/rhythm";
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40);
  file.put('X');
  file.close();
  StatusBoard third{clock, log};
  rhythms.load(third);
  EXPECT_EQ(third.rhythms(), "");
  EXPECT_EQ(log.count("the learned rhythms of the streams are lost"), 1U);
}

}  // namespace
}  // namespace cistern::runtime
