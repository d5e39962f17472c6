// Files become records exactly once, whatever is pushed how often, in which pieces and order.
#include "base/random.hpp"
#include "connectors/cisco_secure_email/file_name.hpp"
#include "intake_support.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::connectors::cisco_secure_email {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(FileName, IsTakenApartOrRefused) {
  const auto name = read_file_name("authentication.mx1.example.com.@20250211T070000.s");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->base, "authentication.mx1.example.com");
  EXPECT_EQ(name->begun, "20250211T070000");
  EXPECT_TRUE(name->saved);
  EXPECT_TRUE(read_file_name("amp.@1739257200.s.gz")->compressed);
  EXPECT_FALSE(read_file_name("mail.@20250211T070000Z.current")->saved);
  for (const char* odd :
       {"", "mail_logs", "mail_logs.s", ".@20250211T070000.s", "mail_logs.@2025-02-11.s",
        "mail_logs.@20250211T070000.s.tmp", "../mail.@20250211T070000.s",
        "mail logs.@20250211T070000.s", "mail.@20250211T070000.exe", "mail.@20250211X070000.s"}) {
    EXPECT_FALSE(read_file_name(odd).has_value()) << odd;
    EXPECT_NE(why_name_refused(odd), "") << odd;
  }
  EXPECT_EQ(why_name_refused("mail_logs.@20250211T070000.s"), "");
}

TEST(FileReading, MakesOneRecordOfEachLineWithWhatTheBannerSays) {
  Reader reader;
  const std::string file = log_file(3);
  reader.push(file);
  EXPECT_THAT(reader.raws, ElementsAreArray(lines_of(file)));
  EXPECT_EQ(reader.kind, LogKind::mail);
  EXPECT_EQ(format_time(reader.times[4]), "2025-02-11T14:00:02.000Z");
  EXPECT_THAT(reader.metas[4], HasSubstr(R"("appliance":")" + kSerial + "\""));
  EXPECT_THAT(reader.metas[4], HasSubstr(R"("line":5,"offset_seconds":-25200)"));
  EXPECT_THAT(reader.metas[4], HasSubstr(R"("version":"15.0.1-030")"));
  EXPECT_THAT(reader.metas[4], HasSubstr(R"("log":"mail_logs","kind":"mail")"));
}

TEST(FileReading, JoinsLinesThatContinueOneAndBoundsThem) {
  std::string file = log_file(1, false) + at_second(2) + "MID 2 Subject 'one\r\n\ttwo\n three'\n";
  std::string long_one = at_second(3) + "MID 3 Subject 'x";
  for (int line = 0; line < 100; ++line)
    long_one += "\n folded " + std::to_string(line);
  file += long_one + "\n" + at_second(4) + "End Logfile\n";
  Reader reader;
  reader.push(file);
  EXPECT_EQ(reader.raws[4], at_second(2) + "MID 2 Subject 'one\r\n\ttwo\n three'");
  // 101 lines: 32 of them, and so on.
  ASSERT_THAT(reader.raws, SizeIs(3 + 1 + 1 + 4 + 1));
  EXPECT_THAT(reader.problems, SizeIs(3));
  std::string again;
  for (const std::string& raw : reader.raws)
    again += raw + "\n";
  EXPECT_EQ(again, file) << "no byte is lost";
}

