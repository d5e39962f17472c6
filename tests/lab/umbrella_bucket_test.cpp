// The lab's buckets as a client sees them: what they show, and everything that they refuse.
#include "tests/lab/aws_fixture.hpp"

#include <set>

#include <zlib.h>

namespace cistern::lab {
namespace {

// All members of a gzip file, expanded.
std::string expanded(const std::string& bytes) {
  std::string out;
  std::size_t at = 0;
  while (at < bytes.size()) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string space(1 << 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + at));
    stream.avail_in = static_cast<uInt>(bytes.size() - at);
    int state = Z_OK;
    while (state == Z_OK) {
      stream.next_out = reinterpret_cast<Bytef*>(space.data());
      stream.avail_out = static_cast<uInt>(space.size());
      state = inflate(&stream, Z_NO_FLUSH);
      out.append(space, 0, space.size() - stream.avail_out);
    }
    EXPECT_EQ(state, Z_STREAM_END);
    if (state != Z_STREAM_END) return out;
    at = bytes.size() - stream.avail_in;
    inflateEnd(&stream);
  }
  return out;
}

class UmbrellaBucketTest : public AwsTest {};

TEST_F(UmbrellaBucketTest, FoldersAreFoundByTheDelimiter) {
  start(export_options());
  const auto reply = list("prefix=" + below("") + "&delimiter=%2F");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto prefixes = elements(reply.body, "Prefix");
  const std::set<std::string> all(prefixes.begin(), prefixes.end());
  EXPECT_TRUE(all.contains(below("dnslogs/"))) << reply.body;
  EXPECT_TRUE(all.contains(below("firewalllogs/")));
  EXPECT_TRUE(elements(reply.body, "Key").empty());
}

TEST_F(UmbrellaBucketTest, PagesHoldEveryKeyOnceAndInOrder) {
  start(export_options());
  const auto whole = keys_of("dnslogs");
  ASSERT_GT(whole.size(), 10U);
  EXPECT_TRUE(std::is_sorted(whole.begin(), whole.end()));
  ASSERT_EQ(set(R"({"max_keys":3})").status, 200);
  std::vector<std::string> paged;
  std::string token;
  do {
    const auto reply =
        list("prefix=" + below("dnslogs/") +
             (token.empty() ? "" : "&continuation-token=" + aws_encode(token, false)));
    ASSERT_EQ(reply.status, 200) << reply.body;
    const auto keys = elements(reply.body, "Key");
    EXPECT_LE(keys.size(), 3U);
    paged.insert(paged.end(), keys.begin(), keys.end());
    token = element(reply.body, "NextContinuationToken");
    EXPECT_EQ(element(reply.body, "IsTruncated"), token.empty() ? "false" : "true");
  } while (!token.empty());
  EXPECT_EQ(paged, whole);
  const auto wrong = list("prefix=" + below("proxylogs/") + "&continuation-token=1%2Fabcd");
  EXPECT_EQ(code(wrong), "400 InvalidArgument");
}

TEST_F(UmbrellaBucketTest, StartAfterIsExclusiveAndNeedNotExist) {
  start(export_options());
  const auto whole = keys_of("dnslogs");
  const auto behind = list("prefix=" + below("dnslogs/") + "&start-after=" + whole[2]);
  EXPECT_EQ(element(behind.body, "Key"), whole[3]);
  const auto slot = whole[3].substr(0, whole[3].size() - 12);  // Without "-xxxx.csv.gz".
  EXPECT_EQ(element(list("prefix=" + below("dnslogs/") + "&start-after=" + slot).body, "Key"),
            whole[3]);
  const auto nothing = list("prefix=" + below("nologs/"));
  EXPECT_EQ(nothing.status, 200);
  EXPECT_EQ(element(nothing.body, "KeyCount"), "0");
}

TEST_F(UmbrellaBucketTest, AnObjectIsWhatTheListingSaid) {
  start(export_options());
  const auto listing = list("prefix=" + below("dnslogs/")).body;
  const auto key = element(listing, "Key");
  const auto whole = s3("/cisco-managed-eu-west-1/" + key);
  ASSERT_EQ(whole.status, 200) << whole.body;
  EXPECT_EQ(std::to_string(whole.body.size()), element(listing, "Size"));
  auto etag = element(listing, "ETag");
  EXPECT_EQ(etag.substr(0, 6), "&quot;");
  etag = "\"" + etag.substr(6, 32) + "\"";
  EXPECT_EQ(whole.header("ETag"), etag);
  const auto text = expanded(whole.body);
  EXPECT_EQ(text.front(), '"');
  EXPECT_EQ(text.back() == '\n' || text.back() == '"', true);

  const auto part =
      s3("/cisco-managed-eu-west-1/" + key, {}, {{"Range", "bytes=5-14"}, {"If-Match", etag}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, whole.body.substr(5, 10));
  EXPECT_EQ(part.header("Content-Range"), "bytes 5-14/" + std::to_string(whole.body.size()));
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + key, {}, {{"Range", "bytes=9999999-"}})),
            "416 InvalidRange");
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + key, {}, {{"If-Match", "\"other\""}})),
            "412 PreconditionFailed");
}

