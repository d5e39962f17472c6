// The mapping functions on values that the golden cases do not hold: borders, and other types. A
// false result keeps the vendor's value and counts it as drift.
#include "connectors/crowdstrike_falcon/functions.hpp"

#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cistern::connectors::crowdstrike_falcon {
namespace {

class Fields : public ecs::FieldSink {
 public:
  void set_json(std::string_view field, std::string_view json) override { put(field, json); }
  void set_string(std::string_view field, std::string_view text) override { put(field, text); }
  void add_string(std::string_view field, std::string_view text) override { put(field, text); }

  std::map<std::string, std::string, std::less<>> values;

 private:
  void put(std::string_view field, std::string_view value) {
    std::string& held = values[std::string(field)];
    held += (held.empty() ? "" : "|") + std::string(value);
  }
};

/// `field=value` of all that was given, or "drift".
std::string result_of(const char* function, std::string_view json) {
  Fields fields;
  if (!mapping_functions().at(function)(json, fields)) return "drift";
  std::string all;
  for (const auto& [field, value] : fields.values)
    all += (all.empty() ? "" : " ") + field + "=" + value;
  return all;
}

TEST(FalconFunctions, NoneTrustsTheTypeOfItsValue) {
  for (const auto& [name, function] : mapping_functions()) {
    for (const char* json :
         {"{}", "[]", "[[]]", "[{}]", "[7]", "7", "-7", "1.5", "1e400", "true", "\"\"", "\"x\"",
          R"({"a":{"b":[1]}})", R"([{"Key":7}])", R"("\u0000\ud800")"}) {
      Fields fields;
      function(json, fields);
    }
  }
}

TEST(FalconFunctions, SnakeCase) {
  EXPECT_EQ(result_of("snake_case", R"("streamStarted")"), "event.action=stream_started");
  EXPECT_EQ(result_of("snake_case", R"("update_group")"), "event.action=update_group");
  EXPECT_EQ(result_of("snake_case", R"("EPPDetectionSummaryEvent")"),
            "event.action=epp_detection_summary_event");
  EXPECT_EQ(result_of("snake_case", R"("CSPMIOAStreamingEvent")"),
            "event.action=cspmioa_streaming_event");
  EXPECT_EQ(result_of("snake_case", R"("UNUSUAL_ACTIVITY")"), "event.action=unusual_activity");
  EXPECT_EQ(result_of("snake_case", R"("saml2Assert")"), "event.action=saml2_assert");
  EXPECT_EQ(result_of("snake_case", R"("getAPI")"), "event.action=get_api");
}

TEST(FalconFunctions, ProcessIdsBeyondTheRangeOfAnIndexAreOnlyNames) {
  EXPECT_EQ(result_of("process_id", "4242"), ".entity_id=4242 .pid=4242");
  EXPECT_EQ(result_of("process_id", R"("4242")"), ".entity_id=4242 .pid=4242");
  EXPECT_EQ(result_of("process_id", "9223372036854775807"),
            ".entity_id=9223372036854775807 .pid=9223372036854775807");
  EXPECT_EQ(result_of("process_id", "9223372036854775808"), ".entity_id=9223372036854775808");
  EXPECT_EQ(result_of("process_id", "18446744073709551615"), ".entity_id=18446744073709551615");
  EXPECT_EQ(result_of("process_id", "18446744073709551616"), "drift");
  EXPECT_EQ(result_of("process_id", "0"), "") << "no process";
  EXPECT_EQ(result_of("process_id", "-1"), "drift");
}

TEST(FalconFunctions, FileImage) {
  const auto path = [](std::string_view folder, std::string_view name) {
    return result_of("file_image", R"({"FilePath":")" + std::string(folder) + R"(","FileName":")" +
                                       std::string(name) + "\"}");
  };
  EXPECT_EQ(path(R"(C:\\a)", "b.exe"), R"(file.directory=C:\a file.path=C:\a\b.exe)");
  EXPECT_EQ(path(R"(C:\\a\\)", "b.exe"), R"(file.directory=C:\a file.path=C:\a\b.exe)");
  EXPECT_EQ(path(R"(C:\\a\\B.EXE)", "b.exe"), R"(file.directory=C:\a file.path=C:\a\B.EXE)");
  EXPECT_EQ(path("/usr/bin", "sh"), "file.directory=/usr/bin file.path=/usr/bin/sh");
  EXPECT_EQ(path("sh", "sh"), "file.path=sh");
  EXPECT_EQ(path("/usr/bin/sh", ""), "file.directory=/usr/bin file.path=/usr/bin/sh");
  EXPECT_EQ(result_of("file_image", R"({"FilePath":"/a","FileName":"a","ProcessId":"7"})"),
            "file.path=/a process.executable=/a");
  EXPECT_EQ(result_of("file_image", R"({"FilePath":"/b/a","FileName":"a","ProcessId":0})"),
            "file.directory=/b file.path=/b/a");
}

