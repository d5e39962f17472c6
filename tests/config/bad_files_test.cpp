// Files with one fault each: where it is reported, in what words, and what to do about it.
#include "test_schema.hpp"

#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::config {
namespace {

using testing_schema::load_text;

struct Case {
  const char* name;
  std::string text;
  int line;
  int column;
  const char* what;
  const char* next_step;
};
void PrintTo(const Case& bad, std::ostream* out) {
  *out << bad.name;
}

/// A file whose connector ends with this line, which is line 6.
std::string connector_with(const std::string& line) {
  return "store: {path: /s}\nconnectors:\n  a:\n    type: cloud_audit\n    tenant: t\n    " + line +
         "\n";
}
std::string file_with(const std::string& lines) {
  return "store: {path: /s}\nconnectors: {a: {type: cloud_audit, tenant: t}}\n" + lines + "\n";
}

const Case kCases[] = {
    {"empty", "", 0, 0, "the file is empty", "connectors: {my-connector: {type: cloud_audit}}"},
    {"comment_only", "# nothing\n", 0, 0, "the file is empty", "connectors: {"},
    {"no_connectors", "store: {path: /s}\nconnectors:\n", 2, 1, "names no connector",
     "connectors: {"},
    {"no_store", "connectors: {a: {type: cloud_audit, tenant: t}}\n", 0, 0, "store has no 'path'",
     "add `store:` with `path: /var/lib/cistern`"},
    {"text_alone", "hello", 1, 1, "does not begin with a name", "write for example `connectors:"},
    {"list_alone", "- a\n", 1, 1, "does not begin with a name", "connectors:"},
    {"unknown_part", file_with("conectors: {}"), 3, 1, "unknown part 'conectors'",
     "did you mean 'connectors'?"},
    {"unknown_part_far", file_with("outputs: {}"), 3, 1, "unknown part 'outputs'",
     "use one of: store, telemetry, connectors, destinations"},
    {"part_of_wrong_shape", file_with("telemetry: [a]"), 3, 12,
     "'telemetry' must hold names with values", "name: value"},
    {"part_twice", file_with("store: {path: /t}"), 3, 1, "'store' is given twice, first in line 1",
     "keep one"},
    {"unknown_option", connector_with("tenat: x"), 6, 5, "unknown option 'tenat' in connector 'a'",
     "did you mean 'tenant'?"},
    {"unknown_option_far", connector_with("wallpaper: x"), 6, 5, "unknown option 'wallpaper'",
     "use one of: tenant, client_secret"},
    {"option_twice", connector_with("tenant: u"), 6, 5, "'tenant' is given twice, first in line 5",
     "keep one of the two"},
    {"connector_twice", connector_with("cloud: gcc\n  a: {type: cloud_audit, tenant: u}"), 7, 3,
     "'a' is given twice", "keep one"},
    {"map_entry_twice", connector_with("names: {x: 1, x: 2}"), 6, 19, "'x' is given twice",
     "keep one"},
    {"no_type", "store: {path: /s}\nconnectors:\n  a: {tenant: t}\n", 3, 3,
     "connector 'a' has no 'type'", "add `type:` with one of: cloud_audit"},
    {"mistyped_type", "store: {path: /s}\nconnectors:\n  a: {tpye: cloud_audit}\n", 3, 7,
     "unknown option 'tpye'", "did you mean 'type'?"},
    {"unknown_type", "store: {path: /s}\nconnectors:\n  a: {type: clod_audit}\n", 3, 13,
     "unknown connector type 'clod_audit'", "did you mean 'cloud_audit'?"},
    {"type_is_a_list", "store: {path: /s}\nconnectors:\n  a: {type: [x]}\n", 3, 7,
     "must be one word", "cloud_audit"},
    {"component_is_a_text", "store: {path: /s}\nconnectors:\n  a: cloud_audit\n", 3, 6,
     "connector 'a' must hold names with values", "name: value"},
    {"component_is_empty", "store: {path: /s}\nconnectors:\n  a:\n", 3, 3,
     "connector 'a' has no 'type'", "add `type:`"},
    {"bad_name",
     "store: {path: /s}\nconnectors:\n  Contoso Audit: {type: cloud_audit, tenant: t}\n", 3, 3,
     "'Contoso Audit' cannot be the name of a connector", "such as 'contoso-audit'"},
    {"long_name",
     "store: {path: /s}\nconnectors:\n  " + std::string(64, 'a') +
         ": {type: cloud_audit, tenant: t}\n",
     3, 3, "cannot be the name", "at most 63"},
    {"missing_required", "store: {path: /s}\nconnectors:\n  a: {type: cloud_audit}\n", 3, 3,
     "connector 'a' has no 'tenant'", "add `tenant: contoso.onmicrosoft.com`. Name of the tenant."},
    {"no_value", connector_with("endpoint:"), 6, 5, "'endpoint' has no value",
     "or remove the option"},
    {"empty_text", connector_with("endpoint: ''"), 6, 15, "'endpoint' is empty",
     "or remove the option"},
    {"list_for_text", connector_with("endpoint: [a]"), 6, 15, "'endpoint' must be a text",
     "write one text"},
    {"text_for_list", connector_with("clouds: gcc"), 6, 13, "'clouds' must be a list",
     "write a list"},
    {"empty_list", connector_with("clouds: []"), 6, 13, "'clouds' is an empty list",
     "remove the option"},
    {"list_of_lists", connector_with("clouds: [[gcc]]"), 6, 14,
     "holds something that is not a text", "write a list"},
    {"bad_list_item", connector_with("clouds: [gcc, chna]"), 6, 19,
     "'chna' is not a value of 'clouds'", "did you mean 'china'?"},
    {"bad_choice", connector_with("cloud: mars"), 6, 12, "'mars' is not a value of 'cloud'",
     "use one of: global, gcc, china"},
    {"text_for_map", connector_with("names: x"), 6, 12, "'names' must be a map", "{name: value}"},
    {"map_of_lists", connector_with("names: {x: [1]}"), 6, 13, "holds something that is not a text",
     "{name: value}"},
    {"bad_integer", connector_with("parallel: four"), 6, 15,
     "'parallel' is 'four', which is not a whole number", "write digits only"},
    {"fraction", connector_with("parallel: 4.5"), 6, 15, "not a whole number", "digits"},
    {"integer_range", connector_with("parallel: 65"), 6, 15,
     "'parallel' is '65', but the allowed range is from 1 to 64", "from 1 to 64"},
    {"huge_integer", connector_with("parallel: 99999999999999999999"), 6, 15, "not a whole number",
     "digits"},
    {"bad_boolean", connector_with("enabled: yes"), 6, 14, "neither true nor false",
     "write true or false"},
    {"duration_without_unit", connector_with("poll_every: 30"), 6, 17, "a duration without a unit",
     "30s for seconds"},
    {"bad_duration", connector_with("poll_every: soon"), 6, 17, "not a duration",
     "such as 30s, 12h or 1h30m"},
    {"duration_below", connector_with("poll_every: 1s"), 6, 17, "allowed range is from 30s to 1d",
     "from 30s to 1d"},
    {"duration_above", connector_with("poll_every: 1d1ms"), 6, 17,
     "allowed range is from 30s to 1d", "from 30s to 1d"},
    {"bad_size",
     "store: {path: /s, max_size: 1.5GiB}\nconnectors: {a: {type: cloud_audit, tenant: t}}\n", 1,
     29, "not a size", "512KiB"},
    {"size_below",
     "store: {path: /s, max_size: 1MiB}\nconnectors: {a: {type: cloud_audit, tenant: t}}\n", 1, 29,
     "allowed range is at least 64MiB", "at least 64MiB"},
    {"reference_in_text", connector_with("endpoint: ${env:HOST}"), 6, 15,
     "'endpoint' is not a secret", "write the value itself"},
    {"unknown_connector", file_with("destinations: {f: {type: file, path: /f, connectors: [b]}}"),
     3, 55, "there is no connector 'b'", "use one of: a"},
    {"nearest_connector",
     "store: {path: /s}\nconnectors: {contoso: {type: cloud_audit, tenant: t}}\ndestinations: {f: "
     "{type: file, path: /f, connectors: [contso]}}\n",
     3, 55, "there is no connector 'contso'", "did you mean 'contoso'?"},
    {"own_check", connector_with("endpoint: nowhere"), 6, 15, "no such endpoint", "name another"},
    {"variable_not_set", connector_with("client_secret: ${env:NONE}"), 6, 20,
     "environment variable NONE is not set", "set it for the process"},
    {"variable_empty", connector_with("client_secret: ${env:EMPTY}"), 6, 20,
     "environment variable EMPTY is empty", "put the secret there"},
    {"variable_name", connector_with("client_secret: ${env:A B}"), 6, 20,
     "not the name of an environment variable", "letters, digits"},
    {"file_missing", connector_with("client_secret: ${file:/none}"), 6, 20, "cannot read /none",
     "create it"},
    {"file_empty", connector_with("client_secret: {file: /secrets/empty}"), 6, 20,
     "the file /secrets/empty is empty", "put the secret there"},
    {"credential_path", connector_with("client_secret: ${credential:../key}"), 6, 20,
     "not the name of a systemd credential", "without a path"},
    {"secret_empty", connector_with("client_secret: ''"), 6, 20,
     "the secret 'client_secret' is empty", "${env:NAME}"},
    {"secret_null", connector_with("client_secret:"), 6, 5, "'client_secret' has no value",
     "${env:CLIENT_SECRET}"},
    {"secret_list", connector_with("client_secret: [a]"), 6, 20,
     "must be one secret and not a list", "${env:NAME}"},
    {"secret_part_reference", connector_with("client_secret: key-${env:CLIENT_SECRET}"), 6, 20,
     "it must be the whole value", "nothing before or after"},
    {"secret_unknown_provider", connector_with("client_secret: ${vault:x}"), 6, 20,
     "cannot be followed", "${env:NAME}, ${file:PATH}"},
    {"secret_mapping", connector_with("client_secret: {evn: X}"), 6, 20,
     "does not say where the secret comes from", "{env: NAME}"},
    {"tab", "store:\n\tpath: /s\n", 2, 6, "not valid YAML", "YAML takes no tabs"},
    {"indentation", "store:\n  path: /s\n keep: 1d\n", 3, 2, "not valid YAML", "check indentation"},
    {"open_quote", "store: {path: /s}\nconnectors:\n  a: \"b\n  c: d\n", 3, 6,
     "this quote is never closed", "close it"},
    {"open_bracket", "store: {path: /s\n", 2, 1, "not valid YAML", "brackets"},
    {"reference_between_brackets",
     "connectors: {a: {type: cloud_audit, client_secret: ${env:X}}}\n", 1, 53, "not valid YAML",
     "put quotes around a reference"},
    {"alias", "store: *defaults\n", 1, 8, "aliases (*name) are not read", "write the value out"},
    {"anchor", "store: &defaults {path: /s}\n", 1, 8, "anchors (&name) are not read",
     "write the value out"},
    {"tag", "store: !include x\n", 1, 8, "tags (!name) are not read", "remove the tag"},
    {"second_document", "store: {path: /s}\n---\nstore: {path: /t}\n", 3, 1,
     "a second YAML document", "remove the line '---'"},
    {"key_without_name", connector_with("? [a]\n    : b"), 6, 7, "a name is missing before ':'",
     "name: value"},
    {"too_deep", "a: " + std::string(200, '[') + std::string(200, ']'), 1, 104 - 1,
     "nested deeper than 100 levels", "never closed"},
    {"too_many_values",
     "a: [" +
         [] {
           std::string s;
           for (int i = 0; i < 100'001; ++i)
             s += "1,\n";
           return s;
         }() +
         "]",
     99998, 1, "more than 100000 values", "split"},
    {"not_utf8", "store: {path: /s}\n# caf\xE9\n", 2, 6, "not UTF-8", "encoding UTF-8"},
    {"utf16", std::string("\xFF\xFEs\0t\0", 6), 1, 1, "UTF-16", "encoding UTF-8"},
    {"control_character", std::string("store: {path: /s}\nx\0y", 21), 2, 2, "control character",
     "remove it"},
    {"too_large", std::string((4U << 20) + 1, ' '), 0, 0, "more than the 4 MiB that are read",
     "split"},
};

class BadFile : public testing::TestWithParam<Case> {};

TEST_P(BadFile, IsOneProblemWithPlaceAndNextStep) {
  const Case& bad = GetParam();
  const Loaded loaded = load_text(bad.text);
  EXPECT_FALSE(loaded.ok());
  const Problem* found = nullptr;
  for (const Problem& problem : loaded.problems)
    if (problem.what.find(bad.what) != std::string::npos) found = &problem;
  ASSERT_NE(found, nullptr) << render(loaded.problems, false);
  EXPECT_EQ(found->place.line, bad.line) << render(loaded.problems, false);
  EXPECT_EQ(found->place.column, bad.column) << render(loaded.problems, false);
  EXPECT_THAT(found->next_step, testing::HasSubstr(bad.next_step));
  // One fault is one problem, with nothing that follows from it.
  EXPECT_EQ(loaded.problems.size(), 1U) << render(loaded.problems, false);
}

INSTANTIATE_TEST_SUITE_P(Config, BadFile, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string{info.param.name}; });

TEST(Problems, AreReportedAllAtOnceInTheOrderOfTheFile) {
  const Loaded loaded = load_text(
      "destinations: {f: {type: fil}}\n"
      "connectors:\n"
      "  a: {type: cloud_audit, tenant: t, parallel: 0}\n"
      "  b: {type: cloud_audit}\n"
      "store: {keep: 1s}\n");
  std::vector<int> lines;
  for (const Problem& problem : loaded.problems)
    lines.push_back(problem.place.line);
  EXPECT_EQ(lines, (std::vector<int>{1, 3, 4, 5, 5})) << render(loaded.problems, false);
}

TEST(Problems, AMistypedRequiredOptionIsOneProblem) {
  const Loaded loaded =
      load_text("store: {path: /s}\nconnectors:\n  a: {type: cloud_audit, tennant: t}\n");
  EXPECT_EQ(loaded.problems.size(), 1U) << render(loaded.problems, false);
}

TEST(Problems, ACheckOfSeveralOptionsRunsOnlyOnSoundValues) {
  EXPECT_EQ(load_text(connector_with("endpoint: nowhere\n    parallel: x")).problems.size(), 1U);
  const Loaded warned = load_text(connector_with("parallel: 64"));
  EXPECT_TRUE(warned.ok());
  ASSERT_EQ(warned.problems.size(), 1U);
  EXPECT_EQ(warned.problems[0].place.line, 3);
}

TEST(Problems, EndAfterAHundredAndStayErrors) {
  std::string text = "store: {path: /s}\nconnectors:\n";
  for (int i = 0; i < 500; ++i)
    text += "  c" + std::to_string(i) + ": {type: cloud_audit, tenant: t, client_secret: plain}\n";
  text += "unknown_part: 1\n";
  const Loaded loaded = load_text(text);
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.problems.size(), 102U) << "a hundred warnings, and the error behind them";
  EXPECT_THAT(loaded.problems.back().what, testing::HasSubstr("400 more warnings"));

