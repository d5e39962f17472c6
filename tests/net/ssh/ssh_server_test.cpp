// The SSH server, with Debian's OpenSSH as the client.
#include "net/ssh/ssh_server.hpp"

#include "net/ssh/algorithms.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cistern::net::ssh {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDeadline{30};

/// A store in memory that can be slow, full or broken.
class Store final : public FileReceiver, public SshListener {
 public:
  class Incoming final : public IncomingFile {
   public:
    Incoming(Store& store, FileFacts facts) : store_(store), facts_(std::move(facts)) {}
    Incoming(const Incoming&) = delete;
    Incoming& operator=(const Incoming&) = delete;
    ~Incoming() override {
      if (!finished_) store_.abandoned();
    }
    void append(std::string bytes, std::function<void(Status)> written) override {
      bytes_ += bytes;
      if (bytes_.size() > store_.room) return written(fail_retry("file/no-space", "no space left"));
      written({});
    }
    void finish(std::optional<std::int64_t>, std::function<void(Status)> stored) override {
      finished_ = true;
      store_.finish(facts_.name, bytes_, std::move(stored));
    }

   private:
    Store& store_;
    FileFacts facts_;
    std::string bytes_;
    bool finished_ = false;
  };

  Result<std::unique_ptr<IncomingFile>> begin(const PushPeer& peer,
                                              const FileFacts& facts) override {
    const std::lock_guard lock(mutex_);
    methods_[peer.user + " " + std::string{peer.method}] += 1;
    ++begun_;
    changed_.notify_all();
    return std::make_unique<Incoming>(*this, facts);
  }
  void incident(SshIncident incident) override {
    const std::lock_guard lock(mutex_);
    incidents_[incident.code] = incident.text;
    changed_.notify_all();
  }
  void login(SshLogin login) override {
    const std::lock_guard lock(mutex_);
    login_ = login.algorithms;
  }
  void stored(const PushPeer&, const FileFacts&, std::uint64_t) override {}

  void finish(const std::string& name, const std::string& bytes,
              std::function<void(Status)> stored) {
    const std::lock_guard lock(mutex_);
    if (hold) {
      held_.emplace_back(name, bytes, std::move(stored));
    } else {
      files_[name] = bytes;
      stored({});
    }
    changed_.notify_all();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, bytes, stored] : held_) {
      files_[name] = bytes;
      stored({});
    }
    held_.clear();
  }
  void abandoned() {
    const std::lock_guard lock(mutex_);
    ++abandoned_;
    changed_.notify_all();
  }

  template <class F>
  bool await(F fulfilled) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, fulfilled);
  }
  bool await_held(std::size_t count) {
    return await([&] { return held_.size() >= count; });
  }
  bool await_begun(int count) {
    return await([&] { return begun_ >= count; });
  }
  bool await_abandoned(int count) {
    return await([&] { return abandoned_ >= count; });
  }
  bool await_incident(const std::string& code) {
    return await([&] { return incidents_.contains(code); });
  }
  std::map<std::string, std::string> files() {
    const std::lock_guard lock(mutex_);
    return files_;
  }
  std::string incident_text(const std::string& code) {
    const std::lock_guard lock(mutex_);
    return incidents_[code];
  }
  bool has_incident(const std::string& code) {
    const std::lock_guard lock(mutex_);
    return incidents_.contains(code);
  }
  int pushed_by(const std::string& user_and_method) {
    const std::lock_guard lock(mutex_);
    return methods_[user_and_method];
  }
  std::string agreed() {
    const std::lock_guard lock(mutex_);
    return login_;
  }

  std::atomic<bool> hold{false};
  std::atomic<std::size_t> room{1U << 30};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::string> files_;
  std::vector<std::tuple<std::string, std::string, std::function<void(Status)>>> held_;
  std::map<std::string, std::string> incidents_;
  std::map<std::string, int> methods_;
  std::string login_;
  int begun_ = 0;
  int abandoned_ = 0;
};

struct Ended {
  int status = -1;
  std::string output;
};

Ended run(const std::string& command) {
  Ended out;
  FILE* const pipe = popen(("timeout 60 " + command + " 2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return out;
  char piece[4096];
  for (std::size_t got = 0; (got = fread(piece, 1, sizeof piece, pipe)) > 0;)
    out.output.append(piece, got);
  const int status = pclose(pipe);
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return out;
}

bool installed(const char* program) {
  return run(std::string{"sh -c 'command -v "} + program + "'").status == 0;
}

/// Keys and a folder for all tests: making RSA keys takes a second each.
class Keys {
 public:
  Keys() {
    std::string pattern = fs::temp_directory_path() / "cistern-ssh-XXXXXX";
    folder = mkdtemp(pattern.data());
    files = make_system_files();
    make("ed25519", "-t ed25519");
    make("other", "-t ed25519");
    make("rsa", "-t rsa -b 2048");
    make("short", "-t rsa -b 1024");
    auto made = make_host_keys(folder + "/host", *files);
    if (made) host_keys = std::move(*made);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  ~Keys() { fs::remove_all(folder); }

  [[nodiscard]] AuthorizedKeys public_keys(const std::string& name) const {
    std::ifstream in(folder + "/" + name + ".pub");
    return read_authorized_keys(
        std::string{std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}});
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder + "/" + name; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream out(path(name), std::ios::binary);
    out << content;
    return path(name);
  }

  std::string folder;
  std::unique_ptr<Files> files;
  std::vector<HostKey> host_keys;

 private:
  void make(const std::string& name, const std::string& kind) const {
    run("ssh-keygen -q " + kind + " -N '' -f " + folder + "/" + name);
  }
};

class SshServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (installed("ssh") && installed("scp") && installed("sftp")) keys_ = std::make_unique<Keys>();
  }
  static void TearDownTestSuite() { keys_.reset(); }

  void SetUp() override {
    if (!keys_) GTEST_SKIP() << "openssh-client is not installed";
  }

  void serve(SshServerOptions options = {}) {
    server_.reset();
    options.address = "127.0.0.1";
    options.host_keys = keys_->host_keys;
    options.folders = {"/upload"};
    auto server = start_ssh_server(std::move(options), keys_of(), store_, store_, clock_);
    ASSERT_TRUE(server) << server.error().sentence();
    server_ = std::move(*server);
  }

  static KeysOfUser keys_of() {
    std::map<std::string, std::vector<AuthorizedKey>> known;
    known["esa"] = keys_->public_keys("ed25519").keys;
    known["old"] = keys_->public_keys("rsa").keys;
    known["short"] = keys_->public_keys("short").keys;
    return [known](std::string_view user) {
      const auto found = known.find(std::string{user});
      return found == known.end() ? std::vector<AuthorizedKey>{} : found->second;
    };
  }

  [[nodiscard]] static std::string common(const std::string& key) {
    return " -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
           " -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o ConnectTimeout=20"
           " -o LogLevel=ERROR -i " +
           keys_->path(key) + " ";
  }
  [[nodiscard]] std::string port() const { return std::to_string(server_->port()); }
  [[nodiscard]] std::string scp(const std::string& arguments, const std::string& key = "ed25519",
                                const std::string& user = "esa",
                                const std::string& to = "/upload/") const {
    return "scp" + common(key) + "-P " + port() + " " + arguments + " " + user + "@127.0.0.1:" + to;
  }
  [[nodiscard]] std::string ssh(const std::string& arguments, const std::string& key = "ed25519",
                                const std::string& user = "esa") const {
    return "ssh" + common(key) + "-p " + port() + " " + user + "@127.0.0.1 " + arguments;
  }

  static std::unique_ptr<Keys> keys_;
  SystemClock clock_;
  Store store_;
  std::unique_ptr<SshServer> server_;
};
std::unique_ptr<Keys> SshServerTest::keys_;

