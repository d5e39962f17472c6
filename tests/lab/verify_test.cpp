// The verifier: one line removed, repeated or altered is reported exactly so.
#include "codec/json.hpp"
#include "lab/truth/document.hpp"
#include "lab/truth/json_scan.hpp"
#include "tests/lab/lab_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace cistern::lab {

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

// What a faultless collector would have stored: one envelope for each record of the truth.
std::string envelope(const std::string& truth_line, std::size_t sequence) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("seq").number(std::uint64_t{sequence});
  writer.key("id").string("cistern-" + std::to_string(sequence));
  writer.key("connector").string("contoso").key("stream").string("audit");
  writer.key("received").string("2026-03-04T05:07:00.000Z");
  if (const auto record = member(truth_line, "record")) {
    writer.key("raw").raw(*record);
  } else {
    const auto bytes = *base64_decode(*member_text(truth_line, "raw_base64"));
    if (is_utf8(bytes)) {
      writer.key("raw").string(bytes);
    } else {
      writer.key("raw_base64").string(base64_encode(bytes));
    }
  }
  writer.end_object();
  return out;
}

// A simple mapping: everything below o365.audit, the common fields in their ECS places.
std::string document(const std::string& truth_line, std::size_t sequence) {
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object();
  const auto record = member(truth_line, "record");
  const auto id = record ? member_text(*record, "Id") : std::nullopt;
  const auto own_id = "cistern-" + std::to_string(sequence);
  if (!record) {
    const auto bytes = *base64_decode(*member_text(truth_line, "raw_base64"));
    writer.key("event").begin_object().key("kind").string("pipeline_error");
    writer.key("id").string(own_id).key("original");
    writer.string(is_utf8(bytes) ? bytes : base64_encode(bytes)).end_object();
  } else {
    writer.key("@timestamp").string(*member_text(*record, "CreationTime") + ".000Z");
    writer.key("event").begin_object().key("id").string(id.value_or(own_id));
    writer.key("action").string(*member_text(*record, "Operation"));
    writer.key("provider").string(*member_text(*record, "Workload")).end_object();
    writer.key("organization").begin_object().key("id");
    writer.string(*member_text(*record, "OrganizationId")).end_object();
    if (const auto address = member_text(*record, "ClientIP")) {
      writer.key("source").begin_object().key("ip").string(bare_address(*address)).end_object();
    }
    writer.key("o365").begin_object().key("audit").begin_object();
    for_each_member(*record, [&](std::string_view name, std::string_view value) {
      const bool moved = name == "Id" || name == "Operation" || name == "ClientIP" ||
                         name == "Workload" || name == "OrganizationId";
      if (!moved) writer.key(name).raw(value);
      return true;
    });
    writer.end_object().end_object();
  }
  writer.key("cistern").begin_object().key("id").string(own_id).end_object().end_object();
  return out;
}