TEST_F(UmbrellaBucketTest, AManagedBucketShowsNothingOutsideTheFolder) {
  start(export_options());
  EXPECT_EQ(code(list("prefix=")), "403 AccessDenied");
  EXPECT_EQ(code(list("prefix=2003477_")), "403 AccessDenied");
  EXPECT_EQ(code(list("prefix=2003478_0000/dnslogs/")), "403 AccessDenied");
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1?location")), "403 AccessDenied");
  EXPECT_EQ(code(s3("/")), "403 AccessDenied");
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/other/key")), "403 AccessDenied");
  EXPECT_EQ(s3("/cisco-managed-eu-west-1", {}, {}, "HEAD").status, 403);
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + below("dnslogs/x"), {}, {}, "PUT")),
            "403 AccessDenied");
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + below("dnslogs/none"))), "404 NoSuchKey");
}

TEST_F(UmbrellaBucketTest, TheOwnBucketHoldsMoreThanTheExport) {
  start(export_options());
  const auto reply = list("max-keys=1000", "contoso-umbrella");
  const auto keys = elements(reply.body, "Key");
  EXPECT_EQ(keys.front(), "README_FROM_UMBRELLA.txt");
  EXPECT_NE(std::find(keys.begin(), keys.end(), "dnslogs/"), keys.end());
  EXPECT_NE(s3("/contoso-umbrella?location").body.find("eu-west-1"), std::string::npos);
}

TEST_F(UmbrellaBucketTest, ABucketIsAddressedByItsHostAsWell) {
  start(export_options());
  const auto port = lab_->url().substr(lab_->url().rfind(':'));
  const std::vector<Header> host = {{"Host", "cisco-managed-eu-west-1.localhost" + port}};
  const auto reply = s3("/?list-type=2&prefix=" + below("dnslogs/"), {}, host);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto key = element(reply.body, "Key");
  EXPECT_EQ(s3("/" + key, {}, host).status, 200);
}

TEST_F(UmbrellaBucketTest, KeysAreRefusedInTheirOwnWords) {
  start(export_options());
  const auto target = "prefix=" + below("dnslogs/");
  const std::string bucket = "cisco-managed-eu-west-1";
  EXPECT_EQ(get("/" + bucket + "?list-type=2&" + target).status, 403);
  const auto wrong = list(target, bucket, {.secret = "short"});
  EXPECT_EQ(code(wrong), "403 SignatureDoesNotMatch");
  EXPECT_NE(element(wrong.body, "CanonicalRequest").find("list-type=2"), std::string::npos);
  EXPECT_EQ(code(list(target, bucket, {.id = "AKIAOTHER"})), "403 InvalidAccessKeyId");
  EXPECT_EQ(code(list(target, bucket, {.token = "none"})), "400 InvalidToken");
  EXPECT_EQ(code(list(target, "cisco-managed-us-west-1")), "404 NoSuchBucket");
  set(R"({"key_refusal":"AccessDenied"})");
  EXPECT_EQ(code(list(target)), "403 AccessDenied");
  set(R"({"key_refusal":"","session_token":"one"})");
  EXPECT_EQ(code(list(target)), "400 InvalidToken");
  EXPECT_EQ(list(target, bucket, {.token = "one"}).status, 200);
  set(R"({"token_expired":true})");
  EXPECT_EQ(code(list(target, bucket, {.token = "one"})), "400 ExpiredToken");
}

TEST_F(UmbrellaBucketTest, ARotatedKeyIsGoneAtOnce) {
  start(export_options());
  const auto target = "prefix=" + below("dnslogs/");
  ASSERT_EQ(set(R"({"rotate_key":true})").status, 200);
  EXPECT_EQ(code(list(target)), "403 InvalidAccessKeyId");
  const auto now = boost::json::parse(get("/lab/umbrella").body).as_object();
  const Key key{.id = std::string(now.at("access_key_id").as_string()),
                .secret = std::string(now.at("secret_access_key").as_string())};
  EXPECT_EQ(key.secret.size(), 40U);
  EXPECT_EQ(list(target, "cisco-managed-eu-west-1", key).status, 200);
}

