// The vendor's published signature vectors, and some of our own calls computed apart from this
// code.
#include "connectors/cisco_duo/signing.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_duo/signing_authorizer.hpp"
#include "connectors/cisco_duo/wire.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_duo {
namespace {

constexpr auto kV2Sha1 = SignatureVersion::v2_sha1;
constexpr auto kV2Sha512 = SignatureVersion::v2_sha512;
constexpr auto kV5 = SignatureVersion::v5;

constexpr std::string_view kEmptyHash =
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec"
    "2f"
    "63b931bd47417a81a538327af927da3e";

Secret published_secret() {
  return Secret{"Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep"};
}

SignedRequest published() {
  SignedRequest out;
  out.date = "Tue, 21 Aug 2012 17:29:18 -0000";
  out.method = "POST";
  out.host = "api-XXXXXXXX.duosecurity.com";
  out.path = "/accounts/v1/account/list";
  out.parameters = canonical_parameters({{"username", "root"}, {"realname", "First Last"}});
  return out;
}

TEST(DuoSigning, PublishedVectorsOfVersion2) {
  EXPECT_EQ(published().parameters, "realname=First%20Last&username=root");
  EXPECT_EQ(signature_of(kV2Sha1, published(), published_secret()),
            "2d97d6166319781b5a3a07af39d366f491234edc");
  EXPECT_EQ(
      signature_of(kV2Sha512, published(), published_secret()),
      "1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30802a"
      "9ee97e59de44b304b18242f0d596d15a8122af");
}

TEST(DuoSigning, PublishedVectorOfVersion5WithABody) {
  SignedRequest request = published();
  request.parameters = canonical_parameters({{"realname", "First Last"}});
  request.body = R"({"txid":"f22b1678-252a-4070-b176-0ca2be7319fd"})";
  EXPECT_EQ(
      signature_of(kV5, request, published_secret()),
      "78f4327f831173cc78d0907e913e3c5a28fe72dd4545a342586bb67181f2ba393d20911e870362f6faba3dc6f7"
      "e9db5e93aed2f3bfc110c6dadaff4dc6179e0b");
}

TEST(DuoSigning, PublishedAuthorizationHeaders) {
  SignedRequest request = published();
  request.host = "test.duosecurity.com";
  request.path = "/test/v1";
  const Secret secret{"test_skey"};
  EXPECT_EQ(
      authorization_of(kV2Sha512, request, "test_ikey", secret),
      "Basic "
      "dGVzdF9pa2V5OjA0MmEzMGM2ODJiZDgzNmZjNWJhNDY3ODkxYTk1NmVhYTEwMDkxY2EwZjczYTdmYjM5NmFlZmQ1NmEz"
      "NTI5"
      "ZTU2OTMyZGVhNDI3YTY3MjEzYWY2NjRiYTY4NDE2ODlmZjIzMzZiN2EzNzM3NjZlYTVhYjdhYjlmZTI2MzgyMjZi");
  request.parameters.clear();
  request.body = R"({"realname":"First Last","username":"root"})";
  EXPECT_EQ(
      authorization_of(kV5, request, "test_ikey", secret),
      "Basic "
      "dGVzdF9pa2V5OjdkMDI0MDlhMTUyNzY0ODQzY2NjZDgyODRkYTE1M2IzZmI0NDZiYWFkNWY5OTg4ODYzMjVlMjRiYzlj"
      "ZDRh"
      "MjQ0ZGU4NWFkNGJmYTdlYTI4NWQ2ODIwOWYxNjA4MzU2NzNkOGI0ZjFlMWIyM2Q5Y2Q1MjFkMjZiZmU3ZjM2NmE0");
}

TEST(DuoSigning, HashesOfDuoHeaders) {
  EXPECT_EQ(
      duo_headers_hash({{"X-Duo-Header-1", "header_value_1"}}),
      "630b4bfe7e9abd03da2eee8f0a5d4e60a254ec880a839bcc2223bb5b9443e8ef24d58f0254f1f5934bf8c017eb"
      "d0fd5b1acf86766bdbe74185e712a4092df3ed");
  EXPECT_EQ(
      duo_headers_hash({{"X-Duo-B", "header_value_2"}, {"x-duo-A", "header_value_1"}}),
      "60be11a30e0756f2ee2afdce1db849b987dcf86c1133394bd7bbbc9877920330c4d78aceacbb377ab8cbd9a8ef"
      "e6a410fed4047376635ac71226ab46ca10d2b1");
  EXPECT_EQ(duo_headers_hash({{"Accept", "application/json"}}), kEmptyHash);
}

TEST(DuoSigning, ParametersAreEncodedAndSortedAsPublished) {
  EXPECT_EQ(
      canonical_parameters({{"k", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}}),
      "k=%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%7D~");
  EXPECT_EQ(canonical_parameters({{"k", "\t\n\v\f\r "}}), "k=%09%0A%0B%0C%0D%20");
  EXPECT_EQ(canonical_parameters({{"foo_bar", "2"}, {"foo", "1"}}), "foo=1&foo_bar=2");
  EXPECT_EQ(canonical_parameters(
                {{"username", "H ell?o"}, {"password", "H-._~i"}, {"password", "A(!'*)"}}),
            "password=A%28%21%27%2A%29&password=H-._~i&username=H%20ell%3Fo");
  EXPECT_EQ(canonical_parameters({}), "");
}

TEST(DuoSigning, Version5NamesBodyAndHeadersInTwoLines) {
  SignedRequest request = published();
  request.body =
      R"({"activation_code":"duo://x1bTAIQGWXppdi2ctPVn-YXBpLWR1bzEuZHVvLnRlc3Q","user_id":"DU439XKOX2W6LMYHWLEV"})";
  EXPECT_THAT(
      canonical_request(kV5, request),
      testing::EndsWith(
          "\n9ddab7d898836a76fafbb0dcef7bc83f14036b39bbb1ebbe43044f7c76338fa699eba8f0d3ecb329a0"
          "84f32ef23c8a1609efad25032923b651e6f3f6d2f7b773\n" +
          std::string{kEmptyHash}));
}

// ---- our own calls ----

constexpr TimePoint kMorning{std::chrono::seconds{1'767'605'400}};  // 2026-01-05 09:30:00

Api api() {
  return {.origin = "https://api-1a2b3c4d.duosecurity.com", .account_id = {}};
}

Credential credential(SignatureVersion version) {
  return {.integration_key = "DI0000000000EXAMPLE1",
          .secret_key = Secret{"deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"},
          .version = version,
          .origin = api().origin};
}

PageQuery window() {
  return {.from = TimePoint{std::chrono::milliseconds{1'767'603'600'000}},
          .to = TimePoint{std::chrono::milliseconds{1'767'605'280'000}},
          .token = {}};
}

/// The signature inside the header of a request that the authorizer has signed.
std::string sent_signature(HttpRequest request, SignatureVersion version) {
  const auto made = sign_request(std::move(request), credential(version), kMorning);
  if (!made) return made.error().code;
  HttpResponse headers;
  headers.headers = made->headers;
  EXPECT_EQ(headers.header("Date"), "Mon, 05 Jan 2026 09:30:00 -0000");
  const auto pair = base64_decode(headers.header("Authorization")->substr(6));
  EXPECT_TRUE(pair->starts_with("DI0000000000EXAMPLE1:"));
  return pair->substr(21);
}

TEST(DuoSigning, TheFirstPageOfALog) {
  const HttpRequest page = page_request(api(), *find_log_stream("authentication"), window());
  EXPECT_EQ(page.url,
            "https://api-1a2b3c4d.duosecurity.com/admin/v2/logs/authentication?limit=1000&maxtime="
            "1767605280000&mintime=1767603600000&sort=ts%3Aasc");
  EXPECT_EQ(sent_signature(page, kV2Sha1), "144ae89b4d8d0a52e1bd035bd38de6dd7946ea7d");
  EXPECT_EQ(
      sent_signature(page, kV2Sha512),
      "1974dae426298a4dd0246a01b1cf2bde6a870a874d5eb2e9a0c959df70a3d61622d2f87169a5ce9fd02d52222a"
      "a7f2f39e496c308205a158aa9ed6ec38989c9d");
  EXPECT_EQ(
      sent_signature(page, kV5),
      "ff10d6cae215ec1dc27947e70429dc9544b125594172abfedc3f5fd1263130872d4b9b71e163d69fabd5c10c13"
      "7b0ec7c59b195278ad639a1e7ca45af387d7c2");
}

TEST(DuoSigning, TheSecondPageOfALog) {
  PageQuery query = window();
  query.token = "1767604101123,5bea1c1e-612c-4f1d-b310-75fd31385b15";
  const HttpRequest page = page_request(api(), *find_log_stream("authentication"), query);
  EXPECT_EQ(sent_signature(page, kV2Sha1), "c0f8b173d2cadaae1acdd684ffd05be21a97459d");
  EXPECT_EQ(
      sent_signature(page, kV5),
      "1c8ca931b85b8480eebe0f939bbe357616e0430c5a49f9e80b5684f6676978159447e21440f22179e799d22e74"
      "e0c6423a22e365d4aeba9eed432a97b5dcea58");
}

TEST(DuoSigning, ACallWithoutParameters) {
  EXPECT_EQ(sent_signature(unsigned_request(api()), kV2Sha1),
            "59b296751905d2a6e035c9d43027c8d90f57e9ce");
  EXPECT_EQ(
      sent_signature(unsigned_request(api()), kV5),
      "9df70c82dd76d71b34164757bede01deaa4b8c44c1c3ffcc1afec6ac8a0795baa80091fc9177ab515a63eedc78"
      "5be39a1ab706dff518fb8b53c163a3d4480eab");
}

TEST(DuoSigning, TheChildAccountIsSigned) {
  Api child = api();
  child.account_id = "DAR0DBBUCZQDB8DSDRBX";
  const HttpRequest page = page_request(child, *find_log_stream("administrator"), window());
  EXPECT_THAT(page.url, testing::EndsWith("?account_id=DAR0DBBUCZQDB8DSDRBX&mintime=1767603600"));
  EXPECT_NE(sent_signature(page, kV5),
            sent_signature(page_request(api(), *find_log_stream("administrator"), window()), kV5));
}

TEST(DuoSigning, EachRequestIsDatedAnew) {
  const HttpRequest page = page_request(api(), *find_log_stream("activity"), window());
  const auto first = sign_request(page, credential(kV5), kMorning);
  const auto later = sign_request(page, credential(kV5), kMorning + std::chrono::minutes{10});
  EXPECT_NE(first->headers.back().value, later->headers.back().value);
}

TEST(DuoSigning, NoOtherHostGetsASignature) {
  HttpRequest foreign;
  foreign.url = "https://api-1a2b3c4d.duosecurity.com.example.org/admin/v2/logs/activity";
  EXPECT_EQ(sign_request(foreign, credential(kV5), kMorning).error().code, "net/foreign-host");
}

TEST(DuoSigning, TheHostIsSignedInLowerCaseWithItsPort) {
  HttpRequest local;
  local.url = "http://127.0.0.1:8443/admin/v2/logs/activity";
  Credential key = credential(kV2Sha1);
  key.origin = "http://127.0.0.1:8443";
  SignedRequest text;
  text.date = "Mon, 05 Jan 2026 09:30:00 -0000";
  text.method = "GET";
  text.host = "127.0.0.1:8443";
  text.path = "/admin/v2/logs/activity";
  EXPECT_EQ(sign_request(local, key, kMorning)->headers.back().value,
            authorization_of(kV2Sha1, text, key.integration_key, key.secret_key));
}

}  // namespace
}  // namespace cistern::connectors::cisco_duo
