// Every case below mappings/tests/ is rendered and compared. A case is an array of records: meta,
// raw, and perhaps stream, which otherwise the message tells. UPDATE_GOLDEN=1 rewrites the
// expectations; the difference is to be read by a human.
#include "codec/json_pretty.hpp"
#include "codec/json_scan.hpp"
#include "ecs/function_values.hpp"
#include "syslog_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::syslog {
namespace {

std::filesystem::path cases_folder() {
  return std::filesystem::path(CISTERN_SOURCE_DIR) / "src/connectors/syslog/mappings/tests";
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

class SyslogGolden : public testing::TestWithParam<std::string> {};

TEST_P(SyslogGolden, RendersAsExpected) {
  Renderer renderer;
  const auto expected_path = cases_folder() / (GetParam() + ".expected.json");
  const std::string records = read(cases_folder() / (GetParam() + ".in.json"));
  std::string all = "[";
  for (codec::JsonElements elements(records); elements.next();) {
    const auto text = [&elements](std::string_view name) {
      return ecs::text_of_json(ecs::member_of_json(elements.value(), name));
    };
    std::string scratch;
    const std::string meta{
        codec::compact_json(ecs::member_of_json(elements.value(), "meta"), scratch)};
    const std::string document =
        renderer.render(text("raw"), {.meta = meta, .stream = text("stream")});
    EXPECT_TRUE(codec::JsonSplitter().why_invalid(document).empty()) << document;
    all += (all.size() > 1 ? "," : "") + document;
  }
  EXPECT_TRUE(renderer.drift().empty()) << "the mappings do not know every field of the case";
  std::string actual;
  codec::append_pretty_json(actual, all + "]");
  actual += "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_path, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, read(expected_path));
}

INSTANTIATE_TEST_SUITE_P(Syslog, SyslogGolden, testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cistern::connectors::syslog
