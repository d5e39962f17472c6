// What the payloads of a batch say of their events, and payloads that hold line breaks.
#include "format_fixture.hpp"
#include "runtime/delivery/batch_builder.hpp"

namespace cistern::destinations::test {
namespace {

/// Two groups of prepared lines.
class FakeReader final : public journal::Reader {
 public:
  explicit FakeReader(std::vector<std::string> raws) : raws_(std::move(raws)) {}

  Result<journal::ReadResult> read(Sequence next) override {
    journal::ReadResult result;
    if (next == 0 || next > raws_.size()) return result;
    auto group = std::make_shared<journal::Group>();
    group->first = next;
    group->last = next;
    auto event = event_of(raws_[next - 1]);
    event.sequence = next;
    if (next == 2) event.time = "2026-03-04T05:00:00.5Z";
    group->envelopes.push_back(event);
    result.group = std::move(group);
    return result;
  }

 private:
  std::vector<std::string> raws_;
};

std::unique_ptr<runtime::BuiltBatch> batch_of(runtime::Format& format, bool facts) {
  runtime::BatchBuilder builder(
      std::make_unique<FakeReader>(std::vector<std::string>{
          R"({"log":{"level":"high"},"host":{"name":"WS-0042"}})", R"({"event":{"kind":"event"}})",
          R"({"host":{"hostname":"a rather long name of a host, so that texts move in memory"}})"}),
      format, {}, facts);
  auto built = builder.build(1, {.bytes = 1 << 20, .events = 10, .until = 100});
  EXPECT_TRUE(built);
  return std::move(*built);
}

TEST(BatchFacts, AreThereForWhoAsks) {
  for (const std::string_view name : {"ecs", "cef", "raw"}) {
    const auto format = format_of({{"format", name}});
    const auto built = batch_of(*format, true);
    const auto& payloads = built->batch.payloads;
    ASSERT_EQ(payloads.size(), 3U);
    EXPECT_EQ(payloads[0].facts.severity, 3) << name;
    EXPECT_EQ(payloads[0].facts.host, "WS-0042");
    EXPECT_EQ(payloads[0].facts.id, "00112233445566778899aabbccddeeff");
    EXPECT_EQ(payloads[0].facts.connector, "contoso");
    EXPECT_EQ(payloads[0].facts.stream, "audit.general");
    EXPECT_EQ(payloads[0].facts.time, parse_time("2026-03-04T05:06:07.123Z"));
    EXPECT_EQ(payloads[1].facts.severity, 6);
    EXPECT_EQ(payloads[1].facts.host, "");
    EXPECT_EQ(payloads[1].facts.time, parse_time("2026-03-04T05:00:00.5Z"));
    EXPECT_TRUE(payloads[2].facts.host.starts_with("a rather long")) << payloads[2].facts.host;
  }
}

TEST(BatchFacts, AreLeftOutForWhoDoesNot) {
  const auto format = format_of({{"format", "ecs"}});
  const auto built = batch_of(*format, false);
  ASSERT_EQ(built->batch.payloads.size(), 3U);
  EXPECT_EQ(built->batch.payloads[0].facts.id, "");
  EXPECT_FALSE(built->batch.payloads[0].facts.severity);
  EXPECT_EQ(built->batch.texts, "");
}

TEST(BatchFacts, APayloadMayHoldLineBreaks) {
  const auto format = format_of({{"format", "falcon-pretty"}});
  const auto built = batch_of(*format, false);
  const auto& payloads = built->batch.payloads;
  ASSERT_EQ(payloads.size(), 3U);
  EXPECT_EQ(payloads[1].bytes, "{\n    \"event\": {\n        \"kind\": \"event\"\n    }\n}");
  std::string all;
  for (const auto& payload : payloads)
    all.append(payload.bytes).append("\n");
  EXPECT_EQ(built->batch.bytes, all);
  // Built again after a crash, with other borders, it is the same text: the file compares bytes.
  EXPECT_EQ(batch_of(*format, true)->batch.bytes, all);
}

}  // namespace
}  // namespace cistern::destinations::test
