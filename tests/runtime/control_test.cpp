#include "runtime/control/control.hpp"

#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/control/control_commands.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

class ControlTest : public ::testing::Test {
 protected:
  ControlTest() {
    folder = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    path = folder + "/control.sock";
    status.add_connector("tenant", "microsoft_365");
    journal.append(3);
  }
  ~ControlTest() override {
    stop();
    std::filesystem::remove_all(folder);
  }
  void serve() {
    auto served = serve_control(
        *loop, path,
        make_control_handler(
            {.status = status, .journal = journal, .clock = clock, .stop = [this](std::string why) {
               stopped_for = std::move(why);
             }}));
    ASSERT_TRUE(served) << served.error().sentence();
    server = std::move(*served);
    thread = std::thread([this] { loop->run(); });
  }
  void stop() {
    if (!thread.joinable()) return;
    loop->post([this] {
      server.reset();
      loop->stop();
    });
    thread.join();
  }
  std::string ask(const std::string& request) {
    std::string got;
    const auto asked = ask_control(path, request, [&](std::string_view line) {
      got = line;
      return false;
    });
    return asked ? got : asked.error().code;
  }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  test::FakeJournal journal;
  std::unique_ptr<net::IoLoop> loop = net::make_io_loop();
  std::string folder;
  std::string path;
  std::string stopped_for;
  std::unique_ptr<ControlServer> server;
  std::thread thread;
};

TEST_F(ControlTest, SaysThatNothingRuns) {
  EXPECT_EQ(ask("{}"), "control/not-running");
}

TEST_F(ControlTest, AnswersStatusOverAPrivateSocket) {
  serve();
  const auto answer = ask(R"({"version":1,"command":"status"})");
  EXPECT_EQ(answer.find(R"({"ok":true,"result":{"now":"2026-03-02T09:00:00)"), 0U) << answer;
  EXPECT_NE(answer.find(R"("name":"tenant")"), std::string::npos);
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(ControlTest, RefusesWhatItDoesNotUnderstandInWords) {
  serve();
  EXPECT_NE(ask("not json").find("control/bad-request"), std::string::npos);
  EXPECT_NE(ask("[1]").find("control/bad-request"), std::string::npos);
  EXPECT_NE(ask(R"({"version":2,"command":"status"})").find("control/version"), std::string::npos);
  EXPECT_NE(ask(R"({"version":1,"command":"dance"})").find("control/unknown-command"),
            std::string::npos);
  EXPECT_NE(ask(std::string(100'000, 'x')).find("control/too-large"), std::string::npos);
  EXPECT_NE(ask(R"({"version":1,"command":"status"})").find(R"("ok":true)"), std::string::npos)
      << "the server goes on";
}

TEST_F(ControlTest, StopBeginsTheOrderlyEnd) {
  serve();
  EXPECT_EQ(ask(R"({"version":1,"command":"stop"})"), R"({"ok":true,"result":{}})");
  stop();
  EXPECT_EQ(stopped_for, "asked over the control socket");
}

TEST_F(ControlTest, ReplacesADeadSocketButNotALivingOneAndNoOtherFile) {
  {
    const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ::close(dead);
  }
  serve();
  const auto second = serve_control(*loop, path, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "control/in-use");
  const auto file = folder + "/file";
  std::ofstream(file) << "precious";
  const auto third = serve_control(*loop, file, {});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, "control/path");
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(ControlTest, AServerThatDoesNotAnswerIsGivenUp) {
  auto served = serve_control(*loop, path, [](const auto&, std::string_view) {});
  ASSERT_TRUE(served);
  server = std::move(*served);
  thread = std::thread([this] { loop->run(); });
  const auto asked = ask_control(
      path, "{}", [](std::string_view) { return true; }, std::chrono::seconds{1});
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, "control/broken");
}

TEST_F(ControlTest, AnEndedServerLeavesNoSocketBehind) {
  serve();
  stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ControlTest, APathThatIsTooLongIsSaid) {
  EXPECT_EQ(serve_control(*loop, folder + "/" + std::string(200, 'x'), {}).error().code,
            "control/path");
}

}  // namespace
}  // namespace cistern::runtime