TEST(FileReading, GivesTheSameEntriesForEveryCuttingOfTheBytes) {
  const std::string file = log_file(6) + "no header\nnone either\n" + std::string(3'000, 'y');
  const auto entries = [&](std::size_t step) {
    FileLines lines{0, 0, true};
    std::vector<std::pair<std::string, std::uint64_t>> seen;
    const auto each = [&](const FileLine& line) {
      seen.emplace_back(line.bytes, line.number + line.from * 1'000);
    };
    for (std::size_t at = 0; at < file.size(); at += step)
      lines.add(std::string_view{file}.substr(at, step), each);
    lines.finish(each);
    return seen;
  };
  const auto whole = entries(file.size());
  for (std::size_t step = 1; step < 100; ++step)
    ASSERT_EQ(entries(step), whole) << step;
}

TEST(FileReading, CutsALineWithoutEnd) {
  Reader reader;
  reader.push(log_file(1, false) + std::string(5U << 20, 'z') + "\n" + at_second(2) + "after\n");
  EXPECT_EQ(reader.raws.back(), at_second(2) + "after");
  EXPECT_FALSE(reader.problems.empty());
  std::size_t bytes = 0;
  for (const std::string& raw : reader.raws) {
    EXPECT_LE(raw.size(), kLongestLine);
    bytes += static_cast<std::size_t>(std::count(raw.begin(), raw.end(), 'z'));
  }
  EXPECT_EQ(bytes, 5U << 20);
}

TEST(FileReading, TakesAFileOnceUnderWhateverNameAndForm) {
  Reader reader;
  const std::string file = log_file(40);
  reader.push(file);
  const auto first = reader.raws;
  reader.push(file);
  EXPECT_EQ(reader.match, Match::repeated);
  reader.push(file, "other.@20250211T090000.s");
  reader.push(codec::gzip(file), "mail_logs.@20250211T070000.s.gz");
  EXPECT_EQ(reader.match, Match::repeated);
  EXPECT_EQ(reader.raws, first);
}

/// Cut at any byte, pushed, and pushed again whole: every line once, and of a line that was cut the
/// piece beside it. A watched file, which may still grow, leaves no pieces.
TEST(FileReading, ContinuesAFileThatWasPartlySent) {
  const std::string file = log_file(5);
  const auto lines = lines_of(file);
  for (std::size_t cut = 1; cut <= file.size(); ++cut) {
    for (const bool complete : {true, false}) {
      Reader reader;
      reader.push(file.substr(0, cut), "mail_logs.@20250211T070000.s", complete);
      reader.push(file);
      std::multiset<std::string> stored{reader.raws.begin(), reader.raws.end()};
      // Shorter than the four lines that a file is known by, it is a file of its own.
      const std::string fourth = lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n" + lines[3];
      if (cut <= fourth.size()) continue;
      for (const std::string& line : lines) {
        ASSERT_EQ(stored.count(line), 1U) << cut << " " << complete << ": " << line;
        stored.erase(line);
      }
      const bool inside = file[cut - 1] != '\n' && cut != file.size() && file[cut] != '\n';
      ASSERT_EQ(stored.size(), complete && inside ? 1U : 0U) << cut << " " << complete;
      const std::set<Identity> identities{reader.identities.begin(), reader.identities.end()};
      ASSERT_EQ(identities.size(), reader.identities.size()) << cut;
    }
  }
}

TEST(FileReading, KnowsAnIncompleteCopyOfWhatIsStored) {
  const std::string file = log_file(400);
  Reader reader;
  reader.push(file);
  const auto first = reader.raws;
  for (const std::size_t cut : {700U, 4'000U, 20'000U}) {
    reader.push(file.substr(0, cut), "copy.@20250211T070000.s", false);
    EXPECT_EQ(reader.match, Match::contained) << cut;
  }
  EXPECT_EQ(reader.raws, first);
}

TEST(FileReading, StoresFilesThatBeginAlikeAndGoOnDifferently) {
  Reader reader;
  const std::string one = log_file(300);
  std::string other = log_file(200, false) + at_second(201) + "MID 4711 something else\n";
  reader.push(one);
  reader.push(other, "debug_mail.@20250211T070000.s");
  const auto lines = lines_of(other);
  ASSERT_EQ(reader.raws.size(), lines_of(one).size() + lines.size());
  EXPECT_EQ(reader.raws.back(), lines.back());
  const std::set<Identity> identities{reader.identities.begin(), reader.identities.end()};
  EXPECT_EQ(identities.size(), reader.identities.size());
  // Both are known from now on.
  reader.push(one);
  reader.push(other);
  EXPECT_EQ(reader.raws.size(), identities.size());
}

TEST(FileReading, GoesOnWhereAnEndedProcessLeftIt) {
  const std::string file = log_file(120'000);
  const auto lines = lines_of(file);
  Reader reader;
  reader.push(file, "mail_logs.@20250211T070000.s", true, 1);
  EXPECT_EQ(reader.parts, 1U);
  EXPECT_LT(reader.raws.size(), lines.size());
  reader.push(codec::gzip(file, 1), "mail_logs.@20250211T070000.s", true, 2);
  reader.push(file);
  EXPECT_THAT(reader.raws, ElementsAreArray(lines));
}

TEST(FileReading, StoresWhatStandsBeforeADamagedPlace) {
  SeededRandom random{5};
  std::string noise;
  for (int line = 0; line < 60'000; ++line)
    noise += at_second(2) + std::to_string(random.next()) + "\n";
  std::string packed = codec::gzip(log_file(10, false) + noise, 6);
  packed.resize(packed.size() / 2);
  Reader reader;
  reader.push(packed, "mail_logs.@20250211T070000.s.gz");
  EXPECT_GT(reader.raws.size(), 1'000U);
  ASSERT_TRUE(reader.failure.has_value());
  EXPECT_EQ(reader.failure->code, "codec/damaged");
  EXPECT_EQ(reader.failure->verdict, Verdict::set_aside);
}

TEST(FileReading, RefusesMailArchivesAndBinaryLogs) {
  for (const std::string& bytes :
       {std::string{"From a@example.com Tue Feb 11 07:00:00 2025\nReturn-Path: <a@example.com>\n"
                    "Received: from mx\nSubject: x\n\nbody\n"},
        std::string{"\0\1\2\3\0\0\0\7\x90\xff\0\1\2\3\0\0\0\7\x90\xff", 20}}) {
    MemorySource source{bytes};
    FileFacts facts;
    facts.name = "mail_logs.@20250211T070000.s";
    const auto opening = open_file(source, facts);
    ASSERT_TRUE(opening.has_value());
    EXPECT_NE(opening->refused, "") << bytes;
  }
}

}  // namespace
}  // namespace cistern::connectors::cisco_secure_email
