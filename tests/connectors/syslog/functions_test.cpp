#include "connectors/syslog/functions.hpp"

#include "codec/json.hpp"

#include <map>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Remembers what a function gives, as JSON; lists as their elements joined.
class Fields : public ecs::FieldSink {
 public:
  void set_json(std::string_view field, std::string_view json) override {
    fields[std::string{field}] = json;
  }
  void set_string(std::string_view field, std::string_view text) override {
    fields[std::string{field}] = text;
  }
  void add_string(std::string_view field, std::string_view text) override {
    auto& all = fields[std::string{field}];
    if (!all.empty()) all += '|';
    all += text;
  }
  std::map<std::string, std::string> fields;
};

std::map<std::string, std::string> call(const std::string& name, std::string_view text) {
  std::string json;
  codec::append_json_string(json, text);
  Fields fields;
  EXPECT_TRUE(mapping_functions().at(name)(json, fields)) << name << ' ' << text;
  return fields.fields;
}

bool understands(const std::string& name, std::string_view json) {
  Fields fields;
  return mapping_functions().at(name)(json, fields);
}

TEST(UrlFunction, TakesAnAddressApart) {
  EXPECT_THAT(
      call("url", "https://user:secret@[2001:db8::1]:8443/a/b.tar?x=1#top"),
      ElementsAre(Pair(".domain", "2001:db8::1"), Pair(".extension", "tar"),
                  Pair(".fragment", "top"),
                  Pair(".full", "https://user:secret@[2001:db8::1]:8443/a/b.tar?x=1#top"),
                  Pair(".original", "https://user:secret@[2001:db8::1]:8443/a/b.tar?x=1#top"),
                  Pair(".path", "/a/b.tar"), Pair(".port", "8443"), Pair(".query", "x=1"),
                  Pair(".scheme", "https")));
}

TEST(UrlFunction, KeepsWhatIsNoAddressAsItCame) {
  EXPECT_THAT(call("url", "203.0.113.1"), ElementsAre(Pair(".original", "203.0.113.1")));
  EXPECT_THAT(call("url", "/a?b"),
              ElementsAre(Pair(".original", "/a?b"), Pair(".path", "/a"), Pair(".query", "b")));
  EXPECT_THAT(call("url", "-"), IsEmpty());
  EXPECT_EQ(call("url", "http://h:99999/").count(".port"), 0U);
  EXPECT_EQ(call("url", "http://h").count(".path"), 0U);
}

TEST(MacFunction, WritesAsTheStandardWants) {
  EXPECT_THAT(call("mac_address", "1a:fc:2b:33:4d:5f"),
              ElementsAre(Pair(".mac", "1A-FC-2B-33-4D-5F")));
  EXPECT_THAT(call("mac_address", "1afc.2b33.4d5f"),
              ElementsAre(Pair(".mac", "1A-FC-2B-33-4D-5F")));
  EXPECT_THAT(call("mac_address", "00:00:00:00:00:00"), IsEmpty());
  EXPECT_FALSE(understands("mac_address", R"("1a:fc")"));
  EXPECT_FALSE(understands("mac_address", R"("not one")"));
}

TEST(AccountFunction, TellsNameDomainAndAddress) {
  EXPECT_THAT(call("account", "CONTOSO\\ana"),
              ElementsAre(Pair(".domain", "CONTOSO"), Pair(".name", "ana")));
  EXPECT_THAT(call("account", "ana@contoso.com"),
              ElementsAre(Pair(".domain", "contoso.com"), Pair(".email", "ana@contoso.com"),
                          Pair(".name", "ana@contoso.com")));
  EXPECT_THAT(call("account", "-"), IsEmpty());
}

TEST(AddressesFunction, TakesAListApart) {
  EXPECT_THAT(call("addresses", "a@b.example, <c@d.example>;  e@f.example,"),
              ElementsAre(Pair(".address", "a@b.example|c@d.example|e@f.example")));
}

TEST(DurationFunctions, CountInNanosecondsAndRefuseWhatDoesNotFit) {
  EXPECT_THAT(call("seconds", "11"), ElementsAre(Pair("event.duration", "11000000000")));
  EXPECT_THAT(call("milliseconds", "11"), ElementsAre(Pair("event.duration", "11000000")));
  EXPECT_THAT(call("microseconds", "11"), ElementsAre(Pair("event.duration", "11000")));
  EXPECT_FALSE(understands("seconds", R"("9223372036854775807")"));
  EXPECT_FALSE(understands("seconds", R"("-1")"));
  EXPECT_FALSE(understands("seconds", R"("1.5")"));
}

TEST(NamedFunction, ReadsListenersAndClients) {
  EXPECT_THAT(call("named_message", "no longer listening on 198.51.100.1#53"),
              ElementsAre(Pair("event.action", "named-listening"),
                          Pair("server.ip", "198.51.100.1"), Pair("server.port", "53")));
  EXPECT_THAT(
      call("named_message",
           "client @0x7f 2001:db8::7#4711 (www.example): view in: query: www.example IN "
           "AAAA + (198.51.100.1)"),
      ElementsAre(Pair("client.ip", "2001:db8::7"), Pair("client.port", "4711"),
                  Pair("dns.question.class", "IN"), Pair("dns.question.name", "www.example"),
                  Pair("dns.question.type", "AAAA"), Pair("event.action", "named-query")));
  EXPECT_THAT(call("named_message", "client nobody#x: odd"), IsEmpty());
  EXPECT_THAT(call("named_message", "words"), IsEmpty());
}

TEST(FileFunctions, TellNamesFromFoldersAndHashesByTheirLength) {
  EXPECT_THAT(call("file_name", "C:\\temp\\a.exe"),
              ElementsAre(Pair(".directory", "C:\\temp"), Pair(".name", "a.exe"),
                          Pair(".path", "C:\\temp\\a.exe")));
  EXPECT_THAT(call("file_hash", std::string(40, 'a')),
              ElementsAre(Pair(".sha1", std::string(40, 'a'))));
  EXPECT_THAT(call("file_hash", std::string(40, 'x')), IsEmpty());
}

TEST(ProcessIdFunction, TakesOnlyNumbersThatAnIndexTakes) {
  EXPECT_THAT(call("process_id", "4711"), ElementsAre(Pair("process.pid", "4711")));
  EXPECT_THAT(call("process_id", "18446744073709551615"), IsEmpty());
  EXPECT_THAT(call("process_id", "t-1"), IsEmpty());
}

}  // namespace
}  // namespace cistern::connectors::syslog
