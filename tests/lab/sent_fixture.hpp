// The truth of senders that never ran, and what a faultless collector would have made of it.
#pragma once

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/cisco_secure_email/appliance_truth.hpp"
#include "lab/lab.hpp"
#include "lab/syslog/sender_truth.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace cistern::lab {

/// A line of a store and the document made of it, found by what they are about.
struct StoredLine {
  std::string name;  ///< As a finding calls it.
  std::string store;
  std::string document;
};

class SentTest : public testing::Test {
 protected:
  static constexpr unsigned kMessages = 20;
  const TimePoint kNow = *parse_time("2026-03-04T05:06:07Z");

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("lab-sent-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// A sender with one connection that ended like this, and all its messages stored.
  SenderTruth& add_sender(unsigned number, SyslogTransport transport, ConnectionEnd end,
                          Framing framing = Framing::lf) {
    auto truth = std::make_unique<SenderTruth>(number, transport, LineGenerator(1, number));
    const auto connection = truth->connected(framing, kNow);
    for (unsigned at = 0; at < kMessages; ++at) {
      const auto sequence = truth->begin(kNow + std::chrono::milliseconds{10 * at});
      truth->attempt(sequence, connection);
      truth->taken(sequence);
      if (transport == SyslogTransport::relp) truth->accepted(sequence);
      add_message(*truth, sequence);
    }
    if (end != ConnectionEnd::open) truth->ended(connection, end, kNow + std::chrono::seconds{1});
    senders_.push_back(std::move(truth));
    return *senders_.back();
  }

  void add_message(const SenderTruth& truth, std::uint64_t sequence) {
    const std::string transport(to_string(truth.transport()));
    const auto text = truth.text(sequence);
    const auto values = LineGenerator(1, truth.number()).line(sequence, kNow).values;
    add_line(transport + "/" + std::to_string(sequence), text,
             R"({"transport":")" + transport + R"(","peer":"127.0.0.1"})", "message", values);
  }

  /// A mail appliance whose traffic of an hour was pushed in two files.
  void add_appliance() {
    MailTraffic traffic({1, kNow, kNow + std::chrono::hours{9}, 120, 0});
    LogRoller roller(kMailLog, kNow);
    for (int half = 1; half <= 2; ++half) {
      const auto until = kNow + std::chrono::minutes{30 * half};
      for (const auto& line : traffic.advance(until)) {
        if (line.log == kMailLog) roller.add(line.at, line.text);
      }
      appliance_.files.push_back(
          {std::make_shared<ApplianceFile>(roller.roll(until)), true, until, 1, true, {}});
      appliance_.log_until = until;
      for (auto& mail : traffic.take_finished(until))
        appliance_.mails.push_back(std::move(mail));
    }
    appliance_.last_mid = traffic.last_mid();
    for (const auto& one : appliance_.files) {
      for (const auto& entry : one.file->entries)
        add_entry(*one.file, entry);
    }
    for (const auto& mail : appliance_.mails)
      add_joined(mail, 1);
  }

  void add_entry(const ApplianceFile& file, const FileEntry& entry) {
    add_line(file.name + ":" + std::to_string(entry.line), std::string(file.text_of(entry)),
             R"({"appliance":"A","file":")" + file.name + R"(","line":)" +
                 std::to_string(entry.line) + "}",
             "mail", {});
  }

  void add_joined(const MailTruth& mail, unsigned revision, const std::string& more = {}) {
    auto event = mail.expected_json();
    event.insert(1, R"("kind":"message","revision":)" + std::to_string(revision) + "," + more);
    StoredLine line{"MID " + std::to_string(mail.mid), {}, {}};
    const auto id = next_id();
    line.store =
        R"({"seq":1,"id":")" + id +
        R"(","connector":"esa","stream":"message","meta":{"derived_from":{"stream":"mail"}},)" +
        R"("raw":)" + event + "}";
    line.document = R"({"cistern":{"id":")" + id + R"("},"cisco":)" + event + "}";
    lines_.push_back(std::move(line));
  }

  void add_line(const std::string& name, const std::string& text, const std::string& meta,
                const std::string& stream, const std::vector<std::string>& values) {
    const auto id = next_id();
    StoredLine line{name, {}, {}};
    codec::JsonWriter store(line.store);
    store.begin_object().key("seq").number(std::uint64_t{lines_.size() + 1}).key("id").string(id);
    store.key("stream").string(stream).key("meta").raw(meta).key("raw").string(text).end_object();
    codec::JsonWriter document(line.document);
    document.begin_object().key("message").string(text).key("values").begin_array();
    for (const auto& value : values)
      document.string(value);
    document.end_array().key("cistern").begin_object().key("id").string(id).end_object();
    document.end_object();
    lines_.push_back(std::move(line));
  }

  std::string next_id() { return "id-" + std::to_string(++ids_); }

  StoredLine& line_of(const std::string& name) {
    const auto found = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const StoredLine& one) { return one.name == name; });
    EXPECT_NE(found, lines_.end()) << name;
    return *found;
  }
  void remove(const std::string& name) {
    std::erase_if(lines_, [&](const StoredLine& one) { return one.name == name; });
  }

  Proof prove(bool killed = false) {
    VerifyOptions options;
    options.truth_file = write_truth();
    options.store_dump = write("store.ndjson", &StoredLine::store);
    options.outputs = {write("out.ndjson", &StoredLine::document)};
    options.killed = killed;
    auto proof = verify(options);
    EXPECT_TRUE(proof) << proof.error().sentence();
    return proof ? *proof : Proof{};
  }

  static std::uint64_t counted(const Proof& proof, const std::string& share,
                               const std::string& name) {
    for (const auto& one : proof.vendors) {
      for (const auto& [key, number] : one.counts) {
        if (one.name == share && key == name) return number;
      }
    }
    ADD_FAILURE() << share << " has no " << name;
    return 0;
  }

  /// The names of what was found, "lost relp/3", one a line.
  static std::string found(const Proof& proof) {
    std::string out;
    for (const auto& one : proof.findings)
      out += one.kind + " " + one.id + "\n";
    return out;
  }

  std::vector<std::unique_ptr<SenderTruth>> senders_;
  Appliance::Truth appliance_;
  std::vector<StoredLine> lines_;

 private:
  std::string write_truth() const {
    const auto path = (folder_ / "truth.ndjson").string();
    std::ofstream file(path, std::ios::binary);
    file << R"({"kind":"truth","started":"2026-03-04T05:00:00.000Z","clock_skew_ms":0})"
         << "\n";
    for (const auto& sender : senders_) {
      std::string out;
      std::uint64_t next = 0;
      while (sender->write(out, next, out.size() + 4096)) {
      }
      file << out;
    }
    ApplianceTruthWriter writer(appliance_);
    std::string out;
    while (!appliance_.files.empty() && writer.write(out, out.size() + 4096)) {
    }
    file << out << R"({"kind":"end","records":0})"
         << "\n";
    return path;
  }

  std::string write(const std::string& name, std::string StoredLine::*part) const {
    const auto path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    for (const auto& line : lines_)
      file << line.*part << "\n";
    return path;
  }

  std::filesystem::path folder_;
  unsigned ids_ = 0;
};

}  // namespace cistern::lab
