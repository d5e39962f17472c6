#include "codec/aws/s3_listing.hpp"
#include "codec/aws/s3_request.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

BucketEndpoint managed() {
  return aws_bucket("cisco-managed-eu-west-1", "eu-west-1").value();
}
BucketEndpoint in_path() {
  return compatible_bucket("my.bucket", "http://127.0.0.1:9000", "eu-west-1").value();
}

std::string page(std::string_view inside, std::string_view truncated = "false") {
  return std::string{R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>)"}
      .append(truncated)
      .append("</IsTruncated>")
      .append(inside)
      .append("</ListBucketResult>");
}

std::string object(std::string_view key, std::string_view size = "7") {
  return std::string{"<Contents><Key>"}
      .append(key)
      .append("</Key><Size>")
      .append(size)
      .append("</Size></Contents>");
}

void expect_refused(const std::string& body, const std::string& why) {
  const auto listing = read_listing(body);
  ASSERT_FALSE(listing.has_value()) << body.substr(0, 200);
  EXPECT_EQ(listing.error().code, "aws/listing");
  EXPECT_EQ(listing.error().verdict, Verdict::retry);
  EXPECT_THAT(listing.error().cause, HasSubstr(why));
  EXPECT_FALSE(listing.error().next_step.empty());
}

TEST(S3Request, AListingAsksInTheOrderOfItsSignature) {
  const HttpRequest request =
      list_objects(managed(), {.prefix = "2003477_0a/dnslogs/",
                               .start_after = "2003477_0a/dnslogs/2026-01-05/2026-01-05-08-50"});
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url,
            "https://cisco-managed-eu-west-1.s3.eu-west-1.amazonaws.com/?encoding-type=url&"
            "list-type=2&max-keys=1000&prefix=2003477_0a%2Fdnslogs%2F&"
            "start-after=2003477_0a%2Fdnslogs%2F2026-01-05%2F2026-01-05-08-50");
  EXPECT_FALSE(request.keep_encoded);
}

TEST(S3Request, ATokenTakesThePlaceOfStartAfterAndIsEncoded) {
  const HttpRequest request = list_objects(in_path(), {.prefix = "f/",
                                                       .start_after = "f/x",
                                                       .continuation_token = "1ueG/Ly+w=",
                                                       .delimiter = "/",
                                                       .max_keys = 5000});
  EXPECT_EQ(request.url,
            "http://127.0.0.1:9000/my.bucket?continuation-token=1ueG%2FLy%2Bw%3D&delimiter=%2F&"
            "encoding-type=url&list-type=2&max-keys=1000&prefix=f%2F");
}

TEST(S3Request, AnObjectIsAskedForAsItIsStored) {
  const HttpRequest request = get_object(
      in_path(), {.key = "a//b/../ +%?#é\xFF\n", .range = ByteRange{5, 10}, .if_match = "9b2c"});
  EXPECT_EQ(request.url, "http://127.0.0.1:9000/my.bucket/a//b/../%20%2B%25%3F%23%C3%A9%FF%0A");
  EXPECT_TRUE(request.keep_encoded) << "an object may carry a Content-Encoding of its own";
  ASSERT_EQ(request.headers.size(), 3U);
  EXPECT_EQ(request.headers[0].name + ": " + request.headers[0].value, "Accept-Encoding: identity");
  EXPECT_EQ(request.headers[1].name + ": " + request.headers[1].value, "Range: bytes=5-10");
  EXPECT_EQ(request.headers[2].name + ": " + request.headers[2].value, "If-Match: \"9b2c\"");
  EXPECT_GE(request.max_body, 4096U) << "a refusal must fit as well";
}

HttpResponse answer(int status, std::vector<HttpHeader> headers) {
  HttpResponse response;
  response.status = status;
  response.headers = std::move(headers);
  return response;
}

/// The failure's code, or "read".
std::string piece_code(const ObjectQuestion& question, const HttpResponse& response,
                       std::uint64_t body_bytes) {
  const auto piece = read_piece(question, response, body_bytes);
  return piece ? "read" : piece.error().code;
}

TEST(S3Piece, ARangeIsTheRangeThatWasAskedForOrItsBeginningAtTheEnd) {
  const ObjectQuestion question{.key = "k", .range = ByteRange{100, 199}, .if_match = "e1"};
  const auto piece = read_piece(question,
                                answer(206, {{"Content-Range", "bytes 100-199/1000"},
                                             {"ETag", "\"e1\""},
                                             {"Last-Modified", "Mon, 05 Jan 2026 08:41:09 GMT"}}),
                                100);
  ASSERT_TRUE(piece.has_value()) << piece.error().sentence();
  EXPECT_EQ(piece->first, 100U);
  EXPECT_EQ(piece->total, 1000U);
  EXPECT_EQ(piece->etag, "e1");
  EXPECT_EQ(format_time(piece->last_modified), "2026-01-05T08:41:09.000Z");
  const auto last = read_piece(question, answer(206, {{"Content-Range", "bytes 100-149/150"}}), 50);
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->total, 150U);
}

TEST(S3Piece, WhatWasNotAskedForIsNotUsed) {
  const ObjectQuestion question{.key = "k", .range = ByteRange{100, 199}, .if_match = "e1"};
  const auto code = [&](const std::string& range, std::uint64_t bytes) {
    return piece_code(question, answer(206, {{"Content-Range", range}}), bytes);
  };
  EXPECT_EQ(code("bytes 0-99/1000", 100), "aws/piece");
  EXPECT_EQ(code("bytes 150-199/1000", 50), "aws/piece") << "it begins later";
  EXPECT_EQ(code("bytes 100-149/1000", 50), "aws/piece") << "it ends earlier than the object";
  EXPECT_EQ(code("bytes 100-199/1000", 99), "aws/piece") << "its length is another";
  for (const char* range :
       {"bytes 100-199/150", "bytes 199-100/1000", "bytes 100-199/*", "bytes */1000", "", "x"})
    EXPECT_EQ(code(range, 100), "aws/piece") << range;
  EXPECT_EQ(piece_code(question, answer(200, {}), 1000), "aws/piece");
  EXPECT_EQ(piece_code(question, answer(204, {}), 0), "aws/piece");
  EXPECT_EQ(
      piece_code(question,
                 answer(206, {{"Content-Range", "bytes 100-199/1000"}, {"ETag", "\"e2\""}}), 100),
      "aws/object-changed");
  EXPECT_EQ(code("bytes 100-199/1000", 100), "read");
}

TEST(S3Piece, AWholeObjectMayAnswerARangeThatCoversIt) {
  const ObjectQuestion question{.key = "k", .range = ByteRange{0, 99}};
  const auto whole = read_piece(question, answer(200, {{"Content-Length", "42"}}), 42);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->total, 42U);
  EXPECT_FALSE(read_piece(question, answer(200, {}), 101).has_value());
  EXPECT_FALSE(read_piece({.key = "k"}, answer(200, {{"Content-Length", "43"}}), 42).has_value());
  EXPECT_FALSE(
      read_piece({.key = "k"}, answer(206, {{"Content-Range", "bytes 0-9/20"}}), 10).has_value());
}

TEST(S3Listing, APageIsRead) {
  const auto listing = read_listing(page(
      "<KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>"
      "<NextContinuationToken>1ueG/Lyv+w=</NextContinuationToken>"
      "<Contents><Key>f/dnslogs/2026-01-05/2026-01-05-08-30-1f0c.csv.gz</Key>\n  "
      "<LastModified>2026-01-05T08:41:09.000Z</LastModified>"
      "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>48213</Size>"
      "<Owner><ID>x</ID><DisplayName>y</DisplayName></Owner>"
      "<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><StorageClass>STANDARD</StorageClass></Contents>"
      "<Contents><Key>f/dnslogs/old</Key><ETag>\"m-2\"</ETag><Size>18446744073709551615</Size>"
      "<StorageClass>GLACIER</StorageClass></Contents>"
      "<CommonPrefixes><Prefix>f/proxylogs/</Prefix></CommonPrefixes>",
      "true"));
  ASSERT_TRUE(listing.has_value()) << listing.error().sentence();
  ASSERT_EQ(listing->objects.size(), 2U);
  EXPECT_EQ(listing->objects[0].key, "f/dnslogs/2026-01-05/2026-01-05-08-30-1f0c.csv.gz");
  EXPECT_EQ(listing->objects[0].etag, "9b2cf535f27731c974343645a3985328");
  EXPECT_EQ(listing->objects[0].size, 48213U);
  EXPECT_EQ(listing->objects[0].storage_class, "");
  EXPECT_EQ(format_time(listing->objects[0].last_modified), "2026-01-05T08:41:09.000Z");
  EXPECT_EQ(listing->objects[1].storage_class, "GLACIER");
  EXPECT_EQ(listing->objects[1].size, 18446744073709551615U);
  EXPECT_THAT(listing->prefixes, ElementsAre("f/proxylogs/"));
  EXPECT_EQ(listing->next_token, "1ueG/Lyv+w=");
}

