#include "runtime/status/metrics.hpp"

#include "fake_journal.hpp"
#include "manual_loop.hpp"
#include "runtime/status/status_json.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace cistern::runtime {
namespace {

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() {
    status.add_connector("tenant", "microsoft_365");
    status.stored("tenant", "audit.exchange", 12, 3, clock.now() - std::chrono::seconds{30});
    status.stored("tenant", "odd\"\\\nname", 1, 0, clock.now());
    Report report;
    report.stream = "audit.exchange";
    report.through = clock.now();
    status.report("tenant", report);
    status.add_destination("siem", "file");
    status.set_last_sequence(50);
    status.set_cursor("siem", 41, 40, 0);
    status.set_set_aside("siem", 2);
    status.drifted("siem", {{.connector = "tenant",
                             .stream = "audit.exchange",
                             .unknown_fields = 4,
                             .wrong_types = 1,
                             .names = {"NewField"},
                             .cut_values = 2,
                             .mended_values = 3,
                             .format_keys = {"act"}}});
    status.set_stalled_stages({{.stage = "decoding", .failure = {}}});
    journal.append(5);
    memory.add(77);
  }
  std::string render() { return render_metrics(status, journal, memory, clock.now()); }

  ManualClock clock{*parse_time("2026-03-02T09:00:00Z")};
  test::RecordingLog log;
  StatusBoard status{clock, log};
  test::FakeJournal journal;
  MemoryBudget memory{1000};
};

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_F(MetricsTest, SaysWhatTheStatusSays) {
  const auto text = render();
  EXPECT_TRUE(has_line(
      text, R"(cistern_connector_events_total{connector="tenant",stream="audit.exchange"} 12)"))
      << text;
  EXPECT_TRUE(has_line(
      text, R"(cistern_connector_duplicates_total{connector="tenant",stream="audit.exchange"} 3)"));
  EXPECT_TRUE(has_line(text, R"(cistern_connector_state{connector="tenant",state="flowing"} 1)"));
  EXPECT_TRUE(has_line(text, R"(cistern_connector_state{connector="tenant",state="stopped"} 0)"));
  EXPECT_TRUE(has_line(text, R"(cistern_destination_backlog_events{destination="siem"} 10)"));
  EXPECT_TRUE(has_line(text, R"(cistern_destination_set_aside_events{destination="siem"} 2)"));
  EXPECT_TRUE(has_line(
      text,
      R"(cistern_mapping_unknown_fields_total{destination="siem",connector="tenant",stream="audit.exchange"} 4)"));
  EXPECT_TRUE(has_line(
      text,
      R"(cistern_mapping_wrong_types_total{destination="siem",connector="tenant",stream="audit.exchange"} 1)"));
  EXPECT_TRUE(has_line(
      text,
      R"(cistern_format_cut_values_total{destination="siem",connector="tenant",stream="audit.exchange"} 2)"));
  EXPECT_TRUE(has_line(
      text,
      R"(cistern_format_mended_values_total{destination="siem",connector="tenant",stream="audit.exchange"} 3)"));
  EXPECT_TRUE(has_line(text, R"(cistern_stage_stalled{stage="decoding"} 1)")) << text;
  EXPECT_TRUE(has_line(text, R"(cistern_stage_stalled{stage="journal_writer"} 0)"));
  EXPECT_TRUE(has_line(
      text, R"(cistern_stream_unusually_quiet{connector="tenant",stream="audit.exchange"} 0)"));
  EXPECT_TRUE(has_line(text, "cistern_store_last_sequence 5"));
  EXPECT_TRUE(has_line(text, "cistern_store_writing 1"));
  EXPECT_TRUE(has_line(text, "cistern_memory_in_flight_bytes 77"));
  EXPECT_TRUE(has_line(text, "cistern_process_start_time_seconds 1772442000")) << text;
}

TEST_F(MetricsTest, EscapesLabelValues) {
  EXPECT_NE(render().find("stream=\"odd\\\"\\\\\\nname\""), std::string::npos);
}

TEST_F(MetricsTest, EveryMetricIsWrittenAndDocumented) {
  const auto text = render();
  for (const auto& type : metric_types()) {
    EXPECT_NE(text.find("# TYPE " + std::string{type.name} + " "), std::string::npos) << type.name;
    EXPECT_FALSE(type.text.empty());
  }
}

TEST_F(MetricsTest, PassesPromtool) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "promtool is not installed";
  }
  std::string folder = (std::filesystem::temp_directory_path() / "cistern-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const auto file = folder + "/metrics.txt";
  std::ofstream(file) << render();
  const auto report = folder + "/report.txt";
  const int result =
      std::system(("promtool check metrics <" + file + " >" + report + " 2>&1").c_str());
  std::ifstream answer(report);
  const std::string words{std::istreambuf_iterator<char>(answer), {}};
  std::filesystem::remove_all(folder);
  EXPECT_EQ(result, 0) << words;
  EXPECT_EQ(words, "");
}

TEST_F(MetricsTest, HealthNamesWhatNeedsAPerson) {
  bool healthy = true;
  EXPECT_NE(render_health(status, journal, healthy).find("\"healthy\":false"), std::string::npos)
      << "a stage stands still";
  status.set_stalled_stages({});
  EXPECT_EQ(render_health(status, journal, healthy), "{\"problems\":[],\"healthy\":true}\n");
  EXPECT_TRUE(healthy);
  Report report;
  report.kind = Report::Kind::refused;
  report.failure.cause = "secret expired";
  status.report("tenant", report);
  const auto text = render_health(status, journal, healthy);
  EXPECT_FALSE(healthy);
  EXPECT_NE(text.find("tenant: login refused: secret expired"), std::string::npos) << text;
}

TEST_F(MetricsTest, AStoreThatCannotWriteIsNotHealthy) {
  journal.state = journal::Health::State::paused;
  bool healthy = true;
  const auto text = render_health(status, journal, healthy);
  EXPECT_FALSE(healthy);
  EXPECT_NE(text.find("the disk is full"), std::string::npos);
}

TEST_F(MetricsTest, StatusJsonHoldsConnectorsDestinationsAndStore) {
  const auto text = status_json(status, journal, clock.now());
  EXPECT_NE(text.find(R"("name":"tenant")"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("backlog":10)"), std::string::npos);
  EXPECT_NE(text.find(R"("lag_seconds":0)"), std::string::npos);
  EXPECT_NE(text.find(R"("last_sequence":5)"), std::string::npos);
}

}  // namespace
}  // namespace cistern::runtime
