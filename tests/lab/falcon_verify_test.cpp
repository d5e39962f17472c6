// The proof covers Falcon: one event removed, repeated or altered is reported exactly so.
#include "codec/json.hpp"
#include "lab/truth/json_scan.hpp"
#include "tests/lab/falcon_fixture.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cistern::lab {

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// What a faultless collector would have stored of a line of the truth.
std::string envelope(const std::string& truth, std::size_t sequence) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("seq").number(std::uint64_t{sequence});
  writer.key("id").string("cistern-" + std::to_string(sequence));
  if (const auto feed = member_text(truth, "feed")) {
    writer.key("meta").begin_object().key("feed").string(*feed).end_object();
  }
  if (const auto record = member(truth, "record")) {
    writer.key("raw").raw(*record);
  } else {
    writer.key("raw_base64").string(*member_text(truth, "raw_base64"));
  }
  writer.end_object();
  return out;
}

// And what it would have delivered.
std::string document(const std::string& truth, std::size_t sequence) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  const auto record = member(truth, "record");
  if (record && member(*record, "metadata")) {
    const auto metadata = *member(*record, "metadata");
    const auto created = std::stoll(*member_text(metadata, "eventCreationTime"));
    writer.key("@timestamp").string(format_time(TimePoint{std::chrono::milliseconds{created}}));
    writer.key("organization").begin_object().key("id");
    writer.string(*member_text(metadata, "customerIDString")).end_object();
    writer.key("crowdstrike").begin_object().key("metadata").raw(metadata);
    writer.key("event").raw(*member(*record, "event")).end_object();
  }
  writer.key("cistern").begin_object().key("id").string("cistern-" + std::to_string(sequence));
  writer.key("meta").begin_object().key("feed");
  writer.string(member_text(truth, "feed").value_or("")).end_object().end_object().end_object();
  return out;
}

