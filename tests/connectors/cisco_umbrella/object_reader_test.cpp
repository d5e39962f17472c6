#include "connectors/cisco_umbrella/object_reader.hpp"

#include "connectors/cisco_umbrella/schema.hpp"
#include "ecs/function_values.hpp"
#include "object_fixture.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cistern::connectors::cisco_umbrella {
namespace {

using Texts = std::vector<std::string>;

const std::string kHeader =
    quoted_row({"Timestamp", "Most Granular Identity", "Identities", "Internal IP", "External IP",
                "Action", "Query Type", "Response Code", "Domain", "Categories",
                "Most Granular Identity Type", "Identity Types", "Blocked Categories"});

std::string rows_text(std::size_t count, std::size_t columns = 13) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += dns_row(i, columns) + "\n";
  return text;
}

TEST(ObjectReader, EveryRowIsARecordWithItsPlace) {
  const auto read = read_object(dns_settings(), codec::gzip(dns_row(1) + "\n" + dns_row(2)));
  EXPECT_EQ(read.raws(), (Texts{dns_row(1), dns_row(2)}));
  const ReadRecord& second = read.records.at(1);
  EXPECT_EQ(second.meta,
            R"({"bucket":"fabrikam-logs","key":"dnslogs/2026-03-04/2026-03-04-10-20-7ab3.csv.gz",)"
            R"("row":2,"etag":"0a1b","columns":13})");
  EXPECT_EQ(second.stream, "dns");
  EXPECT_EQ(format_time(second.time), "2026-03-04T10:21:33.000Z");
  EXPECT_EQ(second.form, RawForm::text);
  EXPECT_EQ(read.facts.rows, 2U);
  EXPECT_EQ(read.facts.next_row, 3U);
  EXPECT_FALSE(read.facts.failure);
  EXPECT_EQ(read.facts.rows_with_unmapped, 0U);
}

TEST(ObjectReader, EqualRowsHaveIdentitiesOfTheirOwnWhateverTheVersionOfTheObject) {
  const std::string bytes = codec::gzip(dns_row(1) + "\n" + dns_row(1) + "\n");
  const auto read = read_object(dns_settings(), bytes);
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_NE(read.records[0].identity, read.records[1].identity);
  ObjectSettings other = dns_settings();
  other.etag = "ffff";
  EXPECT_EQ(read_object(other, bytes).records[1].identity, read.records[1].identity);
  other.key = "dnslogs/2026-03-04/2026-03-04-10-20-7ab4.csv.gz";
  EXPECT_NE(read_object(other, bytes).records[1].identity, read.records[1].identity);
}

TEST(ObjectReader, PiecesCutAnywhereGiveTheSame) {
  std::string text = rows_text(40) + "\"2026-03-04 10:21:34\",\"two\nlines\",\"q=\"\"1\"\"\"\r\n";
  text += dns_row(41);
  const std::string bytes = codec::gzip(text.substr(0, 900)) + codec::gzip(text.substr(900));
  const auto whole = read_object(dns_settings(), bytes);
  EXPECT_EQ(whole.records.size(), 42U);
  for (const std::size_t piece : {1U, 7U, 100U, 333U}) {
    const auto read = read_object(dns_settings(), bytes, piece);
    EXPECT_EQ(read.raws(), whole.raws()) << piece;
    EXPECT_EQ(read.records.back().meta, whole.records.back().meta);
  }
}

TEST(ObjectReader, EmptyObjectsHaveNoRows) {
  for (const std::string& bytes : {std::string(), codec::gzip(""), codec::gzip("\n\r\n")}) {
    const auto read = read_object(dns_settings(), bytes);
    EXPECT_TRUE(read.records.empty());
    EXPECT_FALSE(read.facts.failure);
  }
  const auto header = read_object(dns_settings(), codec::gzip(kHeader + "\n"));
  EXPECT_TRUE(header.records.empty());
  EXPECT_TRUE(header.facts.has_header);
  EXPECT_EQ(header.facts.next_row, 2U);
}

TEST(ObjectReader, AHeaderRowStandsBesideItsRows) {
  const auto read =
      read_object(dns_settings(), codec::gzip("\xEF\xBB\xBF" + kHeader + "\r\n" + dns_row(1)));
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(ecs::text_of_json(ecs::member_of_json(read.records[0].meta, "header")),
            "\xEF\xBB\xBF" + kHeader);
  EXPECT_EQ(ecs::member_of_json(read.records[0].meta, "row"), "2");
}

