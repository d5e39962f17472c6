// The proof for Umbrella: what is lost, repeated or altered is found, and nothing else is.
#include "codec/json.hpp"
#include "tests/lab/aws_fixture.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include <unistd.h>

namespace cistern::lab {
namespace {

struct TruthRow {
  std::string bucket;
  std::string key;
  std::string row;
  std::string time;
  std::vector<std::string> values;
};

class UmbrellaVerifyTest : public AwsTest {
 protected:
  void SetUp() override {
    folder_ = "/tmp/cistern-lab-XXXXXX";
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    auto options = export_options();
    options.umbrella.folders = {"iplogs"};
    options.umbrella.history = std::chrono::hours{2};
    start(options);
    ASSERT_EQ(list("prefix=" + below("iplogs/")).status, 200);
  }

  void TearDown() override {
    for (const auto* const name : {"/truth", "/store", "/out"})
      std::remove((folder_ + name).c_str());
    rmdir(folder_.c_str());
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    return folder_ + "/" + name;
  }

  // The rows of the export as CSV: they have no line breaks in this folder.
  std::vector<std::pair<std::string, std::string>> store_rows() {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& key : keys_of("iplogs")) {
      std::istringstream lines(unpacked(s3("/cisco-managed-eu-west-1/" + key).body));
      int number = 0;
      for (std::string line; std::getline(lines, line);) {
        std::string text;
        codec::JsonWriter writer(text);
        writer.begin_object().key("id").string(key + std::to_string(++number)).key("raw");
        writer.string(line).key("meta").begin_object().key("bucket");
        writer.string("cisco-managed-eu-west-1").key("key").string(key);
        writer.key("row").number(std::int64_t{number}).end_object().end_object();
        out.emplace_back(text + "\n", line);
      }
    }
    return out;
  }

  std::string unpacked(const std::string& bytes) const {
    const auto path = write("out", bytes);
    auto* const pipe = popen(("gzip -dc < " + path).c_str(), "r");
    std::string text;
    char space[4096];
    while (const auto size = std::fread(space, 1, sizeof space, pipe))
      text.append(space, size);
    pclose(pipe);
    return text;
  }

  Proof verified(const std::string& store, const std::string& output = "") {
    VerifyOptions options;
    options.truth_file = write("truth", get("/lab/truth").body);
    if (!store.empty()) options.store_dump = write("store", store);
    if (!output.empty()) options.outputs = {write("out", output)};
    const auto proof = verify(options);
    EXPECT_TRUE(proof) << (proof ? "" : proof.error().sentence());
    return proof ? *proof : Proof{};
  }

  std::string folder_;
};

TEST_F(UmbrellaVerifyTest, AWholeStoreIsClean) {
  std::string store;
  const auto rows = store_rows();
  for (const auto& [line, raw] : rows)
    store += line;
  const auto proof = verified(store);
  EXPECT_TRUE(proof.clean());
  EXPECT_EQ(proof.owed, rows.size());
  EXPECT_EQ(proof.stored, rows.size());
  ASSERT_EQ(proof.vendors.size(), 1U);
  EXPECT_EQ(proof.vendors[0].name, "Umbrella");
}

TEST_F(UmbrellaVerifyTest, LostRepeatedAndAlteredRowsAreFound) {
  auto rows = store_rows();
  ASSERT_GT(rows.size(), 5U);
  std::string store;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (at == 1) continue;
    auto line = rows[at].first;
    if (at == 2) store += line;
    if (at == 3) line.replace(line.find("Computers"), 9, "Computexs");
    store += line;
  }
  const auto proof = verified(store);
  EXPECT_EQ(proof.lost, 1U);
  EXPECT_EQ(proof.repeated, 1U);
  EXPECT_EQ(proof.altered, 1U);
  EXPECT_EQ(proof.invented, 0U);
}

TEST_F(UmbrellaVerifyTest, ARowThatNoObjectHasIsInvented) {
  auto line = store_rows().front().first;
  line.replace(line.find("\"row\":1"), 7, "\"row\":9999");
  const auto proof = verified(line);
  EXPECT_EQ(proof.invented, 1U);
}

TEST_F(UmbrellaVerifyTest, ADocumentIsComparedWithItsRow) {
  const auto rows = store_rows();
  std::string store;
  for (const auto& [line, raw] : rows)
    store += line;
  const auto id = rows.front().first.substr(7, rows.front().first.find('"', 7) - 7);
  const auto at = rows.front().second.substr(1, 10) + "T" + rows.front().second.substr(12, 8) + "Z";
  const auto far = rows.front().second.find("198.51.100.");
  const auto address = rows.front().second.substr(far, rows.front().second.find('"', far) - far);
  const auto document = [&](const std::string& time, const std::string& destination) {
    return R"({"@timestamp":")" + time + R"(","destination":{"ip":")" + destination +
           R"("},"cistern":{"id":")" + id + "\"}}\n";
  };
  EXPECT_EQ(verified(store, document(at, address)).altered, 0U);
  EXPECT_EQ(verified(store, document(at, "192.0.2.1")).altered, 1U);
  EXPECT_EQ(verified(store, document("2020-01-01T00:00:00Z", address)).altered, 1U);
  EXPECT_EQ(verified(store, document(at, address) + document(at, address)).repeated, 1U);
}

TEST_F(UmbrellaVerifyTest, OnlyWhatWasAskedForIsOwed) {
  auto options = export_options();
  options.umbrella.folders = {"iplogs", "dnslogs"};
  start(options);
  const auto keys = keys_of("iplogs");
  start(options);
  ASSERT_EQ(list("prefix=" + below("iplogs/") + "&start-after=" + keys[4]).status, 200);
  const auto truth = get("/lab/truth").body;
  std::istringstream lines(truth);
  std::size_t owed = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_object = line.find(R"("kind":"object")") != std::string::npos;
    if (!is_object || line.find(R"("owed":true)") == std::string::npos) continue;
    EXPECT_NE(line.find("iplogs"), std::string::npos) << line;
    ++owed;
  }
  EXPECT_EQ(owed, keys.size() - 5);
}

TEST_F(UmbrellaVerifyTest, ACutTruthIsNoTruth) {
  auto truth = get("/lab/truth").body;
  const auto row = truth.find(R"({"kind":"row")");
  truth.erase(row, truth.find('\n', row) + 1 - row);
  VerifyOptions options;
  options.truth_file = write("truth", truth);
  options.store_dump = write("store", "");
  EXPECT_FALSE(verify(options));
}

}  // namespace
}  // namespace cistern::lab
