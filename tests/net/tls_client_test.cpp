// A TLS client against servers that are not what they should be.
#include "net/tls_client.hpp"

#include "base/clock.hpp"
#include "made_certificate.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cistern::net {
namespace {

using std::chrono::seconds;

struct ServerWish {
  const MadeCertificate* certificate = nullptr;
  const MadeCertificate* asks_client_of = nullptr;  ///< The authority of its clients.
  int newest = TLS1_3_VERSION;
  bool tls = true;  ///< Otherwise it answers with something else.
};

/// Takes one connection at a time, on a thread, and notes what a client says inside.
class TlsServer {
 public:
  explicit TlsServer(const ServerWish& wish)
      : wish_(wish), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    if (wish_.tls) prepare();
    thread_ = std::thread([this] { serve(); });
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    ends_ = true;
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  [[nodiscard]] PeerAddress address() const { return {"127.0.0.1", port_}; }
  /// After the end of a connection.
  [[nodiscard]] std::size_t heard() const { return heard_; }
  [[nodiscard]] int ended() const { return ended_; }

 private:
  void prepare() {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_max_proto_version(context_, wish_.newest);
    SSL_CTX_use_certificate(context_, wish_.certificate->certificate());
    SSL_CTX_use_PrivateKey(context_, wish_.certificate->key());
    if (wish_.asks_client_of == nullptr) return;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), wish_.asks_client_of->certificate());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }

  void serve() {
    // OpenSSL's own sockets raise it; the client under test must not need this.
    sigset_t pipe{};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    while (!ends_) {
      pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      const timeval patience{.tv_sec = 10, .tv_usec = 0};
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      if (wish_.tls) {
        talk(socket);
      } else {
        const std::string_view other = "220 mail.example.com ready for mail\r\n";
        static_cast<void>(::send(socket, other.data(), other.size(), MSG_NOSIGNAL));
      }
      ::close(socket);
      ++ended_;
    }
  }

  void talk(int socket) {
    SSL* const tls = SSL_new(context_);
    SSL_set_fd(tls, socket);
    std::array<char, 4096> into{};
    if (SSL_accept(tls) == 1) {
      for (int got = 0; (got = SSL_read(tls, into.data(), into.size())) > 0;)
        heard_ += static_cast<std::size_t>(got);
    }
    SSL_free(tls);
  }

  ServerWish wish_;
  int listener_;
  std::uint16_t port_ = 0;
  SSL_CTX* context_ = nullptr;
  std::atomic<bool> ends_{false};
  std::atomic<std::size_t> heard_{0};
  std::atomic<int> ended_{0};
  std::thread thread_;
};

class TlsClientTest : public ::testing::Test {
 protected:
  TlsClientTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "cistern-tls-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder");
    folder_ = folder;
    options_.ca_file = file("ca.pem", authority_.certificate_pem());
  }
  ~TlsClientTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream{path} << text;
    return path;
  }
  Result<std::unique_ptr<Connection>> connect(const TlsServer& server) {
    client_ = TlsClient::make(options_, SystemClock{}.now());
    if (!client_) return fail(client_.error());
    return (*client_)->connect(server.address(), times_, cancellation_);
  }
  /// The code of the failure, after a look at what belongs to each.
  std::string refusal(const TlsServer& server, Verdict verdict) {
    const auto made = connect(server);
    if (made) return "none";
    EXPECT_EQ(made.error().verdict, verdict) << made.error().sentence();
    EXPECT_FALSE(made.error().next_step.empty());
    EXPECT_EQ(server.heard(), 0U);
    return made.error().code;
  }

  std::string folder_;
  MadeCertificate authority_{
      {.names = "DNS:authority", .common_name = "authority", .authority = true}};
  MadeCertificate sound_{{.common_name = "receiver", .issuer = &authority_}};
  TlsClientOptions options_;
  SocketTimes times_{.connect = seconds{5}, .progress = seconds{5}};
  Cancellation cancellation_;
  Result<std::unique_ptr<TlsClient>> client_;
};

TEST_F(TlsClientTest, WritesAndKnowsWhenItIsAcknowledged) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server{{.certificate = &sound_, .newest = version}};
    auto made = connect(server);
    ASSERT_TRUE(made) << made.error().sentence();
    const std::string text(1'000'000, 'x');
    ASSERT_TRUE(write_all(**made, text, seconds{10}));
    ASSERT_TRUE(await_acknowledged(**made, seconds{10}));
    (*made)->close();
    for (int i = 0; server.ended() == 0 && i < 10000; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    EXPECT_EQ(server.heard(), text.size());
  }
}