TEST(ObjectReader, AHeaderInTheMiddleIsKeptAndCountsFromThereOn) {
  const std::string other = quoted_row({"Timestamp", "Domain", "Shoe Size"});
  const auto read = read_object(
      dns_settings(), codec::gzip(dns_row(1) + "\n" + other + "\n" +
                                  quoted_row({"2026-03-04 10:21:35", "a.example.", "43"}) + "\n"));
  ASSERT_EQ(read.records.size(), 3U);
  EXPECT_EQ(read.records[1].problem, "a header row in the middle of the object");
  EXPECT_EQ(read.records[1].raw, other);
  EXPECT_EQ(read.records[2].problem, "");
  EXPECT_EQ(ecs::text_of_json(ecs::member_of_json(read.records[2].meta, "header")), other);
  EXPECT_EQ(read.facts.unmapped, (std::vector<UnmappedColumn>{{"Shoe Size", 1}}));
}

TEST(ObjectReader, AnOperatorsColumnsCountWhereThereIsNoHeader) {
  ObjectSettings settings = dns_settings();
  settings.columns = "timestamp,domain,policy group";
  const std::string row = quoted_row({"2026-03-04 10:21:35", "a.example.", "7"});
  const auto read = read_object(settings, codec::gzip(row + "\n"));
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(ecs::text_of_json(ecs::member_of_json(read.records[0].meta, "header")),
            settings.columns);
  EXPECT_FALSE(read.facts.has_header);
  const auto headed = read_object(settings, codec::gzip(kHeader + "\n" + dns_row(1) + "\n"));
  EXPECT_EQ(ecs::text_of_json(ecs::member_of_json(headed.records.at(0).meta, "header")), kHeader);
}

TEST(ObjectReader, ColumnsThatThisBuildDoesNotKnowAreNamedInTheFirstBatch) {
  const auto by_count = read_object(dns_settings(), codec::gzip(rows_text(3, 18)));
  EXPECT_EQ(by_count.after_first_batch.unmapped,
            (std::vector<UnmappedColumn>{{"col_17", 3}, {"col_18", 3}}));
  EXPECT_EQ(by_count.after_first_batch.rows_with_unmapped, 3U);
  const std::string header = kHeader + ",\"Threat Mood\"";
  const auto by_name =
      read_object(dns_settings(), codec::gzip(header + "\n" + dns_row(1, 14) + "\n"));
  EXPECT_EQ(by_name.after_first_batch.unmapped, (std::vector<UnmappedColumn>{{"Threat Mood", 1}}));
}

TEST(ObjectReader, RowsOfAnyShapeAreKept) {
  const std::string zeros("\"2026-03-04 10:21:33\",\"a\0b\"", 27);
  const std::string latin = "\"2026-03-04 10:21:33\",\"Bj\xF6rn\"";
  const Texts rows = {zeros, latin, "x", ",", "\"", std::string(3000, ',')};
  std::string text;
  for (const std::string& row : rows)
    text += row + "\n";
  const auto read = read_object(dns_settings(), codec::gzip(text));
  EXPECT_EQ(read.raws(), rows);
  EXPECT_EQ(read.records.at(1).form, RawForm::bytes);
  EXPECT_EQ(read.records.at(1).problem, "");
  EXPECT_EQ(read.records.at(5).problem, "the row has more than 1024 columns");
  EXPECT_EQ(read.facts.rows_misshapen, 5U);
}

TEST(ObjectReader, AnOversizeRowIsOneRecordWithAProblem) {
  const std::string text = dns_row(1) + "\n" + std::string(3 << 20, 'x') + "\n" + dns_row(2) + "\n";
  const auto read = read_object(dns_settings(), codec::gzip(text), 700);
  ASSERT_EQ(read.records.size(), 3U);
  EXPECT_EQ(read.records[1].raw.size(), kMaxRowBytes);
  EXPECT_NE(read.records[1].problem.find("longer than 1 MiB"), std::string::npos);
  EXPECT_EQ(read.records[2].raw, dns_row(2));
  EXPECT_EQ(read.facts.rows_with_problem, 1U);
}

TEST(ObjectReader, LargeObjectsComeInBatchesThatFitACommit) {
  // Far more than is expanded at once, and in one piece.
  const std::string text = rows_text(150000);
  const auto read = read_object(dns_settings(), codec::gzip(text, 1), std::size_t{64} << 20);
  EXPECT_EQ(read.records.size(), 150000U);
  EXPECT_GT(read.batches.size(), 3U);
  EXPECT_LE(read.largest_batch, kBatchBytes + 64);
  EXPECT_EQ(read.records.back().raw, dns_row(149999));
  EXPECT_EQ(read.facts.expanded, text.size());
}

