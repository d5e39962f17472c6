// The lab's own reading of Duo's signatures against published vectors.
#include "lab/cisco_duo/duo_signature.hpp"

#include <gtest/gtest.h>

namespace cistern::lab {

namespace {

// Keys and request of the vendor's own examples.
constexpr std::string_view kSecret = "Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep";

DuoSigned account_list() {
  DuoSigned request;
  request.date = "Tue, 21 Aug 2012 17:29:18 -0000";
  request.method = "POST";
  request.host = "api-XXXXXXXX.duosecurity.com";
  request.path = "/accounts/v1/account/list";
  request.parameters = {{"username", "root"}, {"realname", "First Last"}};
  return request;
}

TEST(DuoSignatureOfLab, PublishedVectorsComeOut) {
  auto request = account_list();
  EXPECT_EQ(duo_hmac(request, DuoSignature::v2_sha1, kSecret),
            "2d97d6166319781b5a3a07af39d366f491234edc");
  EXPECT_EQ(duo_hmac(request, DuoSignature::v2_sha512, kSecret),
            "1bffb8924348f7db7da9e7d7d749ded93aafd02d8e904960da7b96c57510220185a64a2827ee8f24ac5d30"
            "802a9ee97e59de44b304b18242f0d596d15a8122af");
  request.parameters = {{"realname", "First Last"}};
  request.body = R"({"txid":"f22b1678-252a-4070-b176-0ca2be7319fd"})";
  EXPECT_EQ(duo_hmac(request, DuoSignature::v5, kSecret),
            "78f4327f831173cc78d0907e913e3c5a28fe72dd4545a342586bb67181f2ba393d20911e870362f6faba3d"
            "c6f7e9db5e93aed2f3bfc110c6dadaff4dc6179e0b");
}

TEST(DuoSignatureOfLab, HeadersOfTheirOwnAreCoveredInOrderOfTheirNames) {
  EXPECT_EQ(duo_header_digest({{"X-Duo-Header-1", "header_value_1"}}),
            "630b4bfe7e9abd03da2eee8f0a5d4e60a254ec880a839bcc2223bb5b9443e8ef24d58f0254f1f5934bf8c0"
            "17ebd0fd5b1acf86766bdbe74185e712a4092df3ed");
  EXPECT_EQ(duo_header_digest(
                {{"X-Duo-B", "header_value_2"}, {"x-duo-A", "header_value_1"}, {"Accept", "*/*"}}),
            "60be11a30e0756f2ee2afdce1db849b987dcf86c1133394bd7bbbc9877920330c4d78aceacbb377ab8cbd9"
            "a8efe6a410fed4047376635ac71226ab46ca10d2b1");
}

TEST(DuoSignatureOfLab, ParametersAreEncodedAndSorted) {
  EXPECT_EQ(duo_parameter_line({{"foo_bar", "2"}, {"foo", "1"}}), "foo=1&foo_bar=2");
  EXPECT_EQ(
      duo_parameter_line({{"username", "H ell?o"}, {"password", "H-._~i"}, {"password", "A(!'*)"}}),
      "password=A%28%21%27%2A%29&password=H-._~i&username=H%20ell%3Fo");
}

TEST(DuoSignatureOfLab, DatesOfMailsAreRead) {
  const auto time = parse_time("2026-01-05T09:30:00Z");
  EXPECT_EQ(parse_mail_date("Mon, 05 Jan 2026 09:30:00 -0000"), time);
  EXPECT_EQ(parse_mail_date("Mon, 05 Jan 2026 09:30:00 GMT"), time);
  EXPECT_EQ(parse_mail_date("Mon, 05 Jan 2026 11:30:00 +0200"), time);
  EXPECT_FALSE(parse_mail_date("2026-01-05T09:30:00Z"));
  EXPECT_FALSE(parse_mail_date("Mon, 05 Jan 2026 09:30:00 -0000 and more"));
  EXPECT_FALSE(parse_mail_date("Lun, 05 Jan 2026 09:30:00 -0000"));
}

}  // namespace

}  // namespace cistern::lab