TEST_F(UmbrellaBucketTest, AnotherRegionIsNamed) {
  start(export_options());
  const Key key{.region = "us-east-1"};
  const auto target = "prefix=" + below("dnslogs/");
  const auto moved = list(target, "cisco-managed-eu-west-1", key);
  EXPECT_EQ(code(moved), "301 PermanentRedirect");
  EXPECT_EQ(moved.header("x-amz-bucket-region"), "eu-west-1");
  set(R"({"region_malformed":true})");
  const auto malformed = list(target, "cisco-managed-eu-west-1", key);
  EXPECT_EQ(code(malformed), "400 AuthorizationHeaderMalformed");
  EXPECT_EQ(element(malformed.body, "Region"), "eu-west-1");
}

TEST_F(UmbrellaBucketTest, AClockThatIsWrongIsTold) {
  start(export_options());
  set(R"({"clock_ahead":1200})");
  const auto reply = list("prefix=" + below("dnslogs/"));
  EXPECT_EQ(code(reply), "403 RequestTimeTooSkewed");
  EXPECT_EQ(element(reply.body, "MaxAllowedSkewMilliseconds"), "900000");
  EXPECT_EQ(reply.header("Date"), http_date(clock.now() + std::chrono::minutes{20}));
}

TEST_F(UmbrellaBucketTest, FaultsSpeakTheVendorsWords) {
  start(export_options());
  post("/lab/faults", R"({"kind":"error","status":503,"code":"SlowDown","match":)"
                      R"({"vendor":"cisco_umbrella","operation":"list"}})");
  EXPECT_EQ(code(list("prefix=" + below("dnslogs/"))), "503 SlowDown");
  EXPECT_EQ(list("prefix=" + below("dnslogs/")).status, 200);
}

TEST_F(UmbrellaBucketTest, ObjectsComeWithTimeLateAndInNoOrderOfNames) {
  start(export_options());
  const auto before = keys_of("dnslogs");
  clock.advance(std::chrono::minutes{2});
  const auto after = keys_of("dnslogs");
  EXPECT_GT(after.size(), before.size() + 8);
  // Of a minute with several objects, some came later and sort before others.
  set(R"({"add":{"folder":"dnslogs","age":3000,"rows":3,"suffix":"0000"}})");
  const auto late = keys_of("dnslogs");
  ASSERT_EQ(late.size(), after.size() + 1);
  EXPECT_NE(late.back().substr(late.back().size() - 11, 4), "0000");
}

TEST_F(UmbrellaBucketTest, RetentionPurgesAndAReplacedObjectHasAnotherETag) {
  start(export_options());
  const auto keys = keys_of("dnslogs");
  const auto name = keys.back().substr(below("").size());
  const auto etag = std::string(s3("/cisco-managed-eu-west-1/" + keys.back()).header("ETag"));
  ASSERT_EQ(set(R"({"replace":")" + name + "\"}").status, 200);
  EXPECT_NE(s3("/cisco-managed-eu-west-1/" + keys.back()).header("ETag"), etag);
  ASSERT_EQ(set(R"({"purge":")" + name + "\"}").status, 200);
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + keys.back())), "404 NoSuchKey");
  ASSERT_EQ(set(R"({"retention":3600})").status, 200);
  EXPECT_LT(keys_of("dnslogs").size(), keys.size() / 2);
  EXPECT_EQ(code(s3("/cisco-managed-eu-west-1/" + keys.front())), "404 NoSuchKey");
}

TEST_F(UmbrellaBucketTest, ColumnsFollowTheSchemaAndTheHeaderNamesThem) {
  for (const auto& [schema, columns] :
       {std::pair{1U, 10}, {3U, 12}, {4U, 13}, {8U, 13}, {13U, 16}, {17U, 20}}) {
    auto options = export_options();
    options.umbrella.schema = schema;
    options.umbrella.headers = schema >= 11;
    options.umbrella.folders = {"dnslogs"};
    start(options);
    const auto text = expanded(s3("/cisco-managed-eu-west-1/" + keys_of("dnslogs").front()).body);
    const auto first = text.substr(0, text.find('\n'));
    std::ptrdiff_t cells = 1;
    bool quoted = false;
    for (const char letter : first) {
      if (letter == '"') quoted = !quoted;
      if (letter == ',' && !quoted) ++cells;
    }
    EXPECT_EQ(cells, columns) << first;
    EXPECT_EQ(first.starts_with("\"Timestamp\","), options.umbrella.headers) << first;
  }
}

TEST_F(UmbrellaBucketTest, TheSameSeedGivesTheSameBytesAndARestartGoesOn) {
  auto options = export_options();
  start(options);
  const auto keys = keys_of("proxylogs");
  const auto body = s3("/cisco-managed-eu-west-1/" + keys.front()).body;
  start(options);
  EXPECT_EQ(keys_of("proxylogs"), keys);
  EXPECT_EQ(s3("/cisco-managed-eu-west-1/" + keys.front()).body, body);
}

}  // namespace
}  // namespace cistern::lab
