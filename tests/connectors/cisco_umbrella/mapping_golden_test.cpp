// Every case below mappings/tests/ is rendered and compared. A case is an array of records: stream,
// meta, and raw, a row. UPDATE_GOLDEN=1 rewrites the expectations;
// the difference is to be read by a human.
#include "base/embedded.hpp"
#include "codec/json.hpp"
#include "codec/json_pretty.hpp"
#include "codec/json_scan.hpp"
#include "connectors/cisco_umbrella/functions.hpp"
#include "connectors/cisco_umbrella/readers.hpp"
#include "ecs/function_values.hpp"
#include "ecs/view.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::embedded::cisco_umbrella {
std::span<const File> files();
}

namespace cistern::connectors::cisco_umbrella {
namespace {

std::filesystem::path cases_folder() {
  return std::filesystem::path(CISTERN_SOURCE_DIR) / "src/connectors/cisco_umbrella/mappings/tests";
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

std::shared_ptr<const ecs::View> umbrella_view() {
  auto view = ecs::compile_view(embedded::cisco_umbrella::files(), mapping_functions(), {},
                                record_readers());
  if (!view) ADD_FAILURE() << view.error().cause;
  return view.value_or(nullptr);
}

/// Renders the records of a case as the store would give them.
std::string render_case(const ecs::View& view, std::string_view records) {
  const auto scratch = view.make_scratch();
  std::string all = "[";
  std::uint64_t sequence = 0;
  for (codec::JsonElements elements(records); elements.next();) {
    const std::string stream = ecs::text_of_json(ecs::member_of_json(elements.value(), "stream"));
    const std::string_view raw = ecs::member_of_json(elements.value(), "raw");
    journal::Envelope envelope;
    envelope.sequence = ++sequence;
    envelope.id = "0123456789abcdef0123456789abcdef";
    envelope.connector = "fabrikam-umbrella";
    envelope.stream = stream;
    envelope.received = "2026-03-04T10:40:00.000Z";
    envelope.meta = ecs::member_of_json(elements.value(), "meta");
    envelope.form = raw.starts_with('"') ? RawForm::text : RawForm::json;
    envelope.raw = raw.starts_with('"') ? raw.substr(1, raw.size() - 2) : raw;
    std::string document;
    view.render(envelope, {}, *scratch, document);
    EXPECT_TRUE(codec::JsonSplitter().why_invalid(document).empty()) << document;
    all += (all.size() > 1 ? "," : "") + document;
  }
  return all + "]";
}

class UmbrellaMappingGolden : public testing::TestWithParam<std::string> {};

TEST_P(UmbrellaMappingGolden, RendersAsExpected) {
  const auto view = umbrella_view();
  ASSERT_NE(view, nullptr);
  const auto expected_path = cases_folder() / (GetParam() + ".expected.json");
  std::string scratch;
  const std::string records = read(cases_folder() / (GetParam() + ".in.json"));
  std::string actual;
  codec::append_pretty_json(actual, render_case(*view, codec::compact_json(records, scratch)));
  actual += "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_path, std::ios::binary) << actual;
  }
  EXPECT_EQ(actual, read(expected_path));
}

INSTANTIATE_TEST_SUITE_P(CiscoUmbrella, UmbrellaMappingGolden, testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella
