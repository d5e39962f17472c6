#include "codec/json_paths.hpp"

#include <gtest/gtest.h>

namespace cistern::codec {
namespace {

TEST(JsonPaths, FindsEachPathInOneWalk) {
  PathTree tree;
  const auto a = tree.add("a");
  const auto abc = tree.add("a.b.c");
  const auto other = tree.add("x.y");
  const auto x = tree.add("x");
  EXPECT_EQ(tree.add("a.b.c"), abc);
  PathValues values;
  values.read(tree, R"({"z":[{"a":1}],"a":{"b":{"c":18446744073709551615,"d":0}},"x":"text"})");
  EXPECT_EQ(values.at(a), R"({"b":{"c":18446744073709551615,"d":0}})");
  EXPECT_EQ(values.at(abc), "18446744073709551615");
  EXPECT_EQ(values.at(other), "") << "a text has no members";
  values.read(tree, R"({"a":null})");
  EXPECT_EQ(values.at(a), "null");
  EXPECT_EQ(values.at(abc), "") << "nothing of the text before stays";
  EXPECT_EQ(values.at(x), "");
}

TEST(JsonPaths, TheLastOfMembersNamedTwiceCountsWithAllBelowIt) {
  PathTree tree;
  const auto ab = tree.add("a.b");
  const auto ac = tree.add("a.c");
  PathValues values;
  values.read(tree, R"({"a":{"b":1,"c":2},"a":{"c":3}})");
  EXPECT_EQ(values.at(ab), "");
  EXPECT_EQ(values.at(ac), "3");
}

TEST(JsonPaths, EscapedNamesAreTheNamesTheyStandFor) {
  PathTree tree;
  const auto node = tree.add("event.Name");
  PathValues values;
  values.read(tree, R"({"ev\u0065nt":{"N\u0061me":"x"}})");
  EXPECT_EQ(values.at(node), "\"x\"");
}

TEST(JsonPaths, ManyNamesAreFoundAsFewAre) {
  PathTree tree;
  std::vector<PathTree::Node> nodes;
  std::string json = "{";
  for (int i = 0; i < 300; ++i) {
    nodes.push_back(tree.add("e.name" + std::to_string(i)));
    json += (i == 0 ? "\"e\":{\"name" : ",\"name") + std::to_string(i) + "\":" + std::to_string(i);
  }
  PathValues values;
  json += "}}";
  values.read(tree, json);
  for (int i = 0; i < 300; ++i)
    EXPECT_EQ(values.at(nodes[static_cast<std::size_t>(i)]), std::to_string(i));
}

TEST(JsonPaths, AnElementStandsInThePlaceOfItsArray) {
  PathTree tree;
  const auto list = tree.add("e.list");
  const auto name = tree.add("e.list.name");
  const auto second = tree.add("e.list.1.name");
  PathValues values;
  values.read(tree, R"({"e":{"list":[{"name":"a"},{"name":"b"}]}})");
  EXPECT_EQ(values.at(name), "") << "an array has no named member";
  EXPECT_EQ(values.at(second), "\"b\"") << "but numbered ones";
  values.bind(list, R"({"name":"a"})");
  EXPECT_EQ(values.at(name), "\"a\"");
  values.bind(list, R"("plain")");
  EXPECT_EQ(values.at(list), "\"plain\"");
  EXPECT_EQ(values.at(name), "");
}

TEST(JsonPaths, ASinglePathIsFoundByItself) {
  EXPECT_EQ(find_json_path(R"({"b":{"c":1},"a":{"t":"x"}})", "a.t"), "\"x\"");
  EXPECT_EQ(find_json_path(R"({"a":[1]})", "a.t"), "");
  EXPECT_EQ(find_json_path(R"([])", "a.t"), "");
}

}  // namespace
}  // namespace cistern::codec
