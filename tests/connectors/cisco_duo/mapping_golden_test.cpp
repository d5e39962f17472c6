// Every case below mappings/tests/ is rendered and compared. A case is named after its stream, and
// is an array of records. UPDATE_GOLDEN=1 rewrites the expectations; the difference is to be read
// by a human.
#include "codec/json.hpp"
#include "codec/json_pretty.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_duo/functions.hpp"
#include "connectors/cisco_duo/log_stream.hpp"
#include "ecs/view.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::embedded::cisco_duo {
std::span<const File> files();
}

namespace cistern::connectors::cisco_duo {
namespace {

std::filesystem::path cases_folder() {
  return std::filesystem::path(CISTERN_SOURCE_DIR) / "src/connectors/cisco_duo/mappings/tests";
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

class DuoGolden : public testing::TestWithParam<std::string> {};

TEST_P(DuoGolden, RendersAsExpected) {
  const auto view = ecs::compile_view(embedded::cisco_duo::files(), mapping_functions(), {});
  ASSERT_TRUE(view) << view.error().cause;
  const auto scratch = (*view)->make_scratch();
  const auto expected_path = cases_folder() / (GetParam() + ".expected.json");
  const std::string records = read(cases_folder() / (GetParam() + ".in.json"));
  std::string all = "[";
  for (codec::JsonElements elements(records); elements.next();) {
    std::string compact;
    const std::string raw{codec::compact_json(elements.value(), compact)};
    journal::Envelope envelope;
    envelope.sequence = 17;
    envelope.id = "0123456789abcdef0123456789abcdef";
    envelope.connector = "contoso-duo";
    envelope.stream = GetParam();
    envelope.received = "2026-11-22T14:00:00.000Z";
    envelope.raw = raw;
    std::string document;
    (*view)->render(envelope, {.original = false}, *scratch, document);
    EXPECT_TRUE(codec::JsonSplitter().why_invalid(document).empty()) << document;
    all += (all.size() > 1 ? "," : "") + document;
  }
  EXPECT_TRUE(scratch->take_drift().empty()) << "the mapping does not know every field of the case";
  std::string actual;
  codec::append_pretty_json(actual, all + "]");
  actual += "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_path, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, read(expected_path));
}

INSTANTIATE_TEST_SUITE_P(Duo, DuoGolden, testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cistern::connectors::cisco_duo
