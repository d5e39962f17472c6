#include "connectors/cisco_umbrella/readers.hpp"

#include "connectors/cisco_umbrella/functions_domain.hpp"
#include "connectors/cisco_umbrella/readers_identities.hpp"
#include "object_fixture.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella {
namespace {

using Names = std::vector<std::string_view>;

std::string read_row(std::string_view stream, std::string_view row, std::string_view meta = {}) {
  const auto readers = record_readers();
  std::string json;
  EXPECT_TRUE(
      readers.find("umbrella_row")
          ->second({.raw = row, .meta = meta, .stream = stream, .received = {}, .time = {}}, json));
  return json;
}

TEST(UmbrellaReaders, IdentitiesAreAsManyAsTheirTypes) {
  const std::string_view ana = "Rossi, Ada (ada@fabrikam.example)";
  EXPECT_EQ(split_identities({.names = "Rossi, Ada (ada@fabrikam.example),WS-1",
                              .types = "AD Users,Roaming Computers",
                              .first = ana}),
            (Names{ana, "WS-1"}));
  // The name with the comma is not the first one.
  EXPECT_EQ(split_identities({.names = "WS-1,Rossi, Ada (ada@fabrikam.example)",
                              .types = "Roaming Computers,AD Users",
                              .first = "WS-1"}),
            (Names{"WS-1", ana}));
  EXPECT_EQ(split_identities({.names = "Office, north", .types = "Sites", .first = {}}),
            (Names{"Office, north"}));
  EXPECT_EQ(split_identities({.names = "Office,north", .types = "Sites", .first = {}}),
            (Names{"Office,north"}));
  EXPECT_EQ(split_identities({.names = "a, b,c", .types = "", .first = {}}),
            (Names{"a", "b", "c"}));
  EXPECT_EQ(split_identities({.names = "a", .types = "Sites,Networks", .first = "a"}),
            (Names{"a"}));
  EXPECT_TRUE(split_identities({.names = " , ", .types = "", .first = {}}).empty());
}

TEST(UmbrellaReaders, NumbersThatAreNoneStayText) {
  EXPECT_EQ(
      read_row("ip", R"("2026-03-04 10:00:00","","192.0.2.1","50000","192.0.2.2","n/a")"),
      R"({"timestamp":"2026-03-04 10:00:00","source_ip":"192.0.2.1","source_port":50000,)"
      R"("destination_ip":"192.0.2.2","destination_port":"n/a",)"
      R"("row_problem":"the row has 6 columns; no version has fewer than 7",)"
      R"("row":"\"2026-03-04 10:00:00\",\"\",\"192.0.2.1\",\"50000\",\"192.0.2.2\",\"n/a\""})");
  // A leading zero, or more digits than an index takes, would not come back as it was.
  EXPECT_EQ(read_row("ip", "t,,,007,,99999999999999999999,x"),
            R"({"timestamp":"t","source_port":"007","destination_port":"99999999999999999999",)"
            R"("categories":["x"]})");
}

TEST(UmbrellaReaders, TheStreamOfABareRowFollowsItsShape) {
  EXPECT_EQ(stream_of_row(dns_row(1)), "dns");
  EXPECT_EQ(stream_of_row(dns_row(1, 10)), "dns");
  EXPECT_EQ(stream_of_row("2026-03-04 10:00:00,[1],a,Networks,OUTBOUND,6,84,192.0.2.1,1,192.0.2.2,"
                          "2,waw1,1,ALLOW"),
            "firewall");
  EXPECT_EQ(stream_of_row(R"("2026-03-04 10:00:00","a","192.0.2.1","1","192.0.2.2","2","Malware")"),
            "ip");
  EXPECT_EQ(stream_of_row(R"("7","2026-03-04 10:00:00","a@b.example","A","x","update","192.0.2.1",)"
                          R"("v: 1","v: 2")"),
            "audit");
  EXPECT_EQ(stream_of_row("nothing of the kind"), "other");
  EXPECT_EQ(stream_of_row(""), "other");
}

TEST(UmbrellaReaders, DomainsHaveTheirPartsByThePublicSuffixList) {
  const DomainParts parts = domain_parts("cdn.Static.news.CO.UK");
  EXPECT_EQ(parts.registered, "news.CO.UK");
  EXPECT_EQ(parts.suffix, "CO.UK");
  EXPECT_EQ(parts.subdomain, "cdn.Static");
  EXPECT_EQ(domain_parts("d1.cloudfront.net").registered, "cloudfront.net");
  EXPECT_EQ(domain_parts("example.com").subdomain, "");
  for (const std::string& none :
       {std::string("com"), std::string("server.internal"), std::string(), std::string("..."),
        std::string(300, 'a'), std::string("192.0.2.1")})
    EXPECT_EQ(domain_parts(none).registered, "") << none;
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella
