// Records whose fields lie within an object: known names, drift, and what functions replace there.
#include "tests_support.hpp"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::ecs {
namespace {

using testing::HasSubstr;

constexpr std::string_view kHead = R"(
streams: [audit.general]
vendor_key: acme.log
module: acme
dataset: acme.log
)";

Renderer renderer_of(std::string_view rules) {
  FunctionTable functions;
  functions["short"] = [](std::string_view json, FieldSink& sink) {
    sink.set_json(".size", std::to_string(json.size()));
    return true;
  };
  const auto view = view_of(std::string(kHead) + std::string(rules), functions);
  if (!view) ADD_FAILURE() << view.error().cause;
  return Renderer(view.value());
}

std::map<std::string, std::uint64_t, std::less<>> unknown_in(Renderer& renderer) {
  const auto drift = renderer.drift();
  return drift.empty() ? decltype(unknown_in(renderer)){}
                       : drift.at("audit.general").unknown_fields;
}

TEST(NestedFields, NamesWithinADeclaredObjectAreDriftWhenUnknown) {
  auto renderer =
      renderer_of("known: [head, event.a, event.free]\nrules: [{copy: event.a, to: x}]");
  EXPECT_THAT(renderer.render(R"({"head":{"any":1},"event":{"a":"A","new":[1],"free":{"b":1}}})"),
              HasSubstr(R"("log":{"head":{"any":1},"event":{"a":"A","new":[1],"free":{"b":1}}})"));
  EXPECT_EQ(unknown_in(renderer),
            (std::map<std::string, std::uint64_t, std::less<>>{{"event.new", 1}}));
  renderer.render(R"({"event":{"n\u0065w":1},"other":{"a":1}})");
  EXPECT_EQ(unknown_in(renderer),
            (std::map<std::string, std::uint64_t, std::less<>>{{"event.new", 1}, {"other", 1}}));
  renderer.render(R"({"event":"text"})");
  renderer.render(R"({"event":[{"new":1}]})");
  EXPECT_TRUE(unknown_in(renderer).empty()) << "only members of an object have names";
}

TEST(NestedFields, ARuleOnAnUndeclaredNameDoesNotCompile) {
  const auto view = view_of(std::string(kHead) +
                            "known: [event.a]\nrules: [{copy: event.b, to: x}, {copy: c, to: y}]");
  ASSERT_FALSE(view);
  EXPECT_THAT(view.error().cause, HasSubstr("`event.b` is not in the list `known`"));
  EXPECT_THAT(view.error().cause, HasSubstr("`c` is not in the list `known`"));
}

TEST(NestedFields, FunctionsReplaceInPlace) {
  auto renderer = renderer_of(R"(rules:
  - {call: short, with: e.late, in_place: true}
  - {call: short, with: e.list, in_place: true}
  - {call: short, with: e.in.deep, in_place: true}
)");
  EXPECT_THAT(
      renderer.render(R"({"z":0,"e":{"list":[1,2],"k":"v","in":{"deep":"x"},"late":7},"q":1})"),
      HasSubstr(R"("log":{"z":0,"e":{"list":{"size":5},"k":"v","in":{"deep":{"size":3}},)"
                R"("late":{"size":1}},"q":1})"));
  EXPECT_THAT(renderer.render(R"({"e":{"k":"v"}})"), HasSubstr(R"("log":{"e":{"k":"v"}})"));
  EXPECT_THAT(renderer.render(R"({"e":{"list":[1]},"e":{"list":[12]}})"),
              HasSubstr(R"("log":{"e":{"list":{"size":4}}})"))
      << "of a repeated name the last value counts";
}

TEST(NestedFields, OfOverlappingReplacementsTheFirstStays) {
  auto inner_first = renderer_of(R"(rules:
  - {call: short, with: e.in.deep, in_place: true}
  - {call: short, with: e.in, in_place: true}
  - {call: short, with: e.in.deep, in_place: true}
)");
  EXPECT_THAT(inner_first.render(R"({"e":{"in":{"deep":"x"}}})"),
              HasSubstr(R"("log":{"e":{"in":{"deep":{"size":3}}}})"));
  auto outer_first = renderer_of(R"(rules:
  - {call: short, with: e, in_place: true}
  - {call: short, with: e.in, in_place: true}
)");
  EXPECT_THAT(outer_first.render(R"({"e":{"in":1}})"), HasSubstr(R"("log":{"e":{"size":8}})"));
}

}  // namespace
}  // namespace cistern::ecs
