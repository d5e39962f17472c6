// Every case below mappings/tests/ is rendered and compared. A case is an array of records; those
// of a case named audit are of that stream. UPDATE_GOLDEN=1 rewrites the expectations; the
// difference is to be read by a human.
#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "codec/json_pretty.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_secure_endpoint/functions.hpp"
#include "ecs/view.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::embedded::cisco_secure_endpoint {
std::span<const File> files();
}

namespace cistern::connectors::cisco_secure_endpoint::test {
namespace {

std::filesystem::path cases_folder() {
  return std::filesystem::path(CISTERN_SOURCE_DIR) /
         "src/connectors/cisco_secure_endpoint/mappings/tests";
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder())) {
    const std::string name = entry.path().filename().string();
    const std::size_t end = name.find(".in.json");
    if (end != std::string::npos) names.push_back(name.substr(0, end));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string render_case(const ecs::View& view, std::string_view records, std::string_view stream) {
  const auto scratch = view.make_scratch();
  std::string all = "[";
  std::uint64_t sequence = 0;
  for (codec::JsonElements elements(records); elements.next();) {
    journal::Envelope envelope;
    envelope.sequence = ++sequence;
    envelope.id = "0123456789abcdef0123456789abcdef";
    envelope.connector = "contoso-endpoint";
    envelope.stream = stream;
    envelope.received = "2026-09-21T16:00:00.000Z";
    envelope.raw = elements.value();
    std::string document;
    view.render(envelope, {}, *scratch, document);
    EXPECT_TRUE(codec::JsonSplitter().why_invalid(document).empty()) << document;
    all += (all.size() > 1 ? "," : "") + document;
  }
  return all + "]";
}

class EndpointMappingGolden : public testing::TestWithParam<std::string> {};

TEST_P(EndpointMappingGolden, RendersAsExpected) {
  const auto view =
      ecs::compile_view(embedded::cisco_secure_endpoint::files(), mapping_functions(), {});
  ASSERT_TRUE(view) << view.error().cause;
  const auto expected_path = cases_folder() / (GetParam() + ".expected.json");
  std::string scratch;
  const std::string records = read(cases_folder() / (GetParam() + ".in.json"));
  std::string actual;
  codec::append_pretty_json(actual, render_case(**view, codec::compact_json(records, scratch),
                                                GetParam() == "audit" ? "audit" : "events"));
  actual += "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_path, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, read(expected_path));
}

INSTANTIATE_TEST_SUITE_P(CiscoSecureEndpoint, EndpointMappingGolden,
                         testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

TEST(EndpointFunctions, PathsHaveOneSpelling) {
  EXPECT_EQ(plain_path(R"(\\?\C:\Users\nora\a.exe)"), R"(\\?\C:\Users\nora\a.exe)");
  EXPECT_EQ(plain_path("/C:/Windows/a.exe"), R"(C:\Windows\a.exe)");
  EXPECT_EQ(plain_path("file:///C%3A/Program%20Files/a.exe"), R"(C:\Program Files\a.exe)");
  EXPECT_EQ(plain_path("file:///usr/bin/a"), "/usr/bin/a");
  EXPECT_EQ(plain_path("/usr/bin/a%20b"), "/usr/bin/a%20b");
  // What is no UTF-8 stays encoded.
  EXPECT_EQ(plain_path("file:///C%3A/%FF%zz"), "/C%3A/%FF%zz");
  EXPECT_EQ(plain_path("/"), "/");
  EXPECT_EQ(plain_path(""), "");
}

TEST(EndpointFunctions, CommandLinesAreTakenApart) {
  using testing::ElementsAre;
  EXPECT_THAT(split_arguments(R"("C:\Program Files\a.exe"  cl  "x y"z "")"),
              ElementsAre(R"(C:\Program Files\a.exe)", "cl", "x yz", ""));
  EXPECT_TRUE(split_arguments("").empty());
  std::string many;
  for (int i = 0; i < 1001; ++i)
    many += "a ";
  EXPECT_TRUE(split_arguments(many).empty());
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_endpoint::test