TEST_F(TlsClientTest, EachCertificateThatIsWrongHasItsOwnCode) {
  const MadeCertificate other_host{
      {.names = "DNS:siem.other.example", .common_name = "other", .issuer = &authority_}};
  const MadeCertificate old{
      {.valid_from = -7200, .valid_until = -3600, .common_name = "old", .issuer = &authority_}};
  const MadeCertificate early{
      {.valid_from = 3600, .valid_until = 7200, .common_name = "early", .issuer = &authority_}};
  const MadeCertificate foreigner{
      {.names = "DNS:foreigner", .common_name = "foreigner", .authority = true}};
  const MadeCertificate foreign{{.common_name = "foreign", .issuer = &foreigner}};
  const MadeCertificate own{{.common_name = "own"}};
  const struct {
    const MadeCertificate& certificate;
    const char* code;
  } cases[] = {{other_host, "net/certificate-host"},
               {old, "net/certificate-expired"},
               {early, "net/certificate-not-yet-valid"},
               {foreign, "net/certificate-issuer"},
               {own, "net/certificate-self-signed"}};
  for (const auto& one : cases) {
    const TlsServer server{{.certificate = &one.certificate}};
    EXPECT_EQ(refusal(server, Verdict::stop), one.code);
  }
}

TEST_F(TlsClientTest, TheNameMayBeAnotherThanTheAddress) {
  const MadeCertificate named{
      {.names = "DNS:siem.example.com", .common_name = "named", .issuer = &authority_}};
  const TlsServer server{{.certificate = &named}};
  options_.server_name = "siem.example.com";
  EXPECT_TRUE(connect(server));
}

TEST_F(TlsClientTest, AFingerprintTakesThePlaceOfTheAuthorities) {
  const MadeCertificate own{{.names = "DNS:whatever", .common_name = "own"}};
  const TlsServer server{{.certificate = &own}};
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  X509_digest(own.certificate(), EVP_sha256(), digest.data(), &size);
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
    hex += ':';
  }
  hex.pop_back();
  options_.fingerprint = normal_fingerprint(hex).value_or("");
  // With authorities both must hold.
  EXPECT_EQ(refusal(server, Verdict::stop), "net/certificate-self-signed");
  options_.ca_file.clear();
  EXPECT_TRUE(connect(server));
  options_.fingerprint[0] = options_.fingerprint[0] == '0' ? '1' : '0';
  EXPECT_EQ(refusal(server, Verdict::stop), "net/certificate-pin");
}

TEST_F(TlsClientTest, AServerThatRefusesTheClientIsHeardBeforeAnythingIsSent) {
  const MadeCertificate stranger{{.common_name = "stranger"}};
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsServer server{
        {.certificate = &sound_, .asks_client_of = &authority_, .newest = version}};
    options_.certificate_file = file("c.pem", stranger.certificate_pem() + stranger.key_pem());
    EXPECT_EQ(refusal(server, Verdict::stop), "net/client-certificate") << version;
    const MadeCertificate known{{.common_name = "client", .issuer = &authority_}};
    options_.certificate_file = file("c.pem", known.certificate_pem());
    options_.key_file = file("k.pem", known.key_pem("open sesame"));
    options_.passphrase = Secret{"open sesame"};
    const auto made = connect(server);
    EXPECT_TRUE(made) << made.error().sentence();
    options_.key_file.clear();
  }
}

TEST_F(TlsClientTest, AServerWithoutTlsIsNamed) {
  const TlsServer server{{.tls = false}};
  EXPECT_EQ(refusal(server, Verdict::retry), "net/tls-none");
}

TEST_F(TlsClientTest, FilesThatCannotBeUsedAreFoundWithoutAConnection) {
  const auto code = [&] {
    const auto made = TlsClient::make(options_, SystemClock{}.now());
    return made ? std::string{"none"} : made.error().code;
  };
  const auto authorities = std::exchange(options_.ca_file, file("bad.pem", "nothing"));
  EXPECT_EQ(code(), "net/ca-file");
  options_.ca_file = folder_ + "/missing.pem";
  EXPECT_EQ(code(), "net/ca-file");
  options_.ca_file = authorities;
  options_.certificate_file = file("c.pem", "nothing");
  EXPECT_EQ(code(), "net/certificate-unreadable");
  options_.certificate_file = file("c.pem", sound_.certificate_pem());
  EXPECT_EQ(code(), "net/key-unreadable");
  options_.key_file = file("k.pem", sound_.key_pem("open sesame"));
  options_.passphrase = Secret{"wrong"};
  EXPECT_EQ(code(), "net/key-unreadable");
  options_.key_file = file("k.pem", authority_.key_pem());
  EXPECT_EQ(code(), "net/key-mismatch");
  options_.key_file = file("k.pem", sound_.key_pem());
  EXPECT_EQ(code(), "none");
  const MadeCertificate old{{.valid_from = -7200, .valid_until = -3600}};
  options_.certificate_file = file("old.pem", old.certificate_pem() + old.key_pem());
  options_.key_file.clear();
  EXPECT_EQ(code(), "net/client-certificate-expired");
}

TEST_F(TlsClientTest, FingerprintsAreReadAsPeopleWriteThem) {
  const std::string digits(64, 'a');
  EXPECT_EQ(normal_fingerprint("SHA256:" + std::string(64, 'A')), digits);
  EXPECT_FALSE(normal_fingerprint(digits + "a"));
  EXPECT_FALSE(normal_fingerprint(""));
  EXPECT_FALSE(normal_fingerprint(std::string(64, 'g')));
}

}  // namespace
}  // namespace cistern::net
