// The proof covers Duo and Secure Endpoint: one record removed, added or altered is reported so,
// and records that are equal are counted.
#include "codec/json.hpp"
#include "lab/truth/json_scan.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace cistern::lab {

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

class RecordVerifyTest : public LabTest {
 protected:
  RecordVerifyTest() {
    std::string pattern = (fs::temp_directory_path() / "cistern-records-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~RecordVerifyTest() override { fs::remove_all(folder_); }

  // The truth of a lab whose events were all handed out, and what a faultless collector has.
  void begin() {
    auto options = calm();
    options.history_per_hour = 0;
    options.endpoint.history_per_hour = 60;
    start(options);
    get("/lab/secure_endpoint/events");
    get("/v1/audit_logs",
        {{"Authorization", "Basic " + base64_encode(std::string(kLabEndpointClientId) + ":" +
                                                    std::string(kLabEndpointApiKey))}});
    truth_ = lines_of(get("/lab/truth").body);
    for (const auto& line : truth_) {
      if (member_text(line, "kind").value_or("") != "record") continue;
      for (auto left = std::stoi(*member_text(line, "count")); left > 0; --left)
        store(*member(line, "record"));
      if (member(line, "later")) changing_.push_back(*member_text(line, "id"));
      if (member_text(line, "count").value_or("") == "2") twice_ = store_.size() - 1;
    }
  }

  void store(std::string_view raw) {
    std::string out;
    codec::JsonWriter writer(out);
    writer.begin_object().key("seq").number(std::uint64_t{store_.size()}).key("id");
    writer.string("cistern-" + std::to_string(store_.size())).key("raw").raw(raw).end_object();
    store_.push_back(std::move(out));
  }

  static Lines lines_of(const std::string& text) {
    Lines lines;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }

  std::string write(const std::string& name, const Lines& lines) const {
    const auto path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    for (const auto& line : lines)
      file << line << "\n";
    return path;
  }

  Proof prove(const Lines& store) {
    VerifyOptions options;
    options.truth_file = write("truth.ndjson", truth_);
    options.store_dump = write("store.ndjson", store);
    auto proof = verify(options);
    EXPECT_TRUE(proof) << proof.error().sentence();
    return proof ? *proof : Proof{};
  }

  fs::path folder_;
  Lines truth_;
  Lines store_;
  Lines changing_;
  std::size_t twice_ = 0;
};

TEST_F(RecordVerifyTest, OneMoreOrLessOrOtherwiseIsFound) {
  begin();
  ASSERT_GT(store_.size(), 1000U);
  const auto whole = prove(store_);
  EXPECT_TRUE(whole.clean()) << (whole.findings.empty() ? "" : whole.findings[0].detail);
  EXPECT_EQ(whole.owed, store_.size());
  ASSERT_EQ(whole.vendors.size(), 1U);
  EXPECT_EQ(whole.vendors[0].name, "Secure Endpoint");

  auto removed = store_;
  removed.erase(removed.begin() + 500);
  EXPECT_EQ(prove(removed).lost, 1U);
  auto repeated = store_;
  repeated.push_back(repeated[500]);
  EXPECT_EQ(prove(repeated).repeated, 1U);
  auto altered = store_;
  const auto at = altered[500].find("\"hostname\":\"pc-");
  ASSERT_NE(at, std::string::npos);
  altered[500].replace(at + 12, 2, "PC");
  EXPECT_EQ(prove(altered).altered, 1U);
}

TEST_F(RecordVerifyTest, EqualRecordsAreCounted) {
  begin();
  ASSERT_GT(twice_, 0U) << "no record stands in the audit log twice";
  auto once = store_;
  once.erase(once.begin() + static_cast<std::ptrdiff_t>(twice_));
  EXPECT_EQ(prove(once).lost, 1U);
  auto thrice = store_;
  thrice.push_back(thrice[twice_]);
  EXPECT_EQ(prove(thrice).repeated, 1U);
}

TEST_F(RecordVerifyTest, TheLaterFormOfAnEventIsTheSameEvent) {
  begin();
  ASSERT_FALSE(changing_.empty());
  const auto id = "\"id\":" + changing_[0].substr(changing_[0].find('/') + 1) + ",";
  for (auto& line : store_) {
    const auto active = line.find("\"active\":true");
    if (line.find(id) == std::string::npos || active == std::string::npos) continue;
    auto other = store_;
    auto later = line;
    later.replace(active, 13, "\"active\":false");
    other.push_back(later);
    EXPECT_EQ(prove(other).repeated, 1U);
    line = later;
    EXPECT_TRUE(prove(store_).clean());
    return;
  }
  FAIL() << "the event is not in the store";
}

TEST_F(RecordVerifyTest, ACutTruthIsNotBelieved) {
  begin();
  for (auto line = truth_.begin(); line != truth_.end(); ++line) {
    if (member_text(*line, "kind").value_or("") != "record") continue;
    truth_.erase(line);
    break;
  }
  VerifyOptions options;
  options.truth_file = write("truth.ndjson", truth_);
  options.store_dump = write("store.ndjson", store_);
  EXPECT_FALSE(verify(options));
}

}  // namespace

}  // namespace cistern::lab