  text = "store: {path: /s}\nconnectors:\n";
  for (int i = 0; i < 500; ++i)
    text += "  c" + std::to_string(i) + ": {type: cloud_audit, tenant: t, colour: red}\n";
  const Loaded wrong = load_text(text);
  EXPECT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.problems.size(), 101U);
  EXPECT_THAT(wrong.problems.back().what, testing::HasSubstr("there may be more"));
}

/// Everything a problem says about a file in which the word stands where secrets may stand.
std::string all_words(const std::string& text) {
  const Loaded loaded = load_text(text);
  EXPECT_FALSE(loaded.problems.empty()) << text;
  std::string words = render(loaded.problems, false);
  for (const Problem& problem : loaded.problems)
    words += problem.what + problem.next_step + problem.source_line;
  return words;
}

TEST(Problems, NeverHoldTheTextOfASecret) {
  const std::string files[] = {
      connector_with("client_secret: hunter2"),
      connector_with("client_secret: \"hunter2\"  # hunter2"),
      connector_with("client_secret: 'hunter2"),
      connector_with("client_secret: hunter2: x"),
      connector_with("client_secret: *hunter2"),
      connector_with("client_secret: &hunter2 x"),
      connector_with("client_secret: !hunter2 x"),
      connector_with("client_secret: \"\\hunter2\""),
      connector_with("client_secret: @hunter2"),
      connector_with("client_secret: [hunter2]"),
      connector_with("client_secret: {hunter2}"),
      connector_with("client_secret: {hunter2: x}"),
      connector_with("client_secret: {env: {hunter2: x}}"),
      connector_with("client_secret: ${hunter2}"),
      connector_with("client_secret: ${vault:hunter2}"),
      connector_with("client_secret: hunter2${env:X}"),
      connector_with("client_secre: hunter2"),
      connector_with("client_secre: {x: hunter2}"),
      connector_with("password: [hunter2, hunter2]"),
      connector_with("client_secret:\n      - hunter2\n      - [\"hunter2\"]"),
      connector_with("client_secret: |\n      hunter2\n      hunter2\n    colour: x"),
      connector_with("client_secret: \"first\n      hunter2\"\n    colour: x"),
      connector_with("client_secre: x\n     hunter2"),
      connector_with("client_secre: x\n   hunter2: y"),
      connector_with("names: {authorization: hunter2, x: [hunter2]}"),
      connector_with("endpoint: https://user:hunter2@host/ # hunter2\n    endpoint: x"),
      connector_with("endpoint: nowhere # hunter2"),
      connector_with("parallel: 5x # hunter2"),
      "store: {path: /s}\nconnectors: {a: {type: cloud_audit, tenat: x, client_secret: hunter2}}\n",
      "store: {path: /s}\nconnectors: {a: {type: cloud_audit, client_secret: \"x\n  hunter2\", "
      "tenat: x}}\n",
      "store: {path: /s}\nconnectors: {a: {client_secret: hunter2, type: unknown}}\n",
      "store: {path: /s}\nconnectors: {a: hunter2}\n",
      "store: {path: /s}\nconnectors: [hunter2]\n",
      "store: {path: /s}\nconnectors: hunter2\n",
      "hunter2",
      "- hunter2\n",
      "connectors: {a: {client_secret: hunter2, b: ]\n",
      "client_secret: hunter2\x01\n",
  };
  for (const std::string& text : files)
    EXPECT_EQ(all_words(text).find("hunter2"), std::string::npos) << text << "\n---\n"
                                                                  << all_words(text);
}

TEST(Problems, ShowTheLineWithItsColumnsInPlace) {
  const Loaded loaded = load_text(
      "store: {path: /s}\nconnectors: {a: {type: cloud_audit, client_secret: s3cret, tenat: x}}\n");
  const std::string words = render(loaded.problems, false);
  EXPECT_THAT(words,
              testing::HasSubstr(
                  "  2 | connectors: {a: {type: cloud_audit, client_secret: ******* tenat: ***\n"
                  "    |                                                            ^^^^^\n"))
      << words;
}

TEST(Problems, KeepLongLinesShort) {
  const Loaded loaded =
      load_text("store: {path: /s}\nconnectors: {a: {type: cloud_audit, tenant: " +
                std::string(100'000, 'x') + ", colour: x}}\n");
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_LT(loaded.problems[0].source_line.size(), 300U);
  EXPECT_LT(render(loaded.problems, false).size(), 2000U);
}

}  // namespace
}  // namespace cistern::config