std::string log_text(std::size_t lines) {
  std::string out;
  for (std::size_t i = 0; i < lines; ++i)
    out += "Mon Mar 18 08:12:00 2024 Info: MID " + std::to_string(i) + " ready 100 bytes\n";
  return out;
}

TEST_F(SshServerTest, FilesComeByOldScpNewScpAndSftp) {
  serve();
  const std::string content = log_text(20'000);
  const std::string one = keys_->write("a.@1.s", content);
  const std::string two = keys_->write("b.@1.s", "");
  const std::string three = keys_->write("c.@1.s", "short\n");
  EXPECT_EQ(run(scp("-O " + one)).status, 0);
  EXPECT_EQ(run(scp("-O -p " + two + " " + three)).status, 0);
  EXPECT_EQ(store_.files(), (std::map<std::string, std::string>{
                                {"a.@1.s", content}, {"b.@1.s", ""}, {"c.@1.s", "short\n"}}));
  const std::string four = keys_->write("d.@1.s", content);
  EXPECT_EQ(run(scp("-p " + four)).status, 0);
  const std::string batch = keys_->write("batch", "cd upload\nput " + four + " e.@1.s\nls -l\n");
  const Ended sftp =
      run("sftp" + common("ed25519") + "-b " + batch + " -P " + port() + " esa@127.0.0.1");
  EXPECT_EQ(sftp.status, 0) << sftp.output;
  EXPECT_NE(sftp.output.find("e.@1.s"), std::string::npos) << "the listing shows what was put";
  EXPECT_EQ(store_.files().at("d.@1.s"), content);
  EXPECT_EQ(store_.files().at("e.@1.s"), content);
  EXPECT_EQ(store_.pushed_by("esa scp"), 3);
  EXPECT_EQ(store_.pushed_by("esa sftp"), 2);
}

TEST_F(SshServerTest, NothingIsAcknowledgedBeforeItIsStored) {
  serve();
  for (const std::string mode : {"-O ", ""}) {
    store_.hold = true;
    std::atomic<bool> ended{false};
    Ended result;
    std::thread client([&] {
      result = run(scp(mode + keys_->write("held.@1.s", "x\n")));
      ended = true;
    });
    EXPECT_TRUE(store_.await_held(1));
    EXPECT_FALSE(ended);
    store_.release();
    client.join();
    EXPECT_EQ(result.status, 0) << result.output;
    EXPECT_EQ(store_.files().at("held.@1.s"), "x\n");
  }
}

TEST_F(SshServerTest, AFileThatBreaksOffLeavesNothingAndComesAgain) {
  serve();
  const std::string content = log_text(50'000);
  const std::string file = keys_->write("cut.@1.s", content);
  int begun = 0;
  for (const std::string mode : {"-O ", ""}) {
    // 3 MiB at 8 Mbit/s take seconds; the client is killed as soon as the file has begun.
    std::thread client([&] {
      run("sh -c 'exec " + scp(mode + "-l 8000 " + file) + " & p=$!; echo $p > " +
          keys_->path("pid") + "; wait'");
    });
    EXPECT_TRUE(store_.await_begun(++begun));
    run("sh -c 'pkill -P $(cat " + keys_->path("pid") + "); kill $(cat " + keys_->path("pid") +
        ")'");
    client.join();
    EXPECT_TRUE(store_.await_abandoned(begun));
    EXPECT_TRUE(store_.files().empty());
    EXPECT_TRUE(store_.await_incident("ssh/transfer-broken"));
  }
  EXPECT_EQ(run(scp("-O " + file)).status, 0);
  EXPECT_EQ(store_.files().at("cut.@1.s"), content);
}

TEST_F(SshServerTest, ADiskThatFillsFailsThePushAndTheNextOneWorks) {
  serve();
  const std::string file = keys_->write("full.@1.s", log_text(20'000));
  for (const std::string mode : {"-O ", ""}) {
    store_.room = 100'000;
    const Ended refused = run(scp(mode + file));
    EXPECT_NE(refused.status, 0);
    if (mode == "-O ") {
      EXPECT_NE(refused.output.find("No space left on device"), std::string::npos)
          << refused.output;
    }
    EXPECT_TRUE(store_.files().empty());
    store_.room = 1U << 30;
  }
  EXPECT_EQ(run(scp("-O " + file)).status, 0);
}

TEST_F(SshServerTest, WhoHasNoKeyOfTheUserIsRefused) {
  serve();
  const std::string file = keys_->write("x.@1.s", "x\n");
  EXPECT_NE(run(scp("-O " + file, "other")).status, 0);
  EXPECT_NE(run(scp("-O " + file, "ed25519", "nobody")).status, 0);
  EXPECT_NE(run(scp("-O " + file, "ed25519", "old")).status, 0) << "another user's key";
  EXPECT_TRUE(store_.has_incident("ssh/key-refused"));
  EXPECT_NE(store_.incident_text("ssh/key-refused").find("SHA256:"), std::string::npos);
  EXPECT_NE(run(scp("-O " + file, "short", "short")).status, 0) << "1,024 bits";
  EXPECT_TRUE(store_.has_incident("ssh/key-too-short"));
  EXPECT_TRUE(store_.files().empty());
  EXPECT_EQ(run(scp("-O " + file, "rsa", "old")).status, 0) << "by rsa-sha2 signatures";
}

TEST_F(SshServerTest, NothingButPushingIsServed) {
  serve();
  EXPECT_NE(run(ssh("id")).status, 0);
  EXPECT_NE(run(ssh("\"scp -t /upload; id\"")).status, 0);
  EXPECT_NE(run(ssh("scp -f /etc/passwd")).status, 0);
  EXPECT_NE(run(ssh("")).status, 0) << "a shell";
  EXPECT_NE(run(ssh("-tt")).status, 0) << "a terminal";
  EXPECT_NE(run(ssh("-s netconf")).status, 0);
  EXPECT_NE(run(ssh("-o ExitOnForwardFailure=yes -N -R 0:127.0.0.1:1")).status, 0);
  EXPECT_NE(run(ssh("-W 127.0.0.1:" + port())).status, 0);
  const std::string file = keys_->write("x.@1.s", "x\n");
  const Ended elsewhere = run(scp("-O " + file, "ed25519", "esa", "/etc/"));
  EXPECT_NE(elsewhere.status, 0);
  EXPECT_NE(elsewhere.output.find("files go into /upload"), std::string::npos);
  EXPECT_NE(run(scp(file, "ed25519", "esa", "/etc/")).status, 0);
  EXPECT_NE(run("scp" + common("ed25519") + "-O -P " + port() + " esa@127.0.0.1:/upload/x " +
                keys_->path("fetched"))
                .status,
            0);
  fs::create_directory(keys_->path("folder"));
  EXPECT_NE(run(scp("-O -r " + keys_->path("folder"))).status, 0);
  EXPECT_TRUE(store_.files().empty());
}

/// Each set of client options that is weak, and which only `legacy_algorithms` may let in.
struct Weak {
  const char* options;
  const char* key;
  const char* user;
  bool legacy;
};

TEST_F(SshServerTest, WeakAlgorithmsAreOffAndSomeCanBeSwitchedOn) {
  const Weak table[] = {
      {"-o KexAlgorithms=diffie-hellman-group14-sha1", "ed25519", "esa", true},
      {"-o HostKeyAlgorithms=ssh-rsa", "ed25519", "esa", true},
      {"-o PubkeyAcceptedAlgorithms=ssh-rsa", "rsa", "old", true},
      {"-o Ciphers=aes128-ctr -o MACs=hmac-sha1", "ed25519", "esa", true},
      {"-o RequiredRSASize=1024", "short", "short", true},
      {"-o KexAlgorithms=diffie-hellman-group1-sha1", "ed25519", "esa", false},
      {"-o KexAlgorithms=diffie-hellman-group-exchange-sha1", "ed25519", "esa", false},
      {"-o Ciphers=3des-cbc", "ed25519", "esa", false},
      {"-o Ciphers=aes128-cbc", "ed25519", "esa", false},
      {"-o MACs=hmac-md5 -o Ciphers=aes128-ctr", "ed25519", "esa", false},
  };
  const std::string file = keys_->write("w.@1.s", "x\n");
  for (const bool legacy : {false, true}) {
    SshServerOptions options;
    options.legacy_algorithms = legacy;
    options.connections_per_second = 1000;
    serve(options);
    EXPECT_EQ(run(scp("-O " + file)).status, 0);
    for (const Weak& weak : table) {
      const Ended pushed = run(scp(std::string{weak.options} + " -O " + file, weak.key, weak.user));
      EXPECT_EQ(pushed.status == 0, legacy && weak.legacy)
          << weak.options << " legacy " << legacy << ": " << pushed.output;
    }
  }
}

TEST_F(SshServerTest, EveryModernAlgorithmThatIsOfferedWorks) {
  SshServerOptions options;
  options.connections_per_second = 1000;
  serve(options);
  const std::string file = keys_->write("m.@1.s", "x\n");
  const Algorithms offered = algorithms(false);
  const auto each = [&](const std::string& option, std::string list, const std::string& more) {
    while (!list.empty()) {
      const auto end = std::min(list.find(','), list.size());
      const std::string one = list.substr(0, end);
      const Ended pushed = run(scp("-o " + option + "=" + one + more + " -O " + file));
      EXPECT_EQ(pushed.status, 0) << one << ": " << pushed.output;
      list.erase(0, end + 1);
    }
  };
  each("KexAlgorithms", offered.key_exchange, "");
  each("HostKeyAlgorithms", offered.host_keys, "");
  each("Ciphers", offered.ciphers, "");
  each("MACs", offered.macs, " -o Ciphers=aes128-ctr");
}

TEST_F(SshServerTest, AClientWithoutACommonAlgorithmIsToldWithItsList) {
  serve();
  run(ssh("-o KexAlgorithms=diffie-hellman-group14-sha1 id"));
  ASSERT_TRUE(store_.await_incident("ssh/no-common-algorithm"));
  const std::string text = store_.incident_text("ssh/no-common-algorithm");
  EXPECT_NE(text.find("diffie-hellman-group14-sha1"), std::string::npos) << text;
  EXPECT_NE(text.find("legacy_algorithms: true"), std::string::npos) << text;
}

TEST_F(SshServerTest, SixteenSessionsOfOneHostPushAtOnce) {
  SshServerOptions options;
  options.connections_per_second = 100;
  serve(options);
  std::vector<std::thread> clients;
  std::atomic<int> failed{0};
  const std::string content = log_text(3000);
  for (int i = 0; i < 16; ++i) {
    const std::string file = keys_->write("p" + std::to_string(i) + ".@1.s", content);
    clients.emplace_back([this, file, i, &failed] {
      if (run(scp((i % 2 == 0 ? "-O " : "") + file)).status != 0) ++failed;
    });
  }
  for (auto& client : clients)
    client.join();
  EXPECT_EQ(failed, 0);
  const auto files = store_.files();
  EXPECT_EQ(files.size(), 16U);
  for (const auto& [name, bytes] : files)
    EXPECT_EQ(bytes, content) << name;
  EXPECT_EQ(server_->counts().files, 16U);
}

/// A bare TCP connection that says what it is told to.
class Bare {
 public:
  explicit Bare(std::uint16_t port) {
    pipe_ = popen(("timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(port) +
                   "; cat <&3 | wc -c' 2>/dev/null")
                      .c_str(),
                  "r");
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() { pclose(pipe_); }
  /// Bytes that came until the server ended the connection.
  int await_end() {
    int bytes = -1;
    return fscanf(pipe_, "%d", &bytes) == 1 ? bytes : -1;
  }

 private:
  FILE* pipe_;
};

TEST_F(SshServerTest, WhoDoesNotLogInIsHungUpOn) {
  SshServerOptions options;
  options.login_grace = std::chrono::milliseconds{300};
  serve(options);
  Bare silent(server_->port());
  EXPECT_GT(silent.await_end(), 0) << "the greeting";
  EXPECT_TRUE(store_.await_incident("ssh/login-timeout"));
}

TEST_F(SshServerTest, WhoSendsNothingAfterTheLoginIsHungUpOn) {
  SshServerOptions options;
  options.idle_timeout = std::chrono::milliseconds{500};
  serve(options);
  const auto begun = clock_.steady();
  EXPECT_NE(run(ssh("-N")).status, 0);
  EXPECT_TRUE(store_.await_incident("ssh/idle"));
  EXPECT_LT(clock_.steady() - begun, std::chrono::seconds{20});
}

TEST_F(SshServerTest, AFloodOfConnectionsIsRefusedBeforeAnyCryptography) {
  SshServerOptions options;
  options.connections_per_second = 1;
  options.max_connections_per_host = 2;
  serve(options);
  std::vector<std::unique_ptr<Bare>> callers;
  for (int i = 0; i < 8; ++i)
    callers.push_back(std::make_unique<Bare>(server_->port()));
  EXPECT_TRUE(store_.await_incident("ssh/too-many-connections"));
  server_.reset();
}

TEST_F(SshServerTest, StoppingWaitsForWhatIsWholeAndTellsThePeer) {
  serve();
  store_.hold = true;
  Ended result;
  std::thread client([&] { result = run(scp("-O " + keys_->write("last.@1.s", "x\n"))); });
  ASSERT_TRUE(store_.await_held(1));
  std::promise<void> stopped;
  server_->stop([&] { stopped.set_value(); });
  store_.release();
  EXPECT_EQ(stopped.get_future().wait_for(kDeadline), std::future_status::ready);
  client.join();
  EXPECT_EQ(store_.files().count("last.@1.s"), 1U);
  EXPECT_EQ(result.output.find("lost connection"), std::string::npos) << result.output;
}

TEST_F(SshServerTest, HostKeysAreMadeOnceAndKept) {
  const std::string folder = keys_->path("host");
  ASSERT_EQ(keys_->host_keys.size(), 3U);
  const auto again = make_host_keys(folder, *keys_->files);
  ASSERT_TRUE(again);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*again)[i].fingerprint, keys_->host_keys[i].fingerprint);
    struct stat status {};
    ASSERT_EQ(stat((*again)[i].path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const Ended told = run("ssh-keygen -l -f " + (*again)[i].path);
    EXPECT_NE(told.output.find((*again)[i].fingerprint), std::string::npos) << told.output;
  }
  EXPECT_EQ(run("ssh-keygen -l -f " + folder + "/ssh_host_rsa_key").output.substr(0, 4), "3072");
}

TEST_F(SshServerTest, HostKeysThatOthersCanReadOrThatAreNoneAreRefused) {
  const std::string folder = keys_->path("bad");
  fs::create_directory(folder);
  fs::copy_file(keys_->path("host/ssh_host_ed25519_key"), folder + "/ssh_host_ed25519_key");
  chmod((folder + "/ssh_host_ed25519_key").c_str(), 0644);
  EXPECT_EQ(read_host_keys(folder, *keys_->files).error().code, "ssh/host-key-exposed");
  keys_->write("bad/ssh_host_ed25519_key", "nonsense");
  chmod((folder + "/ssh_host_ed25519_key").c_str(), 0600);
  EXPECT_EQ(read_host_keys(folder, *keys_->files).error().code, "ssh/host-key-unreadable");
}

TEST_F(SshServerTest, APortThatIsTakenIsAFailureWithACure) {
  serve();
  SshServerOptions options;
  options.address = "127.0.0.1";
  options.port = server_->port();
  options.host_keys = keys_->host_keys;
  const auto second = start_ssh_server(options, keys_of(), store_, store_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "net/listen-port");
  EXPECT_NE(second.error().next_step.find("ss -lnp"), std::string::npos);
}

}  // namespace
}  // namespace cistern::net::ssh