TEST(S3Listing, NothingUnderAPrefixIsAnEmptyPage) {
  const auto listing = read_listing(page("<KeyCount>0</KeyCount>"));
  ASSERT_TRUE(listing.has_value());
  EXPECT_TRUE(listing->objects.empty());
  EXPECT_EQ(listing->next_token, "");
}

TEST(S3Listing, KeysAreDecodedIfTheAnswerSaysThatTheyAreEncodedWhereverItSaysIt) {
  const std::string keys =
      object("a+b%2Bc%01%2F%C3%A9") + "<CommonPrefixes><Prefix>x%20y/</Prefix></CommonPrefixes>";
  for (const std::string& body : {page("<EncodingType>url</EncodingType>" + keys),
                                  page(keys + "<EncodingType>url</EncodingType>")}) {
    const auto listing = read_listing(body);
    ASSERT_TRUE(listing.has_value());
    EXPECT_EQ(listing->objects[0].key, "a b+c\x01/é");
    EXPECT_THAT(listing->prefixes, ElementsAre("x y/"));
  }
  EXPECT_EQ(read_listing(page(object("a+b%2Bc&amp;")))->objects[0].key, "a+b%2Bc&");
  expect_refused(page("<EncodingType>url</EncodingType>" + object("a%2")), "encoding");
}

TEST(S3Listing, HalfAPageIsNoPage) {
  const std::string whole = page(object("a") + object("b"));
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(read_listing(whole.substr(0, cut)).has_value()) << "cut at " << cut;
  EXPECT_TRUE(read_listing(whole).has_value());
  expect_refused(whole + "<x/>", "XML");
}

TEST(S3Listing, WhatLeavesAGapBehindIsRefused) {
  expect_refused(page(object(""), "false"), "no key");
  expect_refused(page("<Contents><Key>a</Key></Contents>"), "no size");
  expect_refused(page(object("a", "-1")), "size");
  expect_refused(page(object("a", "7x")), "size");
  expect_refused(page(object("a", "99999999999999999999")), "size");
  expect_refused(page(object("a"), "true"), "how to ask");
  expect_refused(page(object("a"), "maybe"), "whether more");
  expect_refused("<ListBucketResult/>", "whether more");
  expect_refused("<Error><Code>AccessDenied</Code></Error>", "not a listing");
  expect_refused("<html><body>login</body></html>", "not a listing");
  expect_refused(page(object(std::string(1025, 'k'))), "longer");
}

TEST(S3Listing, HostileXmlIsRefused) {
  expect_refused(
      "<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
      "<ListBucketResult><IsTruncated>&b;</IsTruncated></ListBucketResult>",
      "document type");
  expect_refused("<!DOCTYPE l SYSTEM \"file:///etc/passwd\"><ListBucketResult/>", "document type");
  std::string deep = "<ListBucketResult>";
  for (int i = 0; i < 100'000; ++i)
    deep += "<a>";
  expect_refused(deep, "deep");
  std::string many;
  for (int i = 0; i < 1001; ++i)
    many += object("k" + std::to_string(i));
  expect_refused(page(many), "more entries");
  expect_refused(page("<Name>" + std::string(70'000, 'n') + "</Name>"), "too long");
  expect_refused(page(object("\x01")), "XML");
  expect_refused(page(object("\xFF\xFE")), "XML");
  expect_refused(page(std::string(9U << 20, ' ')), "too large");
}

TEST(S3Listing, AFullPageIsRead) {
  std::string full;
  for (int i = 0; i < 1000; ++i)
    full += object("k" + std::to_string(i));
  const auto listing = read_listing(page(full));
  ASSERT_TRUE(listing.has_value()) << listing.error().sentence();
  EXPECT_EQ(listing->objects.size(), 1000U);
}

}  // namespace
}  // namespace cistern::codec::aws
