// The Entra simulator refuses what Entra refuses.
#include "lab/entra/crypto.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace cistern::lab {

namespace {

class EntraTest : public LabTest {
 protected:
  void SetUp() override { start(); }

  void settings(const std::string& json) const {
    const auto reply = post("/lab/tenants/" + lab_tenant_id(1), json);
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
};

boost::json::object object_of(const ClientReply& reply) {
  return boost::json::parse(reply.body).as_object();
}

TEST_F(EntraTest, GivesNumbersOnV2AndStringsOnV1) {
  const auto v2 = object_of(token_reply(form()));
  EXPECT_EQ(v2.at("token_type").as_string(), "Bearer");
  EXPECT_EQ(v2.at("expires_in").as_int64(), 3599);
  EXPECT_FALSE(v2.contains("resource"));
  const auto v1 = object_of(
      token_reply("grant_type=client_credentials&client_id=" + std::string(kLabClientId) +
                      "&client_secret=lab-secret&resource=https%3A%2F%2Fmanage.office.com",
                  "/oauth2/token"));
  EXPECT_EQ(v1.at("expires_in").as_string(), "3599");
  EXPECT_EQ(v1.at("resource").as_string(), "https://manage.office.com");
}

TEST_F(EntraTest, TokenNamesTenantAudienceAndRoles) {
  const auto parts = split_jws(token());
  ASSERT_TRUE(parts);
  const auto claims = boost::json::parse(parts->payload).as_object();
  EXPECT_EQ(claims.at("tid").as_string(), lab_tenant_id(1));
  EXPECT_EQ(claims.at("aud").as_string(), "https://manage.office.com");
  EXPECT_EQ(claims.at("exp").as_int64(), unix_seconds(clock.now()) + 3599);
  EXPECT_EQ(claims.at("roles").as_array().size(), 2U);
  const auto roleless = split_jws(token(lab_tenant_id(1), kLabRolelessClientId));
  EXPECT_FALSE(boost::json::parse(roleless->payload).as_object().contains("roles"));
}

TEST_F(EntraTest, SecretsArePercentDecoded) {
  EXPECT_EQ(token_reply(form(kLabOddClientSecret)).status, 200);
  // The same secret without encoding arrives as another one.
  const auto raw = "grant_type=client_credentials&client_id=" + std::string(kLabClientId) +
                   "&client_secret=Lab8Q~odd+secret/with=signs%26100%25&scope=https://"
                   "manage.office.com/.default";
  EXPECT_EQ(number_of(token_reply(raw)), 7000215);
}

TEST_F(EntraTest, RefusesEachWrongField) {
  const std::string scope = "&scope=https%3A%2F%2Fmanage.office.com%2F.default";
  const std::string id = "&client_id=" + std::string(kLabClientId);
  const std::string grant = "grant_type=client_credentials";
  const std::string secret = "&client_secret=lab-secret";
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {id + secret + scope, 900144},
      {"grant_type=password" + id + secret + scope, 70003},
      {grant + secret + scope, 900144},
      {grant + id + scope, 7000218},
      {grant + id + secret, 900144},
      {grant + id + secret + "&scope=.default", 700023},
      {grant + id + secret + "&scope=https%3A%2F%2Fmanage.office.com", 70011},
      {grant + id + secret + "&scope=https%3A%2F%2Fevil.example%2F.default", 500011},
      {grant + id + secret + scope + "&resource=https%3A%2F%2Fmanage.office.com", 901002},
      {grant + id + secret + secret + scope, 9002313},
      {grant + id + "&client_secret=%zz" + scope, 9002313},
      {grant + id + "&client_secret=wrong" + scope, 7000215},
      {grant + "&client_id=aaaaaaaa-0000-4000-8000-00000000ffff" + secret + scope, 700016},
      {grant + id + "&client_assertion=a.b.c" + scope, 900144},
  };
  for (const auto& [body, number] : cases) {
    const auto reply = token_reply(body);
    EXPECT_EQ(number_of(reply), number) << body << "\n" << reply.body;
    EXPECT_GE(reply.status, 400) << body;
  }
}

TEST_F(EntraTest, RefusesMethodTypeAndTenant) {
  EXPECT_EQ(number_of(get("/" + lab_tenant_id(1) + "/oauth2/v2.0/token")), 900561);
  EXPECT_EQ(number_of(post("/" + lab_tenant_id(1) + "/oauth2/v2.0/token", form(),
                           {{"Content-Type", "application/json"}})),
            900144);
  EXPECT_EQ(number_of(token_reply(form(), "/oauth2/v2.0/token", "common")), 9001023);
  EXPECT_EQ(number_of(token_reply(form(), "/oauth2/v2.0/token", lab_tenant_id(77))), 90002);
  EXPECT_EQ(token_reply(form(), "/oauth2/v2.0/token", "contoso1.onmicrosoft.com").status, 200);
}

TEST_F(EntraTest, ErrorsCarryWhatSupportAsksFor) {
  const auto body = object_of(token_reply(form("wrong")));
  EXPECT_EQ(body.at("error").as_string(), "invalid_client");
  EXPECT_EQ(body.at("timestamp").as_string(), "2026-03-04 05:06:07Z");
  EXPECT_EQ(body.at("correlation_id").as_string().size(), 36U);
  EXPECT_EQ(body.at("trace_id").as_string().size(), 36U);
}

TEST_F(EntraTest, TenantSwitches) {
  EXPECT_EQ(number_of(token_reply(form(kLabClientSecret, kLabExpiredClientId))), 7000222);
  settings(R"({"secret_expired":true})");
  EXPECT_EQ(number_of(token_reply(form())), 7000222);
  settings(R"({"secret_expired":false,"token_error":53003})");
  EXPECT_EQ(number_of(token_reply(form())), 53003);
  settings(R"({"token_error":0,"other_cloud":true})");
  EXPECT_EQ(number_of(token_reply(form())), 900382);
  settings(R"({"other_cloud":false,"token_requests_per_minute":1,"token_lifetime":90})");
  EXPECT_EQ(object_of(token_reply(form())).at("expires_in").as_int64(), 90);
  EXPECT_EQ(number_of(token_reply(form())), 50196);
  EXPECT_EQ(post("/lab/tenants/" + lab_tenant_id(1), R"({"token_eror":1})").status, 400);
}

TEST_F(EntraTest, OpenIdConfigurationByGuidAndDomain) {
  for (const auto& tenant : {lab_tenant_id(1), lab_tenant_domain(1)}) {
    const auto body = object_of(get("/" + tenant + "/v2.0/.well-known/openid-configuration"));
    EXPECT_EQ(body.at("token_endpoint").as_string(),
              lab_->url() + "/" + lab_tenant_id(1) + "/oauth2/v2.0/token");
  }
  EXPECT_EQ(number_of(get("/fabrikam.onmicrosoft.com/.well-known/openid-configuration")), 90002);
}

// ---- client assertions, made here with OpenSSL ----

struct AssertionParts {
  std::string algorithm = "RS256";
  std::string thumbprint_name = "x5t";
  std::string audience;
  std::string issuer{kLabClientId};
  std::string subject{kLabClientId};
  std::int64_t expires = 0;
};

class AssertionTest : public EntraTest {
 protected:
  void SetUp() override {
    key_ = std::move(*make_rsa_key());
    certificate_ = std::move(*self_sign(key_.get(), unix_seconds(clock.now())));
    auto options = calm();
    options.certificates = {certificate_pem(certificate_.get())};
    start(options);
  }