TEST(FalconFunctions, SeverityWordsFollowTheVendorsSteps) {
  for (const auto& [number, word] : std::map<std::string, std::string>{{"6", "informational"},
                                                                       {"19", "informational"},
                                                                       {"20", "low"},
                                                                       {"39", "low"},
                                                                       {"40", "medium"},
                                                                       {"\"59\"", "medium"},
                                                                       {"60", "high"},
                                                                       {"79", "high"},
                                                                       {"80", "critical"},
                                                                       {"100", "critical"}}) {
    EXPECT_EQ(result_of("severity_level", number), "log.level=" + word) << number;
  }
  EXPECT_EQ(result_of("severity_level", "5"), "") << "it may be of the scale 1 to 5";
  EXPECT_EQ(result_of("severity_level", "101"), "drift");
}

TEST(FalconFunctions, DispositionBits) {
  EXPECT_EQ(result_of("pattern_disposition", "0"), "event.action=detection");
  EXPECT_EQ(result_of("pattern_disposition", "272"), "event.action=kill_process, policy_disabled");
  EXPECT_EQ(result_of("pattern_disposition", "2052"),
            "event.action=quarantine_file, process_blocked");
  EXPECT_EQ(result_of("pattern_disposition", "1"), "") << "a bit that nobody has named";
}

TEST(FalconFunctions, TheListOfTechniques) {
  EXPECT_EQ(
      result_of("mitre_attack",
                R"([{"TacticID":"CSTA0004","Tactic":"Machine Learning","TechniqueID":"CST0008"}])"),
      "threat.tactic.id=CSTA0004 threat.tactic.name=Machine Learning "
      "threat.technique.id=CST0008")
      << "the vendor's own are not of the framework";
  EXPECT_EQ(
      result_of("mitre_attack", R"([7,{"TechniqueID":"T1059.001","Technique":"PowerShell"}])"),
      "drift");
}

TEST(FalconFunctions, OnlyASingleConnectionIsTheEventsOwn) {
  constexpr std::string_view kOne =
      R"({"LocalAddress":"192.0.2.1","LocalPort":"70000","RemoteAddress":"x","Protocol":"6"})";
  EXPECT_EQ(result_of("only_connection", "[" + std::string(kOne) + "]"),
            "network.transport=tcp network.type=ipv4 source.address=192.0.2.1 source.ip=192.0.2.1");
  EXPECT_EQ(result_of("only_connection", "[" + std::string(kOne) + "," + std::string(kOne) + "]"),
            "");
  EXPECT_EQ(result_of("only_connection", "[]"), "");
  EXPECT_EQ(result_of("only_connection", "[1]"), "drift");
  EXPECT_EQ(result_of("only_connection", R"([{"Protocol":99}])"), "");
}

TEST(FalconFunctions, Durations) {
  EXPECT_EQ(result_of("milliseconds", "5120"), "event.duration=5120000000");
  EXPECT_EQ(result_of("microseconds", R"("80731")"), "event.duration=80731000");
  EXPECT_EQ(result_of("milliseconds", "9223372036855"), "drift");
}

}  // namespace
}  // namespace cistern::connectors::crowdstrike_falcon
