// The listen driver on loopback sockets, with a protocol of lines and a journal that waits.
#include "runtime/listen/listen_driver.hpp"

#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "net/listen/listen_socket.hpp"
#include "runtime/pool.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::runtime {
namespace {

using namespace std::chrono_literals;

/// Commits are answered at once, or kept until the test lets them go. Any thread.
class Store final : public test::FakeJournal {
 public:
  void commit(Commit commit, Committed done) override {
    std::unique_lock lock(lock_);
    for (const auto& record : commit.records)
      raws_.emplace_back(record.raw);
    pushed_ = pushed_ && commit.pushed;
    waiting_.emplace_back(commit.records.size(), std::move(done));
    owned_.push_back(std::move(commit));
    changed_.notify_all();
    if (hold_) return;
    lock.unlock();
    let_go();
  }
  void hold(bool hold) {
    {
      const std::lock_guard lock(lock_);
      hold_ = hold;
    }
    if (!hold) let_go();
  }
  void let_go() {
    std::vector<std::pair<std::size_t, Committed>> ready;
    {
      const std::lock_guard lock(lock_);
      ready.swap(waiting_);
    }
    for (auto& [records, done] : ready) {
      CommitResult result;
      result.first = 1;
      result.stored = records;
      done(result);
    }
  }
  bool await(std::size_t count) {
    std::unique_lock lock(lock_);
    return changed_.wait_for(lock, 20s, [&] { return raws_.size() >= count; });
  }
  std::vector<std::string> raws() {
    const std::lock_guard lock(lock_);
    return raws_;
  }
  std::size_t count() {
    const std::lock_guard lock(lock_);
    return raws_.size();
  }
  bool pushed() {
    const std::lock_guard lock(lock_);
    return pushed_;
  }
  std::uint64_t bytes() {
    const std::lock_guard lock(lock_);
    std::uint64_t sum = 0;
    for (const auto& raw : raws_)
      sum += raw.size();
    return sum;
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::vector<std::string> raws_;
  std::vector<std::pair<std::size_t, Committed>> waiting_;
  std::vector<Commit> owned_;
  bool hold_ = false;
  bool pushed_ = true;
};

/// Lines; each is answered with "ok" when it is durable, "bye" ends the connection at once,
/// "farewell" when all before it is durable.
class Lines final : public ListenProtocol {
 public:
  class Session final : public ListenSession {
   public:
    explicit Session(ListenPeer peer) : peer_(std::move(peer)) {}
    std::size_t arrived(std::string_view bytes, ListenBatch& batch) override {
      std::size_t used = 0;
      while (true) {
        const std::size_t end = bytes.find('\n', used);
        if (end == std::string_view::npos) return used;
        take(bytes.substr(used, end - used), batch);
        used = end + 1;
      }
    }
    void ended(std::string_view rest, ListenBatch& batch) override {
      if (!rest.empty()) take(rest, batch);
    }
    [[nodiscard]] bool owes_answers() const override { return *owed_ > 0; }