class VerifyTest : public LabTest {
 protected:
  void SetUp() override {
    auto options = calm();
    options.faults = "hostile";
    options.history_per_hour = 80;
    options.planted_gaps = 3;
    start(options);
    ASSERT_EQ(post("/lab/faults", R"({"kind":"delay","count":1000000})").status, 200);
    const auto bearer = token();
    for (const auto* type : {"Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint",
                             "Audit.General", "DLP.All"}) {
      subscribe(type, bearer);
    }
    folder_ = fs::temp_directory_path() / ("lab-verify-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    read_truth();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void read_truth() {
    const auto reply = get("/lab/truth");
    ASSERT_TRUE(reply.complete);
    std::istringstream input(reply.body);
    for (std::string line; std::getline(input, line);) {
      if (member_text(line, "kind") != "record") continue;
      store_.push_back(envelope(line, store_.size() + 1));
      documents_.push_back(document(line, documents_.size() + 1));
      truth_.push_back(std::move(line));
    }
    ASSERT_GT(store_.size(), 1000U);
  }

  std::string write(const std::string& name, const Lines& lines) const {
    const auto path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    for (const auto& line : lines)
      file << line << "\n";
    return path;
  }

  Proof prove(const Lines* store, const Lines* outputs, const std::string& format = "ecs") {
    VerifyOptions options;
    options.lab_url = lab_->url();
    options.format = format;
    if (store != nullptr) options.store_dump = write("store.ndjson", *store);
    if (outputs != nullptr) options.outputs = {write("out.ndjson", *outputs)};
    auto proof = verify(options);
    EXPECT_TRUE(proof) << proof.error().sentence();
    return proof ? *proof : Proof{};
  }

  // A place among the records that are owed, have an id and can be read by anybody.
  std::size_t ordinary_place() const {
    for (std::size_t at = truth_.size() / 2; at < truth_.size(); ++at) {
      const auto record = member(truth_[at], "record");
      if (record && member(*record, "Id")) return at;
    }
    return 0;
  }
  std::string id_at(std::size_t place) const { return *member_text(truth_[place], "id"); }

  static void expect_only(const Proof& proof, const std::string& kind, const std::string& id) {
    ASSERT_EQ(proof.findings.size(), 1U)
        << (proof.findings.empty() ? "" : proof.findings[1].detail);
    EXPECT_EQ(proof.findings[0].kind, kind);
    EXPECT_EQ(proof.findings[0].id, id);
    EXPECT_FALSE(proof.clean());
  }

  fs::path folder_;
  Lines truth_;
  Lines store_;
  Lines documents_;
};

TEST_F(VerifyTest, AFaultlessRunIsClean) {
  const auto proof = prove(&store_, &documents_);
  EXPECT_TRUE(proof.clean()) << proof.findings.size() << " findings, first: "
                             << (proof.findings.empty()
                                     ? ""
                                     : proof.findings[0].kind + " " + proof.findings[0].id + " " +
                                           proof.findings[0].detail);
  EXPECT_GT(proof.owed, 1000U);
  EXPECT_EQ(proof.stored, proof.owed);
  EXPECT_EQ(proof.delivered, proof.owed);
  EXPECT_EQ(proof.waiting, 0U);
  EXPECT_EQ(proof.gaps, 3U);
  EXPECT_GT(proof.unowed, 0U);
}

TEST_F(VerifyTest, StoreLineRemoved) {
  const auto place = ordinary_place();
  store_.erase(store_.begin() + static_cast<std::ptrdiff_t>(place));
  const auto proof = prove(&store_, nullptr);
  EXPECT_EQ(proof.lost, 1U);
  EXPECT_EQ(proof.repeated + proof.altered + proof.invented, 0U);
  expect_only(proof, "lost", id_at(place));
}

TEST_F(VerifyTest, StoreLineRepeated) {
  const auto place = ordinary_place();
  store_.push_back(store_[place]);
  const auto proof = prove(&store_, nullptr);
  EXPECT_EQ(proof.repeated, 1U);
  EXPECT_EQ(proof.lost + proof.altered + proof.invented, 0U);
  expect_only(proof, "repeated", id_at(place));
}

TEST_F(VerifyTest, StoreLineAltered) {
  const auto place = ordinary_place();
  auto& line = store_[place];
  line.replace(line.find("\"UserKey\":\"") + 11, 1, "#");
  const auto proof = prove(&store_, nullptr);
  EXPECT_EQ(proof.altered, 1U);
  EXPECT_EQ(proof.lost + proof.repeated + proof.invented, 0U);
  expect_only(proof, "altered", id_at(place));
}

TEST_F(VerifyTest, StoreLineInvented) {
  store_.emplace_back(R"({"seq":9,"raw":{"Id":"aaaaaaaa-1111-4222-8333-444444444444","X":1}})");
  const auto proof = prove(&store_, nullptr);
  EXPECT_EQ(proof.invented, 1U);
  expect_only(proof, "invented", "aaaaaaaa-1111-4222-8333-444444444444");
}

TEST_F(VerifyTest, OutputLineRemovedIsWaiting) {
  documents_.erase(documents_.begin() + static_cast<std::ptrdiff_t>(ordinary_place()));
  const auto proof = prove(&store_, &documents_);
  EXPECT_EQ(proof.waiting, 1U);
  EXPECT_EQ(proof.delivered, proof.owed - 1);
  EXPECT_TRUE(proof.clean());
}

TEST_F(VerifyTest, OutputLineRemovedIsLostWithoutAStore) {
  const auto place = ordinary_place();
  documents_.erase(documents_.begin() + static_cast<std::ptrdiff_t>(place));
  std::erase_if(documents_, [](const auto& line) {
    return line.find("\"kind\":\"pipeline_error\"") != std::string::npos;
  });
  const auto proof = prove(nullptr, &documents_);
  const auto lost = std::count_if(proof.findings.begin(), proof.findings.end(),
                                  [&](const Finding& f) { return f.id == id_at(place); });
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(proof.altered + proof.repeated + proof.invented, 0U);
}

TEST_F(VerifyTest, OutputLineRepeated) {
  const auto place = ordinary_place();
  documents_.push_back(documents_[place]);
  const auto proof = prove(&store_, &documents_);
  EXPECT_EQ(proof.repeated, 1U);
  expect_only(proof, "repeated", id_at(place));
}

TEST_F(VerifyTest, OutputFieldAltered) {
  const auto place = ordinary_place();
  const auto original = documents_[place];
  for (const auto* field : {"\"UserKey\":\"", "\"@timestamp\":\"20", "\"provider\":\"",
                            "\"organization\":{\"id\":\"", "\"action\":\""}) {
    auto changed = original;
    const auto at = changed.find(field);
    ASSERT_NE(at, std::string::npos) << field << " in " << original;
    auto& letter = changed[at + std::string_view(field).size()];
    letter = letter == '7' ? '8' : '7';
    documents_[place] = changed;
    const auto proof = prove(&store_, &documents_);
    EXPECT_EQ(proof.altered, 1U) << field;
    expect_only(proof, "altered", id_at(place));
  }
}

TEST_F(VerifyTest, OutputFieldDropped) {
  const auto place = ordinary_place();
  auto& line = documents_[place];
  const auto at = line.find("\"UserKey\":");
  const auto end = line.find(',', line.find("\",", at));
  line.erase(at, end - at + 1);
  expect_only(prove(&store_, &documents_), "altered", id_at(place));
}

TEST_F(VerifyTest, RawOutputs) {
  Lines raw;
  for (const auto& line : truth_) {
    if (const auto record = member(line, "record")) raw.emplace_back(*record);
  }
  raw.push_back(raw[3]);
  const auto proof = prove(&store_, &raw, "raw");
  EXPECT_EQ(proof.repeated, 1U);
  EXPECT_EQ(proof.altered + proof.invented + proof.lost, 0U);
  EXPECT_EQ(proof.waiting, truth_.size() - (raw.size() - 1));
}

TEST_F(VerifyTest, CompressedOutputsAndSavedTruth) {
  std::string text;
  for (const auto& line : documents_)
    text += line + "\n";
  const auto half = text.find('\n', text.size() / 2) + 1;
  const auto gz = (folder_ / "a.gz").string();
  gzFile file = gzopen(gz.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(half));
  gzclose(file);
  const auto zst = (folder_ / "b.zst").string();
  const auto rest = text.substr(half);
  std::string packed(ZSTD_compressBound(rest.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), rest.data(), rest.size(), 1));
  std::ofstream(zst, std::ios::binary) << packed;
  const auto saved = (folder_ / "truth.ndjson").string();
  const auto truth = get("/lab/truth").body;
  std::ofstream(saved, std::ios::binary) << truth;
  VerifyOptions options;
  options.truth_file = saved;
  options.store_dump = write("store.ndjson", store_);
  options.outputs = {gz, zst};
  const auto proof = verify(options);
  ASSERT_TRUE(proof) << proof.error().sentence();
  EXPECT_TRUE(proof->clean());
  EXPECT_EQ(proof->waiting, 0U);