  AssertionParts parts() const {
    AssertionParts result;
    result.audience = lab_->url() + "/" + lab_tenant_id(1) + "/oauth2/v2.0/token";
    result.expires = unix_seconds(clock.now()) + 300;
    return result;
  }

  std::string assertion(const AssertionParts& parts, EVP_PKEY* key) const {
    const auto thumbprint = parts.thumbprint_name == "x5t" ? sha1_thumbprint(certificate_.get())
                                                           : sha256_thumbprint(certificate_.get());
    boost::json::object header{{"alg", parts.algorithm},
                               {"typ", "JWT"},
                               {parts.thumbprint_name, base64url_encode(thumbprint)}};
    boost::json::object claims{{"aud", parts.audience},      {"iss", parts.issuer},
                               {"sub", parts.subject},       {"jti", "1"},
                               {"nbf", parts.expires - 300}, {"exp", parts.expires}};
    const auto text = base64url_encode(boost::json::serialize(header)) + "." +
                      base64url_encode(boost::json::serialize(claims));
    const auto signature = parts.algorithm == "PS256" ? sign_pss(key, text) : sign_rs256(key, text);
    return text + "." + base64url_encode(signature);
  }

  static std::string sign_pss(EVP_PKEY* key, std::string_view text) {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestSignInit(context, &parameters, EVP_sha256(), nullptr, key);
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32);
    std::string signature(256, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    return signature;
  }

  ClientReply ask(const AssertionParts& parts, EVP_PKEY* key = nullptr) const {
    return token_reply(
        "grant_type=client_credentials&client_id=" + std::string(kLabClientId) +
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        "&client_assertion=" +
        assertion(parts, key == nullptr ? key_.get() : key) +
        "&scope=https%3A%2F%2Fmanage.office.com%2F.default");
  }

  Key key_;
  Certificate certificate_;
};

TEST_F(AssertionTest, TakesBothDocumentedForms) {
  EXPECT_EQ(ask(parts()).status, 200);
  auto modern = parts();
  modern.algorithm = "PS256";
  modern.thumbprint_name = "x5t#S256";
  EXPECT_EQ(ask(modern).status, 200);
}

TEST_F(AssertionTest, RefusesEachFault) {
  auto mixed = parts();
  mixed.algorithm = "PS256";
  EXPECT_EQ(number_of(ask(mixed)), 700027);
  auto audience = parts();
  audience.audience = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
  EXPECT_EQ(number_of(ask(audience)), 50013);
  auto expired = parts();
  expired.expires = unix_seconds(clock.now()) - 1;
  EXPECT_EQ(number_of(ask(expired)), 700024);
  auto future = parts();
  future.expires += 86'400;
  EXPECT_EQ(number_of(ask(future)), 700024);
  auto subject = parts();
  subject.subject = "somebody";
  EXPECT_EQ(number_of(ask(subject)), 50048);
  const auto other = std::move(*make_rsa_key());
  EXPECT_EQ(number_of(ask(parts(), other.get())), 700027);
}

}  // namespace

}  // namespace cistern::lab
