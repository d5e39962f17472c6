#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace cistern {
namespace {

TEST(Hex, RoundTripsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  EXPECT_EQ(hex_decode(hex_encode(bytes)), bytes);
  EXPECT_EQ(hex_encode("\x01\xAB"), "01ab");
  EXPECT_EQ(hex_decode("01aB"), "\x01\xAB");
}

TEST(Hex, RefusesOddLengthAndOtherLetters) {
  EXPECT_FALSE(hex_decode("abc"));
  EXPECT_FALSE(hex_decode("0g"));
}

TEST(Base64, AgreesWithTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
      {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded), plain);
  }
}

TEST(Base64, RefusesWhatIsNotExactlyOneValue) {
  for (const char* bad :
       {"Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zm9=", "Zm 9v", "=Zg=", "Zg==Zg==", "Zm9_"})
    EXPECT_FALSE(base64_decode(bad)) << bad;
}

TEST(Base64Url, HasNoPaddingAndAcceptsIt) {
  EXPECT_EQ(base64url_encode("\xFB\xFF\xFE!"), "-__-IQ");
  EXPECT_EQ(base64url_decode("-__-IQ"), "\xFB\xFF\xFE!");
  EXPECT_EQ(base64url_decode("-__-IQ=="), "\xFB\xFF\xFE!");
  EXPECT_FALSE(base64url_decode("+//+IQ"));
  EXPECT_FALSE(base64url_decode("A"));
}

TEST(PercentEncode, KeepsOnlyTheUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/ü+&"), "a%20b%2F%C3%BC%2B%26");
}

TEST(Utf8, AcceptsTextInAnyScript) {
  for (const char* good : {"", "plain ascii, longer than eight bytes", "grüße", "日本語のログ",
                           "ok 🙂", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
}

TEST(Utf8, RefusesWhatIsNotUtf8) {
  for (const char* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82", "12345678\xFF", "\xFE"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Case, IsIgnoredForAsciiOnly) {
  EXPECT_TRUE(equal_ignoring_case("Retry-After", "rETRY-aFTER"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("Ä", "ä"));
  EXPECT_EQ(lower_case("AbZ[Ä"), "abz[Ä");
}

TEST(NearestWord, FindsSlipsOfTheKeys) {
  const std::vector<std::string> names = {"tenant", "client_id", "client_secret", "path"};
  EXPECT_EQ(nearest_word("tenat", names), "tenant");
  EXPECT_EQ(nearest_word("tennant", names), "tenant");
  EXPECT_EQ(nearest_word("tneant", names), "tenant");
  EXPECT_EQ(nearest_word("Tenant", names), "tenant");
  EXPECT_EQ(nearest_word("clientid", names), "client_id");
  EXPECT_EQ(nearest_word("pth", names), "path");
}

TEST(NearestWord, DoesNotGuessOtherWords) {
  const std::vector<std::string> names = {"tenant", "id", "path"};
  EXPECT_EQ(nearest_word("colour", names), std::nullopt);
  EXPECT_EQ(nearest_word("xy", names), std::nullopt);
  EXPECT_EQ(nearest_word("", names), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(100'000, 'a'), names), std::nullopt);
}

TEST(Excerpt, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(excerpt("short", 10), "short");
  EXPECT_EQ(excerpt("exactly", 7), "exactly");
  EXPECT_EQ(excerpt("longer", 4), "long…");
  EXPECT_EQ(excerpt("äöü", 3), "ä…");
}

TEST(Excerpt, ShowsNothingATerminalWouldActOn) {
  EXPECT_EQ(excerpt("\x1b[31mred\r\n\x07", 100), ".[31mred...");
  EXPECT_EQ(excerpt("a\xC2\x9B"
                    "31m",
                    100),
            "a.31m");  // the one-byte form of ESC [
  EXPECT_EQ(excerpt("a\xE2\x80\xAE"
                    "cba",
                    100),
            "a.cba");  // right-to-left override
  EXPECT_EQ(excerpt("a\xFF\xC3", 100), "a..");
}

TEST(Excerpt, HidesTokensThatTheOtherSideRepeats) {
  const std::string token = "eyJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl-_";
  EXPECT_EQ(excerpt("Bearer " + token + ", refused", 100), "Bearer ***, refused");
  EXPECT_EQ(excerpt("Bearer " + token, 9), "Bearer …");
  EXPECT_EQ(excerpt("eyJ is no token", 100), "eyJ is no token");
}

}  // namespace
}  // namespace cistern