class FalconVerifyTest : public FalconTest {
 protected:
  FalconVerifyTest() {
    std::string pattern = (fs::temp_directory_path() / "cistern-falcon-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~FalconVerifyTest() override { fs::remove_all(folder_); }

  void begin(const std::string& faults) {
    auto options = quiet();
    options.faults = faults;
    options.history = std::chrono::hours{20};
    start(options);
    post("/lab/faults", R"({"kind":"delay","count":1000000})");
  }

  void read_truth() {
    // The audit event of a reader that has just gone must not come in between.
    post("/lab/freeze", "{}");
    store_.clear();
    documents_.clear();
    for (auto& line : lines_of(get("/lab/truth").body)) {
      const bool falcon = member_text(line, "vendor").value_or("") == "crowdstrike_falcon";
      const auto kind = member_text(line, "kind");
      if (kind == "gap" && falcon) gaps_.push_back(line);
      if (kind != "record" || member_text(line, "owed").value_or("true") != "true") continue;
      store_.push_back(envelope(line, store_.size() + 1));
      documents_.push_back(document(line, documents_.size() + 1));
      ids_.push_back(*member_text(line, "id"));
    }
  }

  std::string write(const std::string& name, const Lines& lines) const {
    const auto path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    for (const auto& line : lines)
      file << line << "\n";
    return path;
  }

  Proof prove(const Lines* store, const Lines* outputs = nullptr,
              const std::string& format = "ecs") {
    VerifyOptions options;
    options.lab_url = lab_->url();
    options.format = format;
    if (store != nullptr) options.store_dump = write("store.ndjson", *store);
    if (outputs != nullptr) options.outputs = {write("out.ndjson", *outputs)};
    auto proof = verify(options);
    EXPECT_TRUE(proof) << proof.error().sentence();
    return proof ? *proof : Proof{};
  }

  static void expect_one(const Proof& proof, const std::string& kind, const std::string& id) {
    EXPECT_EQ(proof.lost + proof.repeated + proof.altered + proof.invented, 1U);
    ASSERT_EQ(proof.findings.size(), 1U);
    EXPECT_EQ(proof.findings[0].kind, kind);
    EXPECT_EQ(proof.findings[0].id, id);
  }

  fs::path folder_;
  Lines store_;
  Lines documents_;
  Lines ids_;
  Lines gaps_;
};

TEST_F(FalconVerifyTest, AFaultlessCollectionOfBothVendorsIsClean) {
  begin("hostile");
  read(0);
  read(1);
  const auto token = this->token();
  subscribe("Audit.General", token);
  read_truth();
  ASSERT_GT(store_.size(), 2000U);
  const auto proof = prove(&store_);
  EXPECT_TRUE(proof.clean()) << (proof.findings.empty() ? "" : proof.findings[0].detail);
  EXPECT_GT(proof.stored, 2000U);
}

TEST_F(FalconVerifyTest, OneLineMoreOrLessOrOtherwiseIsFound) {
  begin("calm");
  read(0);
  read(1);
  read_truth();
  ASSERT_GT(store_.size(), 1000U);
  const std::size_t place = 500;
  const auto whole = prove(&store_, &documents_);
  EXPECT_TRUE(whole.clean()) << (whole.findings.empty() ? "" : whole.findings[0].detail);
  EXPECT_EQ(whole.delivered, whole.owed);

  auto removed = store_;
  removed.erase(removed.begin() + place);
  expect_one(prove(&removed), "lost", ids_[place]);
  auto repeated = store_;
  repeated.push_back(repeated[place]);
  expect_one(prove(&repeated), "repeated", ids_[place]);
  auto altered = store_;
  altered[place].replace(altered[place].find("\"event\":{\"") + 10, 1, "x");
  expect_one(prove(&altered), "altered", ids_[place]);
  auto invented = store_;
  const auto at = invented[place].find("\"offset\":") + 9;
  invented[place].insert(at, "99999");
  const auto proof = prove(&invented);
  EXPECT_EQ(proof.invented, 1U);
  EXPECT_EQ(proof.lost, 1U);
}

TEST_F(FalconVerifyTest, DocumentsAreComparedMemberByMember) {
  begin("calm");
  read(0);
  read_truth();
  const std::size_t place = 300;
  auto removed = documents_;
  removed.erase(removed.begin() + place);
  expect_one(prove(nullptr, &removed), "lost", ids_[place]);
  auto repeated = documents_;
  repeated.push_back(repeated[place]);
  expect_one(prove(nullptr, &repeated), "repeated", ids_[place]);
  // A digit of a number deep in the event, and a moment.
  auto altered = documents_;
  const auto event = altered[place].find("\"event\":{");
  const auto digit = altered[place].find_first_of("123456789", event);
  altered[place][digit] = altered[place][digit] == '1' ? '2' : '1';
  expect_one(prove(nullptr, &altered), "altered", ids_[place]);
  auto moved = documents_;
  moved[place].replace(moved[place].find("T"), 1, "T1");
  EXPECT_EQ(prove(nullptr, &moved).altered, 1U);
}

TEST_F(FalconVerifyTest, RawOutputsAreComparedByteByByte) {
  begin("calm");
  read(0);
  read_truth();
  Lines raw;
  for (const auto& line : store_)
    raw.emplace_back(*member(line, "raw"));
  EXPECT_TRUE(prove(nullptr, &raw, "raw").clean());
  raw.erase(raw.begin() + 7);
  expect_one(prove(nullptr, &raw, "raw"), "lost", ids_[7]);
}

TEST_F(FalconVerifyTest, OnlyWhatComesAfterTheFirstPositionIsOwed) {
  begin("calm");
  const auto all = offsets_of(read(1, "&whence=2").body);
  read_truth();
  // Nobody read partition 0; of partition 1 the audit events of the stream itself are owed.
  for (const auto& id : ids_)
    EXPECT_NE(id.find("/1a/"), std::string::npos) << id;
  ASSERT_FALSE(ids_.empty());
  EXPECT_LE(ids_.size(), 2U);
}

TEST_F(FalconVerifyTest, AFilterOwesOnlyItsTypes) {
  begin("calm");
  read(0, "&eventType=FirewallMatchEvent");
  read_truth();
  ASSERT_FALSE(store_.empty());
  for (const auto& line : store_)
    EXPECT_NE(line.find(R"("eventType":"FirewallMatchEvent")"), std::string::npos);
}

TEST_F(FalconVerifyTest, WhatWasForgottenBeforeItWasAskedForIsAGap) {
  auto options = quiet();
  options.live_per_second = 10;
  start(options);
  const auto had = offsets_of(read(0).body);
  clock.advance(std::chrono::seconds{30});
  const auto missed = offsets_of(read(0, "&offset=" + std::to_string(had.back())).body);
  clock.advance(std::chrono::seconds{1});
  set(R"({"expire":true})");
  clock.advance(std::chrono::seconds{30});
  EXPECT_EQ(read(0, "&offset=" + std::to_string(had.back())).status, 400);
  read(0);
  read_truth();
  ASSERT_EQ(gaps_.size(), 1U);
  EXPECT_EQ(*member_text(gaps_[0], "from"), std::to_string(missed[1]));
  // What he had is owed, what is gone is not, what came later is.
  const auto owed = [&](std::uint64_t offset) {
    return std::find(ids_.begin(), ids_.end(),
                     lab_falcon_customer_id(1) + "/0/" + std::to_string(offset)) != ids_.end();
  };
  EXPECT_TRUE(owed(had.front()));
  EXPECT_FALSE(owed(missed[1]));
  EXPECT_FALSE(owed(missed.back()));
  EXPECT_TRUE(owed(offsets_of(read(0).body).front()));
  const auto proof = prove(&store_);
  EXPECT_TRUE(proof.clean());
  EXPECT_EQ(proof.gaps, 1U);
}

TEST_F(FalconVerifyTest, LinesThatAreNoEventsMayBeKeptOrNot) {
  begin("hostile");
  read(0);
  set(R"({"line":"[\"no\",\"event\"]"})");
  read_truth();
  store_.push_back(R"({"seq":9,"id":"x","raw":["no","event"]})");
  store_.push_back(store_.back());
  EXPECT_TRUE(prove(&store_).clean());
  store_.push_back(R"({"seq":9,"id":"x","raw":["never","said"]})");
  EXPECT_EQ(prove(&store_).invented, 1U);
}

TEST_F(FalconVerifyTest, ARestartKeepsTheTruth) {
  auto options = quiet();
  options.live_per_second = 4;
  options.state_file = folder_ / "lab.state";
  start(options);
  read(0);
  clock.advance(std::chrono::seconds{9});
  read(0, "&offset=1533000");
  set(R"({"partition":1,"expire":true})");
  const auto before = get("/lab/truth").body;
  const auto records = [](const std::string& truth) {
    return truth.substr(truth.find('\n'), truth.rfind("{\"kind\":\"end\"") - truth.find('\n'));
  };
  lab_.reset();
  start(options);
  EXPECT_EQ(records(get("/lab/truth").body), records(before));
  EXPECT_EQ(get("/lab/falcon").body.find(R"("asked":1533000)") == std::string::npos, false);
}

}  // namespace

}  // namespace cistern::lab
