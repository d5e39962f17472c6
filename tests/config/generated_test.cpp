// What is generated from the tables: the JSON Schema and the reference pages.
#include "test_schema.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using testing::HasSubstr;

boost::json::value schema_value() {
  return boost::json::parse(json_schema(testing_schema::schema()));
}

TEST(JsonSchema, ClosesEveryObjectAndNamesWhatIsRequired) {
  const auto schema = schema_value();
  EXPECT_EQ(schema.at("$schema").as_string(), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_EQ(schema.at("required"), boost::json::parse(R"(["store","connectors"])"));
  EXPECT_EQ(schema.at_pointer("/properties/store/required"), boost::json::parse(R"(["path"])"));
  EXPECT_EQ(schema.at_pointer("/properties/store/additionalProperties"), false);
  EXPECT_EQ(schema.at_pointer("/$defs/connector_cloud_audit/required"),
            boost::json::parse(R"(["type","tenant"])"));
  EXPECT_EQ(schema.at_pointer("/$defs/connector_cloud_audit/additionalProperties"), false);
  EXPECT_EQ(schema.at_pointer("/properties/connectors/propertyNames/pattern").as_string(),
            "^[a-z0-9][a-z0-9_-]{0,62}$");
}

TEST(JsonSchema, DescribesEveryTypeOfOption) {
  const auto schema = schema_value();
  const auto property = [&](const char* name) {
    return schema.at_pointer(std::string{"/$defs/connector_cloud_audit/properties/"} + name);
  };
  EXPECT_EQ(property("type").at("const").as_string(), "cloud_audit");
  EXPECT_EQ(property("parallel").at("minimum"), 1);
  EXPECT_EQ(property("parallel").at("maximum"), 64);
  EXPECT_EQ(property("parallel").at("default"), 4);
  EXPECT_EQ(property("cloud").at("enum"), boost::json::parse(R"(["global","gcc","china"])"));
  EXPECT_EQ(property("clouds").at("items").at("enum").as_array().size(), 3U);
  EXPECT_EQ(property("clouds").at("default"), boost::json::parse(R"(["global","gcc"])"));
  EXPECT_EQ(property("enabled").at("type").as_string(), "boolean");
  EXPECT_EQ(property("enabled").at("default"), true);
  EXPECT_THAT(std::string{property("poll_every").at("description").as_string()},
              HasSubstr("Allowed: from 30s to 1d."));
  EXPECT_EQ(property("client_secret").at("anyOf").as_array().size(), 2U);
  EXPECT_EQ(property("names").at("type").as_string(), "object");
}

TEST(JsonSchema, ChoosesTheRuleByType) {
  const auto schema = schema_value();
  EXPECT_EQ(schema.at_pointer("/properties/connectors/additionalProperties/properties/type/enum"),
            boost::json::parse(R"(["cloud_audit"])"));
  EXPECT_EQ(schema.at_pointer("/properties/destinations/additionalProperties/allOf/0/then/$ref")
                .as_string(),
            "#/$defs/destination_file");
}

TEST(ReferencePages, HaveOnePageATypeAndOneForTheRest) {
  const auto pages = reference_pages(testing_schema::schema());
  ASSERT_EQ(pages.size(), 3U);
  const std::string& main = pages.at("configuration.md");
  EXPECT_THAT(main,
              HasSubstr("- [cloud_audit](connectors/cloud_audit.md): Audit records of a cloud."));
  EXPECT_THAT(main, HasSubstr("### `max_size`\n\nMost disk space.\n\n- Type: size\n- Required: "
                              "no\n- Default: `100GiB`\n- Range: at least 64MiB\n"));
  EXPECT_THAT(main, HasSubstr("### `enabled`"));
  EXPECT_THAT(pages.at("destinations/file.md"),
              HasSubstr("    type: file\n    path: /tmp/events\n"));
}

TEST(ReferencePages, SayEverythingTheTableSays) {
  const auto pages = reference_pages(testing_schema::schema());
  const std::string& page = pages.at("connectors/cloud_audit.md");
  EXPECT_THAT(page, HasSubstr("# cloud_audit\n\nAudit records of a cloud.\n"));
  EXPECT_THAT(page, HasSubstr("- Required: yes"));
  EXPECT_THAT(page, HasSubstr("- Choices: `global`, `gcc`, `china`"));
  EXPECT_THAT(page, HasSubstr("- Type: secret: `${env:NAME}`, `${file:PATH}`, `${credential:NAME}` "
                              "or `${sealed:NAME}`; never printed"));
  EXPECT_THAT(page, HasSubstr("- A change takes effect: at once"));
  EXPECT_THAT(page, HasSubstr("- Example: `tenant: contoso.onmicrosoft.com`"));
  for (const Option& option : testing_schema::kCloudOptions) {
    EXPECT_THAT(page, HasSubstr("## `" + std::string{option.name} + "`"));
    EXPECT_THAT(page, HasSubstr(std::string{option.text}));
  }
}

}  // namespace
}  // namespace cistern::config
