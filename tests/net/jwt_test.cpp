#include "base/bytes.hpp"
#include "entra_support.hpp"
#include "made_certificate.hpp"
#include "net/oauth2.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAudience = "https://login.microsoftonline.com/" + kTenant + "/oauth2/v2.0/token";

TimePoint real_now() {
  return std::chrono::floor<std::chrono::seconds>(SystemClock{}.now());
}

/// Made once: RSA keys take their time.
const MadeCertificate& rsa_certificate() {
  static const MadeCertificate made({.rsa_bits = 2048});
  return made;
}

ClientCertificate source_of(const MadeCertificate& made, AssertionAlgorithm algorithm) {
  return {.certificate_pem = made.certificate_pem(),
          .private_key_pem = Secret{made.key_pem()},
          .passphrase = {},
          .algorithm = algorithm};
}

std::vector<std::string> parts_of(const Secret& token) {
  return token.use([](std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
      const auto dot = text.find('.');
      parts.emplace_back(text.substr(0, dot));
      if (dot == std::string_view::npos) return parts;
      text.remove_prefix(dot + 1);
    }
  });
}

std::string digest_of(const MadeCertificate& made, const EVP_MD* kind) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(made.certificate(), kind, bytes, &size);
  return base64url_encode({reinterpret_cast<const char*>(bytes), size});
}

std::vector<std::string> assertion_parts(AssertionAlgorithm algorithm, TimePoint now = real_now()) {
  SeededRandom random{3};
  const auto made =
      client_assertion(source_of(rsa_certificate(), algorithm), kClient, kAudience, now, random);
  EXPECT_TRUE(made.has_value()) << made.error().sentence();
  return parts_of(made.value());
}

json::object decoded(const std::string& part) {
  return json::parse(base64url_decode(part).value()).get_object();
}

TEST(ClientAssertion, Ps256GoesWithTheSha256Thumbprint) {
  const auto header = decoded(assertion_parts(AssertionAlgorithm::ps256).at(0));
  EXPECT_EQ(header.size(), 3U);
  EXPECT_EQ(header.at("alg").as_string(), "PS256");
  EXPECT_EQ(header.at("typ").as_string(), "JWT");
  const std::string print{header.at("x5t#S256").as_string().c_str()};
  EXPECT_EQ(print, digest_of(rsa_certificate(), EVP_sha256()));
  EXPECT_EQ(print.size(), 43U);
}

TEST(ClientAssertion, Rs256GoesWithTheSha1Thumbprint) {
  const auto header = decoded(assertion_parts(AssertionAlgorithm::rs256).at(0));
  EXPECT_EQ(header.size(), 3U);
  EXPECT_EQ(header.at("alg").as_string(), "RS256");
  const std::string print{header.at("x5t").as_string().c_str()};
  EXPECT_EQ(print, digest_of(rsa_certificate(), EVP_sha1()));
  EXPECT_EQ(print.size(), 27U);
}

TEST(ClientAssertion, ClaimsAreThoseOfTheVendor) {
  const TimePoint now = real_now();
  const auto claims = decoded(assertion_parts(AssertionAlgorithm::ps256, now).at(1));
  EXPECT_EQ(claims.at("aud").as_string(), kAudience);
  EXPECT_EQ(claims.at("iss").as_string(), kClient);
  EXPECT_EQ(claims.at("sub").as_string(), kClient);
  EXPECT_EQ(claims.at("jti").as_string().size(), 36U);
  EXPECT_EQ(claims.at("iat").as_int64(), unix_seconds(now));
  EXPECT_EQ(claims.at("nbf").as_int64(), unix_seconds(now) - 60);
  EXPECT_EQ(claims.at("exp").as_int64(), claims.at("nbf").as_int64() + 600);
}

TEST(ClientAssertion, EachHasItsOwnId) {
  SystemRandom random;
  const ClientCertificate source = source_of(rsa_certificate(), AssertionAlgorithm::rs256);
  const auto one = client_assertion(source, kClient, kAudience, real_now(), random);
  const auto two = client_assertion(source, kClient, kAudience, real_now(), random);
  EXPECT_NE(decoded(parts_of(one.value()).at(1)).at("jti"),
            decoded(parts_of(two.value()).at(1)).at("jti"));
}

class OpensslCheck : public ::testing::Test {
 protected:
  OpensslCheck() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cistern-jwt-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~OpensslCheck() override { std::filesystem::remove_all(directory_); }

  /// Whether the openssl command accepts the signature.
  bool accepts(const std::vector<std::string>& parts, const std::string& padding) {
    write("key.pem", rsa_certificate().public_key_pem());
    write("text", parts.at(0) + "." + parts.at(1));
    write("signature", base64url_decode(parts.at(2)).value());
    const std::string command = "cd " + directory_.string() +
                                " && openssl dgst -sha256 -verify key.pem " + padding +
                                " -signature signature text > /dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }

 private:
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
  }
  std::filesystem::path directory_;
};

