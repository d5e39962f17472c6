// Every case below mappings/tests/ of each connector is rendered and compared. UPDATE_GOLDEN=1
// rewrites the expectations; the difference is to be read by a human.
#include "tests_support.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

std::filesystem::path cases_folder(const std::string& connector) {
  return std::filesystem::path(CISTERN_SOURCE_DIR) / "src/connectors" / connector /
         "mappings/tests";
}

std::vector<std::string> case_names(const std::string& connector) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder(connector))) {
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

/// One field a line, so that a difference can be read.
std::string pretty(std::string_view json) {
  std::string out;
  int depth = 0;
  const auto line = [&out, &depth] {
    out += "\n" + std::string(2 * static_cast<unsigned>(depth), ' ');
  };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      const char* const end = codec::skip_json_string(&json[i], json.data() + json.size());
      out.append(&json[i], end);
      i = static_cast<std::size_t>(end - json.data()) - 1;
    } else if (c == '{' || c == '[') {
      out.push_back(c);
      if (json[i + 1] == '}' || json[i + 1] == ']') continue;
      ++depth;
      line();
    } else if (c == '}' || c == ']') {
      if (json[i - 1] != '{' && json[i - 1] != '[') {
        --depth;
        line();
      }
      out.push_back(c);
    } else {
      out.push_back(c);
      if (c == ',') line();
      if (c == ':') out.push_back(' ');
    }
  }
  return out;
}

/// Compares one case; the documents of all its records form one array.
void check_case(Renderer renderer, const std::filesystem::path& folder, const std::string& name) {
  const auto expected_path = folder / (name + ".expected.json");
  std::string body = read(folder / (name + ".in.json"));
  std::string all = "[";
  for (const std::string& document : renderer.render_all(body)) {
    EXPECT_TRUE(is_sound(document)) << document;
    all += (all.size() > 1 ? "," : "") + document;
  }
  const std::string actual = pretty(all + "]") + "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_path, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, read(expected_path));
}

class MappingGolden : public testing::TestWithParam<std::string> {};

TEST_P(MappingGolden, RendersAsExpected) {
  check_case(Renderer(microsoft_365_view()), cases_folder("microsoft_365"), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Microsoft365, MappingGolden,
                         testing::ValuesIn(case_names("microsoft_365")),
                         [](const auto& info) { return info.param; });

class FalconGolden : public testing::TestWithParam<std::string> {};

TEST_P(FalconGolden, RendersAsExpected) {
  check_case(Renderer(crowdstrike_falcon_view(), kFalconOrigin), cases_folder("crowdstrike_falcon"),
             GetParam());
}

INSTANTIATE_TEST_SUITE_P(CrowdstrikeFalcon, FalconGolden,
                         testing::ValuesIn(case_names("crowdstrike_falcon")),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cistern::ecs