   private:
    void take(std::string_view line, ListenBatch& batch) {
      if (line == "bye") return peer_.close();
      if (line == "farewell") {
        batch.when_durable([peer = peer_](bool) {
          peer.write("farewell\n");
          peer.close();
        });
        return;
      }
      batch.add(record_of(line));
      ++*owed_;
      batch.when_durable([peer = peer_, owed = owed_](bool stored) {
        --*owed;
        if (stored) peer.write("ok\n");
      });
    }
    ListenPeer peer_;
    std::shared_ptr<int> owed_ = std::make_shared<int>(0);
  };
  static Record record_of(std::string_view line) {
    Record record;
    record.stream = "lines";
    record.raw = line;
    record.form = RawForm::text;
    return record;
  }
  std::unique_ptr<ListenSession> open(ListenPeer peer) override {
    return std::make_unique<Session>(std::move(peer));
  }
  void datagrams(std::size_t, std::span<const net::Datagram> arrived, ListenBatch& batch) override {
    for (const auto& datagram : arrived)
      batch.add(record_of(batch.keep(datagram.bytes)));
  }
};

class Client {
 public:
  explicit Client(std::uint16_t port, int type = SOCK_STREAM)
      : socket_(::socket(AF_INET, type, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }
  void say(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// What has come until now.
  [[nodiscard]] std::string heard_so_far() const {
    char bytes[4096];
    const auto got = ::recv(socket_, bytes, sizeof bytes, MSG_DONTWAIT);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string{};
  }
  [[nodiscard]] bool hears_within(int milliseconds) const {
    pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, milliseconds) > 0;
  }
  void end() const { ::shutdown(socket_, SHUT_WR); }
  /// The next bytes; empty at the end.
  [[nodiscard]] std::string hear() const {
    char bytes[4096];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string{};
  }

 private:
  int socket_;
};

class ListenDriver : public testing::Test {
 protected:
  void begin(ListenDriverOptions options) {
    options.connector = "lines";
    const std::size_t count = options.endpoints.size();
    ports_.resize(count);
    services_.status.add_connector("lines", "lines");
    counters_ = std::make_shared<ListenCounters>("lines", services_);
    connector_ = make_listen_connector(
        std::move(options), [] { return std::make_unique<Lines>(); }, counters_, services_,
        [this](std::size_t endpoint, std::uint16_t port) {
          const std::lock_guard lock(mutex_);
          ports_[endpoint] = port;
          opened_.notify_all();
        });
    connector_->start();
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(opened_.wait_for(lock, 20s,
                                 [&] { return std::count(ports_.begin(), ports_.end(), 0) == 0; }));
  }
  static ListenEndpoint at(ListenEndpoint::Transport transport) {
    return {.name = "here", .transport = transport, .at = {"127.0.0.1", 0}, .tls = nullptr};
  }
  static ListenDriverOptions tcp() {
    ListenDriverOptions options;
    options.endpoints = {at(ListenEndpoint::Transport::tcp)};
    return options;
  }
  /// Waits for what another thread does.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::uint64_t incidents(const char* reason) {
    const auto facts = counters_->facts();
    const auto found = facts.incidents.find(reason);
    return found == facts.incidents.end() ? 0 : found->second;
  }
  void stop() {
    std::atomic<bool> stopped{false};
    connector_->stop([&] { stopped = true; });
    ASSERT_TRUE(eventually([&] {
      loop_.run_one();
      return stopped.load();
    }));
    connector_.reset();
  }
  void TearDown() override {
    store_.hold(false);
    connector_.reset();
  }

  /// The I/O loop, turned by the test; threads post to it.
  class PostedLoop final : public Loop {
   public:
    void post(Task task) override {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    TimerId call_after(Duration, Task) override { return 1; }
    void cancel(TimerId) override {}
    void run_one() {
      Task task;
      {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task();
    }

   private:
    std::mutex mutex_;
    std::deque<Task> tasks_;
  };

  SystemClock clock_;
  std::unique_ptr<Log> log_ = make_null_log();
  StatusBoard status_{clock_, *log_};
  SystemRandom random_;
  RateBudgets budgets_;
  MemoryBudget memory_{1U << 30};
  PostedLoop loop_;
  Store store_;
  Services services_{loop_, loop_, store_, clock_, random_, *log_, status_, budgets_, memory_, {}};
  std::mutex mutex_;
  std::condition_variable opened_;
  std::vector<std::uint16_t> ports_;
  std::shared_ptr<ListenCounters> counters_;
  std::unique_ptr<Connector> connector_;
};

TEST_F(ListenDriver, AcknowledgesOnlyWhatIsDurable) {
  begin(tcp());
  store_.hold(true);
  const Client client(ports_[0]);
  client.say("one\ntwo\n");
  ASSERT_TRUE(store_.await(2));
  EXPECT_THAT(store_.raws(), testing::ElementsAre("one", "two"));
  client.say("three\n");
  // Whatever the listener had to say has gone out when it has dealt with somebody else.
  const Client other(ports_[0]);
  other.say("bye\n");
  EXPECT_EQ(other.hear(), "");
  EXPECT_EQ(client.heard_so_far(), "");
  store_.hold(false);
  std::string heard;
  while (heard.size() < 9)
    heard += client.hear();
  EXPECT_EQ(heard, "ok\nok\nok\n");
  EXPECT_TRUE(store_.pushed());
}

TEST_F(ListenDriver, WhoOnlyEndsHisSendingHearsWhatHeIsOwed) {
  begin(tcp());
  store_.hold(true);
  const Client client(ports_[0]);
  client.say("one\ntwo\nthe rest");
  client.end();
  ASSERT_TRUE(store_.await(3));
  EXPECT_FALSE(client.hears_within(300)) << "neither an answer nor an end before it is durable";
  store_.hold(false);
  std::string heard;
  for (std::string more = client.hear(); !more.empty(); more = client.hear())
    heard += more;
  EXPECT_EQ(heard, "ok\nok\nok\n");
}

TEST_F(ListenDriver, WhatHoldsNoRecordWaitsForTheCommitsBeforeIt) {
  begin(tcp());
  store_.hold(true);
  const Client client(ports_[0]);
  client.say("one\n");
  ASSERT_TRUE(store_.await(1));
  client.say("farewell\n");
  // Longer than records wait for company.
  EXPECT_FALSE(client.hears_within(500)) << client.heard_so_far();
  store_.hold(false);
  std::string heard;
  for (std::string more = client.hear(); !more.empty(); more = client.hear())
    heard += more;
  EXPECT_EQ(heard, "ok\nfarewell\n");
}

TEST_F(ListenDriver, StopsReadingWhileTheStoreTakesNothing) {
  auto options = tcp();
  options.max_unstored = 1U << 20;
  begin(std::move(options));
  store_.hold(true);
  const Client client(ports_[0]);
  const std::string lines = []() {
    std::string out;
    while (out.size() < 1U << 20)
      out += std::string(99, 'x') + "\n";
    return out;
  }();
  std::atomic<std::size_t> said{0};
  std::thread talker([&] {
    for (int i = 0; i < 24; ++i) {
      client.say(lines);
      said += lines.size();
    }
    client.end();
  });
  EXPECT_TRUE(eventually([&] { return counters_->facts().pauses > 0; }));
  EXPECT_LT(store_.bytes(), 8U << 20) << "not everything that was said is in memory";
  EXPECT_LT(said.load(), 24 * lines.size()) << "the sender waits";
  store_.hold(false);
  talker.join();
  EXPECT_TRUE(eventually([&] { return store_.count() == 24 * lines.size() / 100; }));
}

TEST_F(ListenDriver, LongLinesInSmallPiecesCostNoMoreThanTheirBytes) {
  auto options = tcp();
  options.most_pending = 1U << 20;
  begin(std::move(options));
  const Client client(ports_[0]);
  const std::string line(1U << 20, 'y');
  for (std::size_t i = 0; i < line.size(); i += 1000)
    client.say(std::string_view{line}.substr(i, 1000));
  client.say("\nshort\n");
  ASSERT_TRUE(store_.await(2));
  EXPECT_EQ(store_.raws()[0], line);
  EXPECT_EQ(store_.raws()[1], "short");
}

TEST_F(ListenDriver, WhatASessionNeverUsesEndsTheConnection) {
  auto options = tcp();
  options.most_pending = 1000;
  begin(std::move(options));
  const Client client(ports_[0]);
  client.say(std::string(200'000, 'z'));
  client.end();
  EXPECT_EQ(client.hear(), "");
  EXPECT_TRUE(eventually([&] { return counters_->facts().connections == 0; }));
  EXPECT_TRUE(store_.raws().empty());
}

TEST_F(ListenDriver, LimitsOfConnectionsAndAddresses) {
  auto options = tcp();
  options.bounds.connections_each = 1;
  begin(std::move(options));
  const Client first(ports_[0]);
  first.say("a\n");
  ASSERT_TRUE(store_.await(1));
  const Client second(ports_[0]);
  EXPECT_EQ(second.hear(), "");
  EXPECT_EQ(incidents("too_many_connections_of_sender"), 1U);
  first.say("bye\n");
  while (!first.hear().empty()) {
  }
  EXPECT_TRUE(eventually([&] { return counters_->facts().connections == 0; }));
  const Client third(ports_[0]);
  third.say("c\n");
  EXPECT_TRUE(store_.await(2));
}

TEST_F(ListenDriver, TheEndTakesWhatHasArrivedAndAcknowledgesIt) {
  auto options = tcp();
  options.endpoints.push_back(at(ListenEndpoint::Transport::udp));
  begin(std::move(options));
  const Client stream(ports_[0]);
  stream.say("first\n");
  ASSERT_TRUE(store_.await(1));
  const Client datagrams(ports_[1], SOCK_DGRAM);
  store_.hold(true);
  stream.say("a\nb\nrest");
  for (int i = 0; i < 300; ++i)
    datagrams.say("datagram");
  std::thread later([&] {
    store_.await(304);
    store_.hold(false);
  });
  stop();
  later.join();
  EXPECT_EQ(store_.raws().size(), 304U);
  std::string heard;
  while (true) {
    const auto more = stream.hear();
    if (more.empty()) break;
    heard += more;
  }
  EXPECT_EQ(heard, "ok\nok\nok\nok\n");
}

TEST_F(ListenDriver, MayBeStoppedWithoutAStartAndTwice) {
  ListenDriverOptions options = tcp();
  options.connector = "lines";
  counters_ = std::make_shared<ListenCounters>("lines", services_);
  connector_ = make_listen_connector(
      std::move(options), [] { return std::make_unique<Lines>(); }, counters_, services_);
  int calls = 0;
  connector_->stop([&] { ++calls; });
  connector_->stop([&] { ++calls; });
  for (int i = 0; i < 10; ++i)
    loop_.run_one();
  EXPECT_EQ(calls, 1);
}

TEST(SenderLimits, ASecondsWorthMayComeAtOnce) {
  SenderLimits limits({.messages_per_second_each = 10});
  const auto who = net::parse_ip_address("192.0.2.1").value();
  EXPECT_EQ(limits.charge(who, 10, 100s), 0ns);
  EXPECT_EQ(limits.charge(who, 5, 100s), 500ms);
  EXPECT_EQ(limits.charge(net::parse_ip_address("192.0.2.2").value(), 10, 100s), 0ns);
  EXPECT_EQ(limits.charge(who, 10, 103s), 0ns);
}

TEST(AddressRange, HoldsWhatItSays) {
  const auto ip = [](const char* text) { return net::parse_ip_address(text).value(); };
  EXPECT_TRUE(net::AddressRange::parse("192.0.2.128/25")->holds(ip("192.0.2.200")));
  EXPECT_FALSE(net::AddressRange::parse("192.0.2.128/25")->holds(ip("192.0.2.100")));
  EXPECT_TRUE(net::AddressRange::parse("192.0.2.1")->holds(ip("::ffff:192.0.2.1")));
  EXPECT_TRUE(net::AddressRange::parse("2001:db8::/33")->holds(ip("2001:db8:7fff::1")));
  EXPECT_FALSE(net::AddressRange::parse("2001:db8::/33")->holds(ip("2001:db8:8000::1")));
  EXPECT_TRUE(net::AddressRange::parse("0.0.0.0/0")->holds(ip("203.0.113.1")));
  EXPECT_FALSE(net::AddressRange::parse("0.0.0.0/0")->holds(ip("2001:db8::1")));
  for (const auto* const bad : {"", "x", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "::/129"})
    EXPECT_FALSE(net::AddressRange::parse(bad)) << bad;
}

}  // namespace
}  // namespace cistern::runtime