TEST_F(OpensslCheck, AcceptsBothKindsOfSignature) {
  if (std::system("openssl version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no openssl command";
  const std::string pss =
      "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256";
  const auto ps256 = assertion_parts(AssertionAlgorithm::ps256);
  const auto rs256 = assertion_parts(AssertionAlgorithm::rs256);
  EXPECT_TRUE(accepts(ps256, pss));
  EXPECT_TRUE(accepts(rs256, ""));
  EXPECT_FALSE(accepts(rs256, pss)) << "the check itself must tell them apart";
  auto altered = ps256;
  altered.at(1).front() = altered.at(1).front() == 'a' ? 'b' : 'a';
  EXPECT_FALSE(accepts(altered, pss));
}

std::string refused_code(const ClientCertificate& source, TimePoint now = real_now()) {
  SeededRandom random{1};
  const auto made = client_assertion(source, kClient, kAudience, now, random);
  if (made) return "accepted";
  EXPECT_EQ(made.error().verdict, Verdict::stop);
  EXPECT_FALSE(made.error().next_step.empty());
  EXPECT_THAT(made.error().sentence(), Not(HasSubstr("PRIVATE KEY-----\nM")));
  EXPECT_THAT(made.error().sentence(), Not(HasSubstr("planted-passphrase")));
  return made.error().code;
}

TEST(ClientAssertion, CertificatesOutOfTheirTimeAreFoundBeforeAnyRequest) {
  const ClientCertificate source = source_of(rsa_certificate(), AssertionAlgorithm::ps256);
  EXPECT_EQ(refused_code(source, real_now() + std::chrono::hours{3}), "entra/certificate-expired");
  EXPECT_EQ(refused_code(source, real_now() - std::chrono::hours{3}),
            "entra/certificate-not-yet-valid");
}

TEST(ClientAssertion, KeysThatCannotWorkAreNamed) {
  const MadeCertificate other({.rsa_bits = 2048});
  ClientCertificate source = source_of(rsa_certificate(), AssertionAlgorithm::ps256);
  source.private_key_pem = Secret{other.key_pem()};
  EXPECT_EQ(refused_code(source), "entra/key-mismatch");
  EXPECT_EQ(refused_code(source_of(MadeCertificate({.rsa_bits = 1024}), AssertionAlgorithm::ps256)),
            "entra/key-too-small");
  EXPECT_EQ(refused_code(source_of(MadeCertificate({}), AssertionAlgorithm::ps256)),
            "entra/key-kind");
}

TEST(ClientAssertion, UnreadablePemIsNamed) {
  ClientCertificate source = source_of(rsa_certificate(), AssertionAlgorithm::ps256);
  source.private_key_pem =
      Secret{"-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n"};
  EXPECT_EQ(refused_code(source), "entra/key-unreadable");
  source.private_key_pem = Secret{};
  EXPECT_EQ(refused_code(source), "entra/key-unreadable");
  source = source_of(rsa_certificate(), AssertionAlgorithm::ps256);
  source.certificate_pem = "\x30\x82\x01\x02";
  EXPECT_EQ(refused_code(source), "entra/certificate-unreadable");
  source.certificate_pem.clear();
  EXPECT_EQ(refused_code(source), "entra/certificate-unreadable");
}

TEST(ClientAssertion, EncryptedKeysNeedTheirPassphrase) {
  ClientCertificate source = source_of(rsa_certificate(), AssertionAlgorithm::ps256);
  source.private_key_pem = Secret{rsa_certificate().key_pem("planted-passphrase")};
  EXPECT_EQ(refused_code(source), "entra/key-unreadable");
  source.passphrase = Secret{"planted-passphrase-wrong"};
  EXPECT_EQ(refused_code(source), "entra/key-unreadable");
  source.passphrase = Secret{"planted-passphrase"};
  EXPECT_EQ(refused_code(source), "accepted");
}

TEST(InspectCertificate, SaysSubjectTimeAndThumbprint) {
  const auto facts = inspect_certificate(rsa_certificate().certificate_pem());
  ASSERT_TRUE(facts.has_value());
  EXPECT_THAT(facts->subject, HasSubstr("CN=test"));
  EXPECT_EQ(facts->valid_until - facts->valid_from, std::chrono::hours{2});
  EXPECT_EQ(facts->sha1_thumbprint.size(), 40U);
  EXPECT_EQ(base64url_encode(hex_decode(facts->sha1_thumbprint).value()),
            digest_of(rsa_certificate(), EVP_sha1()));
  EXPECT_EQ(inspect_certificate("nothing").error().code, "entra/certificate-unreadable");
}

TEST(DecodeToken, ReadsTheDiagnosticClaims) {
  const auto grant = decode_token(
      made_token(R"({"aud":"https://manage.office.com","tid":")" + kTenant +
                 R"(","exp":1772603900,"roles":["ActivityFeed.Read",7,"ActivityFeed.ReadDlp"]})"));
  ASSERT_TRUE(grant.has_value());
  EXPECT_EQ(grant->audience, "https://manage.office.com");
  EXPECT_EQ(grant->tenant, kTenant);
  EXPECT_EQ(unix_seconds(grant->expires), 1772603900);
  EXPECT_THAT(grant->roles, ElementsAre("ActivityFeed.Read", "ActivityFeed.ReadDlp"));
}

TEST(DecodeToken, ATokenWithoutRolesHasNone) {
  EXPECT_TRUE(decode_token(made_token(R"({"tid":"t"})"))->roles.empty());
}

TEST(DecodeToken, WhatIsNotATokenIsNothing) {
  for (const std::string& text :
       std::vector<std::string>{"", "opaque", "a.b", "a.!!!.c", made_token("[1]"), made_token("{"),
                                made_token("{}") + ".more", made_token(std::string(2000, '[')),
                                "a." + std::string(70000, 'A') + ".c"}) {
    EXPECT_FALSE(decode_token(text).has_value()) << text.substr(0, 60);
  }
  EXPECT_EQ(decode_token(made_token(R"({"exp":99999999999999})"))->expires, TimePoint{});
}

}  // namespace
}  // namespace cistern::net
