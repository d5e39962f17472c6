#include "entra_support.hpp"
#include "net/oauth2.hpp"
#include "net/safe_url.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refused_code(const EntraOptions& options) {
  SeededRandom random{1};
  const auto request = token_request(options, kNow, random);
  if (request) return "accepted";
  EXPECT_EQ(request.error().verdict, Verdict::stop);
  EXPECT_FALSE(request.error().next_step.empty());
  EXPECT_THAT(request.error().sentence(), Not(HasSubstr(kSecretValue)));
  return request.error().code;
}

TEST(TokenRequest, AsksTheV2EndpointForTheDefaultScope) {
  SeededRandom random{1};
  const HttpRequest request = token_request(secret_options(), kNow, random).value();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://login.microsoftonline.com/" + kTenant + "/oauth2/v2.0/token");
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=" + kClient +
                              "&scope=https%3A%2F%2Fmanage.office.com%2F.default"
                              "&client_secret=Xy8Q~planted%2Fsecret%2Bvalue%3D");
  EXPECT_TRUE(request.sensitive);
  EXPECT_EQ(request.headers.at(0).value, "application/x-www-form-urlencoded");
}

TEST(TokenRequest, AsksTheV1EndpointForTheResource) {
  EntraOptions options = secret_options();
  options.endpoint = TokenEndpoint::v1;
  options.login_url = "https://login.microsoftonline.us/";
  options.resource = "https://manage.office365.us/";
  options.tenant = "contoso.onmicrosoft.us";
  SeededRandom random{1};
  const HttpRequest request = token_request(options, kNow, random).value();
  EXPECT_EQ(request.url, "https://login.microsoftonline.us/contoso.onmicrosoft.us/oauth2/token");
  EXPECT_THAT(request.body, HasSubstr("&resource=https%3A%2F%2Fmanage.office365.us&"));
  EXPECT_THAT(request.body, Not(HasSubstr("scope=")));
}

TEST(TokenRequest, PlainHttpIsForThisMachineOnly) {
  EntraOptions options = secret_options();
  for (const char* url :
       {"http://127.0.0.1:8080", "http://127.9.8.7", "http://[::1]:1", "http://localhost:80"}) {
    options.login_url = url;
    EXPECT_EQ(refused_code(options), "accepted") << url;
  }
  for (const char* url :
       {"http://login.example.com", "http://127.0.0.1.example.com", "http://localhost.example.com",
        "http://10.0.0.1", "http://[::2]", "ftp://localhost", "login.example.com", "",
        "https://user:word@login.example.com"}) {
    options.login_url = url;
    EXPECT_EQ(refused_code(options), "net/url") << url;
  }
  options = secret_options();
  options.resource = "http://manage.example.com";
  EXPECT_EQ(refused_code(options), "net/url");
}

TEST(TokenRequest, FindsWhatCannotWorkBeforeSending) {
  EntraOptions options = secret_options();
  options.credential = Secret{"0a1b2c3d-0000-4000-8000-00000000000F"};
  EXPECT_EQ(refused_code(options), "entra/secret-id");
  options.credential = Secret{};
  EXPECT_EQ(refused_code(options), "entra/credential-missing");
  options = secret_options();
  options.client_id.clear();
  EXPECT_EQ(refused_code(options), "entra/client-id-missing");
  for (const char* tenant : {"common", "Consumers", "organizations"}) {
    options = secret_options();
    options.tenant = tenant;
    EXPECT_EQ(refused_code(options), "entra/common-tenant");
  }
  for (const char* tenant : {"", "a/b", "..", "tenant?x", "ten ant"}) {
    options = secret_options();
    options.tenant = tenant;
    EXPECT_EQ(refused_code(options), "entra/tenant-missing") << tenant;
  }
}

}  // namespace
}  // namespace cistern::net