  std::ofstream(saved, std::ios::binary) << truth.substr(0, truth.size() / 2);
  EXPECT_EQ(verify(options).error().code, "lab/bad-truth");
  std::ofstream(gz, std::ios::binary) << "\x1f\x8b nonsense";
  std::ofstream(saved, std::ios::binary) << truth;
  EXPECT_EQ(verify(options).error().code, "lab/unreadable");
}

TEST_F(VerifyTest, WhatCameAfterTheStopIsNotOwed) {
  VerifyOptions options;
  options.lab_url = lab_->url();
  options.store_dump = write("store.ndjson", {});
  options.stopped_at = clock.now() - std::chrono::hours{12};
  const auto proof = verify(options);
  ASSERT_TRUE(proof);
  // The subscriptions began only now, after that stop.
  EXPECT_EQ(proof->owed, 0U);
  EXPECT_EQ(proof->lost, 0U);
}

TEST_F(VerifyTest, SaysWhatIsMissing) {
  VerifyOptions options;
  EXPECT_EQ(verify(options).error().code, "lab/no-truth");
  options.lab_url = lab_->url();
  EXPECT_EQ(verify(options).error().code, "lab/nothing-to-verify");
  options.outputs = {(folder_ / "absent").string()};
  EXPECT_EQ(verify(options).error().code, "lab/unreadable");
  options.format = "cef";
  EXPECT_EQ(verify(options).error().code, "lab/unknown-format");
}

}  // namespace

}  // namespace cistern::lab
