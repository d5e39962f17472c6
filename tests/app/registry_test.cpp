#include "app/registry.hpp"

#include "app/command_line.hpp"
#include "app/setup.hpp"
#include "config/loader.hpp"

#include <set>

#include <gtest/gtest.h>

namespace cistern::app {
namespace {

TEST(Registry, EveryConnectorHasAGuideAndMappingsThatCompile) {
  const auto registry = make_registry();
  ASSERT_FALSE(registry.connectors.empty());
  for (const auto& type : registry.connectors) {
    bool guide = false;
    for (const auto& file : type.files)
      guide = guide || file.path == "guide.yaml";
    EXPECT_TRUE(guide) << type.name;
    EXPECT_FALSE(type.streams.empty()) << type.name;
    const auto view =
        compile_view_of(type, type.view_options(config::default_values(type.options)), {});
    ASSERT_TRUE(view) << type.name << ": " << view.error().sentence();
    EXPECT_FALSE((*view)->version().empty());
  }
}

TEST(Registry, NoComponentOptionHidesACommonOne) {
  const auto registry = make_registry();
  const auto schema = registry.schema();
  const auto expect_apart = [](std::span<const config::Option> common,
                               const config::ComponentType& type) {
    std::set<std::string_view> names;
    for (const auto& option : common)
      names.insert(option.name);
    for (const auto& option : type.options)
      EXPECT_TRUE(names.insert(option.name).second) << type.name << "." << option.name;
  };
  for (const auto& type : schema.connectors)
    expect_apart(schema.common_connector, type);
  for (const auto& type : schema.destinations)
    expect_apart(schema.common_destination, type);
}

TEST(Registry, EveryOptionExplainsItself) {
  const auto schema = make_registry().schema();
  const auto check = [](std::span<const config::Option> options) {
    for (const auto& option : options)
      EXPECT_GT(option.text.size(), 20U) << option.name;
  };
  check(schema.store);
  check(schema.telemetry);
  check(schema.common_connector);
  check(schema.common_destination);
  for (const auto& type : schema.connectors)
    check(type.options);
  for (const auto& type : schema.destinations)
    check(type.options);
}

TEST(Registry, TheExamplesAreSoundConfigurations) {
  const auto registry = make_registry();
  config::SecretSources secrets;
  // As long as a key of AWS.
  secrets.environment = [](const std::string&) { return std::optional{std::string(40, 'x')}; };
  secrets.read_file = [](const std::string&) {
    return Result<std::string>{"s3cret-value~of-an-example"};
  };
  for (const char* name : {"quickstart.yaml", "microsoft-365.yaml", "falcon.yaml"}) {
    const auto path = std::string{CISTERN_SOURCE_DIR} + "/examples/" + name;
    const auto text = read_whole_file(path, 1U << 20);
    ASSERT_TRUE(text);
    const auto loaded = config::load(*text, path, registry.schema(), secrets);
    EXPECT_TRUE(loaded.ok()) << config::render(loaded.problems, false);
  }
}

TEST(CommandLine, ThePageHoldsEveryCommand) {
  const auto page = commands_page();
  for (const char* command :
       {"cistern run", "cistern check", "cistern guide", "cistern doctor", "cistern status",
        "cistern tail", "cistern normalize", "cistern explain", "cistern coverage",
        "cistern store verify", "cistern store dump", "cistern lab", "cistern lab verify",
        "cistern docs", "cistern version"}) {
    EXPECT_NE(page.find("## " + std::string{command} + "\n"), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace cistern::app