TEST(ObjectReader, AReadingGoesOnAtItsRow) {
  const std::string bytes = codec::gzip(kHeader + "\n" + rows_text(100));
  const auto whole = read_object(dns_settings(), bytes);
  for (const std::uint64_t next : {1U, 2U, 3U, 51U, 101U, 102U}) {
    ObjectSettings settings = dns_settings();
    settings.first_row = next;
    const auto rest = read_object(settings, bytes, 90);
    const std::size_t before = next < 2 ? 0 : next - 2;
    ASSERT_EQ(rest.records.size(), 100U - before);
    for (std::size_t i = 0; i < rest.records.size(); ++i) {
      EXPECT_EQ(rest.records[i].identity, whole.records[before + i].identity);
      EXPECT_EQ(rest.records[i].meta, whole.records[before + i].meta);
    }
    EXPECT_EQ(rest.facts.next_row, whole.facts.next_row);
  }
}

TEST(ObjectReader, ATruncatedObjectGivesItsRowsAndSaysSo) {
  const std::string text = rows_text(5000);
  const std::string bytes = codec::gzip(text);
  const std::string cut = bytes.substr(0, bytes.size() / 2);
  for (const std::size_t piece : {std::size_t{100}, cut.size()}) {
    const auto read = read_object(dns_settings(), cut, piece);
    ASSERT_TRUE(read.facts.failure);
    EXPECT_EQ(read.facts.failure->code, "cisco_umbrella/object-cut");
    EXPECT_EQ(read.facts.failure->verdict, Verdict::set_aside);
    ASSERT_GT(read.records.size(), 100U);
    for (std::size_t i = 0; i + 1 < read.records.size(); ++i)
      ASSERT_EQ(read.records[i].raw, dns_row(i));
    // The row that was begun comes last, once nobody asks again.
    EXPECT_FALSE(read.records.back().problem.empty());
    EXPECT_TRUE(dns_row(read.records.size() - 1).starts_with(read.records.back().raw));
  }
}

TEST(ObjectReader, ADamagedObjectGivesTheRowsBeforeTheDamage) {
  std::string bytes = codec::gzip(rows_text(5000));
  for (std::size_t i = 0; i < 40; ++i)
    bytes[bytes.size() / 2 + i] = static_cast<char>(0xA5 ^ i);
  const auto read = read_object(dns_settings(), bytes);
  ASSERT_TRUE(read.facts.failure);
  EXPECT_EQ(read.facts.failure->code, "cisco_umbrella/object-damaged");
  EXPECT_NE(read.facts.failure->cause.find("2026-03-04-10-20-7ab3"), std::string::npos);
  EXPECT_GT(read.records.size(), 100U);
  EXPECT_EQ(read.records[100].raw, dns_row(100));
  const auto junk = read_object(dns_settings(), codec::gzip("a,b\n") + "junk");
  EXPECT_TRUE(junk.facts.failure);
  EXPECT_EQ(junk.records.at(0).raw, "a,b");
}

TEST(ObjectReader, ABombEndsWithAClearError) {
  std::string bomb;
  const std::string member = codec::gzip(std::string(40 << 20, 'A'), 9);
  for (int i = 0; i < 4; ++i)
    bomb += member;
  const auto read = read_object(dns_settings(), codec::gzip(dns_row(1) + "\n") + bomb);
  ASSERT_TRUE(read.facts.failure);
  EXPECT_EQ(read.facts.failure->code, "cisco_umbrella/object-too-large");
  EXPECT_LT(read.facts.expanded, std::uint64_t{70} << 20);
  EXPECT_EQ(read.records.at(0).raw, dns_row(1));
  ObjectSettings small = dns_settings();
  small.max_expanded = 1 << 20;
  const auto bounded = read_object(small, codec::gzip(rows_text(20000)));
  ASSERT_TRUE(bounded.facts.failure);
  EXPECT_EQ(bounded.facts.failure->code, "cisco_umbrella/object-too-large");
  EXPECT_LE(bounded.facts.expanded, (1U << 20) + (256U << 10));
}

TEST(ObjectReader, MembersFollowEachOtherAndZerosArePadding) {
  const std::string bytes = codec::gzip(dns_row(1) + "\n\"2026-03-0") +
                            codec::gzip("4 10:21:33\",\"x\"\n") + std::string(512, '\0');
  for (const std::size_t piece : {std::size_t{50}, bytes.size()}) {
    const auto read = read_object(dns_settings(), bytes, piece);
    EXPECT_EQ(read.raws(), (Texts{dns_row(1), "\"2026-03-04 10:21:33\",\"x\""}));
    EXPECT_FALSE(read.facts.failure);
  }
}

TEST(ObjectReader, RepeatedRowsComeOutWholeOfOneSmallPiece) {
  // 24 MiB of text in some kilobytes: one piece gives many batches.
  std::string text;
  while (text.size() < 24U << 20)
    text += dns_row(1) + "\n";
  const auto read = read_object(dns_settings(), codec::gzip(text, 9));
  EXPECT_FALSE(read.facts.failure);
  EXPECT_EQ(read.facts.expanded, text.size());
  EXPECT_EQ(read.records.size(), text.size() / (dns_row(1).size() + 1));
}

TEST(ObjectReader, TextThatSomebodyExpandedAlreadyIsReadAsItIs) {
  const auto read = read_object(dns_settings(), dns_row(1) + "\n" + dns_row(2), 10);
  EXPECT_EQ(read.raws(), (Texts{dns_row(1), dns_row(2)}));
}

TEST(Schema, FoldersHaveStreams) {
  EXPECT_EQ(stream_of_folder("dnslogs"), "dns");
  EXPECT_EQ(stream_of_folder("cdfwlogs"), "firewall");
  EXPECT_EQ(stream_of_folder("vpnlogs"), "ravpn");
  EXPECT_EQ(stream_of_folder("New-Thing logs\n"), "new_thing_logs_");
  EXPECT_EQ(stream_of_folder(std::string(500, 'a')).size(), 40U);
  EXPECT_EQ(stream_of_folder(""), "other");
  std::set<std::string_view> streams;
  for (const LogFolder& log : known_logs())
    streams.insert(log.stream);
  for (const LogSchema& schema : log_schemas())
    EXPECT_EQ(streams.count(schema.stream), 1U) << schema.stream;
}

TEST(Schema, HeadersAreUnderstoodInTheirSpellings) {
  const LogSchema* const dns = find_schema("dns");
  EXPECT_EQ(column_of_header(dns, "Most Granular Identity"), "most_granular_identity");
  EXPECT_EQ(column_of_header(dns, " most granular IDENTITY "), "most_granular_identity");
  EXPECT_EQ(column_of_header(find_schema("audit"), "Time"), "timestamp");
  EXPECT_EQ(column_of_header(find_schema("dlp"), "Identities"), "identity");
  EXPECT_EQ(column_of_header(find_schema("dlp"), "Rule Name"), "rule");
  EXPECT_EQ(column_of_header(find_schema("intrusion"), "Attach Classification"),
            "attack_classification");
  EXPECT_EQ(column_of_header(find_schema("firewall"), "FW Block Reason"), "fw_block_reason");
  EXPECT_EQ(column_of_header(dns, "Shoe Size"), "");
  EXPECT_EQ(column_of_header(nullptr, "Timestamp"), "timestamp");
  EXPECT_TRUE(begins_header("ID", "timestamp"));
  EXPECT_FALSE(begins_header("id", "x"));
}

TEST(Schema, TheNumberOfColumnsDecidesWhereOneWasInserted) {
  const LogSchema& dlp = *find_schema("dlp");
  EXPECT_EQ(columns_by_count(dlp, 16)[1], "unique_event_id");
  EXPECT_EQ(columns_by_count(dlp, 17)[1], "event_type");
  EXPECT_EQ(columns_by_count(dlp, 16).size(), 16U);
  EXPECT_EQ(columns_by_count(dlp, 16)[15], "file_label");
  // As many as the pages and other collectors name.
  EXPECT_EQ(find_schema("dns")->columns.size(), 16U);
  EXPECT_EQ(find_schema("proxy")->columns.size(), 55U);
  EXPECT_EQ(find_schema("firewall")->columns.size(), 37U);
  EXPECT_EQ(find_schema("intrusion")->columns.size(), 33U);
  EXPECT_EQ(find_schema("dlp")->columns.size(), 25U);
  EXPECT_EQ(find_schema("ztna")->columns.size(), 57U);
  EXPECT_EQ(find_schema("ztna_flow")->columns.size(), 27U);
  EXPECT_EQ(find_schema("ravpn")->columns.size(), 29U);
  EXPECT_EQ(find_schema("file_event")->columns.size(), 22U);
}

}  // namespace
}  // namespace cistern::connectors::cisco_umbrella
