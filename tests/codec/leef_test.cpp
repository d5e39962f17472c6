#include "codec/leef.hpp"

#include "base/bytes.hpp"

#include <array>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::leef {
namespace {

constexpr Header kHeader{
    .vendor = "Contoso", .product = "cistern", .version = "1.0", .event_id = "File blocked"};

std::string line_of(const std::vector<std::pair<std::string, std::string>>& pairs, Version version,
                    char delimiter = '\t', std::size_t max_length = 0, LineLoss* loss = nullptr) {
  Writer::Builder builder;
  std::vector<std::size_t> keys;
  for (const auto& [key, value] : pairs)
    keys.push_back(builder.add(key).value());
  Writer writer = std::move(builder).build(version, delimiter, max_length);
  writer.begin(kHeader);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const LineLoss one = writer.add(keys[i], pairs[i].second);
    if (loss != nullptr) *loss |= one;
  }
  return std::string{writer.text()};
}

Message parsed(std::string_view line) {
  std::string_view problem;
  auto message = read(line, problem);
  EXPECT_TRUE(message) << problem << ": " << line;
  return message.value_or(Message{});
}

TEST(LeefWriter, WritesBothVersions) {
  EXPECT_EQ(line_of({{"cat", "malware"}, {"src", "203.0.113.7"}}, Version::v1),
            "LEEF:1.0|Contoso|cistern|1.0|File blocked|cat=malware\tsrc=203.0.113.7");
  EXPECT_EQ(line_of({{"cat", "malware"}, {"src", "203.0.113.7"}}, Version::v2),
            "LEEF:2.0|Contoso|cistern|1.0|File blocked|x09|cat=malware\tsrc=203.0.113.7");
  EXPECT_EQ(line_of({{"cat", "malware"}, {"src", "203.0.113.7"}}, Version::v2, '^'),
            "LEEF:2.0|Contoso|cistern|1.0|File blocked|^|cat=malware^src=203.0.113.7");
}

TEST(LeefWriter, ReplacesWhatHasNoEscape) {
  const std::size_t start =
      std::string_view{"LEEF:2.0|Contoso|cistern|1.0|File blocked|x09|"}.size();
  const auto value_of = [&](const std::string& value, char delimiter, bool mended) {
    LineLoss loss;
    const auto line = line_of({{"usrName", value}}, Version::v2, delimiter, 0, &loss);
    EXPECT_EQ(loss.mended, mended) << value;
    return line.substr(delimiter == '\t' ? start + 8 : start + 6);
  };
  EXPECT_EQ(value_of("CONTOSO\\ana", '\t', false), "CONTOSO\\ana");
  EXPECT_EQ(value_of("a=b|c^d", '\t', false), "a=b|c^d");
  EXPECT_EQ(value_of("one\ttwo\nthree\rfour", '\t', true), "one two three four");
  EXPECT_EQ(value_of("one\ttwo^three", '^', true), "one\ttwo three");
  EXPECT_EQ(value_of(std::string("nul\0 bell\x07 bad\xFF", 15), '\t', true),
            "nul\xEF\xBF\xBD bell\xEF\xBF\xBD bad\xEF\xBF\xBD");
  EXPECT_EQ(value_of("trailing  ", '\t', false), "trailing  ");
}

TEST(LeefWriter, HeaderFieldsHoldNoPipe) {
  Writer writer = Writer::Builder{}.build(Version::v1, '\t', 0);
  const auto loss =
      writer.begin({.vendor = "A|B", .product = "", .version = "1\t2", .event_id = "x\ny"});
  EXPECT_EQ(writer.text(), "LEEF:1.0|A B|unknown|1 2|x y|");
  EXPECT_TRUE(loss.mended);
}

TEST(LeefWriter, ALineEndsWithinItsBound) {
  const auto whole = line_of({{"usrName", "0123456789"}}, Version::v1);
  EXPECT_EQ(line_of({{"usrName", "0123456789"}}, Version::v1, '\t', whole.size()), whole);
  LineLoss loss;
  const auto shorter = line_of({{"usrName", "01234567\xC3\xA9"}, {"sev", "10"}}, Version::v1, '\t',
                               whole.size() - 1, &loss);
  EXPECT_EQ(shorter, whole.substr(0, whole.size() - 2));
  EXPECT_TRUE(loss.cut);
}

TEST(LeefKeys, PredefinedOnesAreNotRedefined) {
  for (const char* key : {"src", "usrName", "ownKey", "a_b"})
    EXPECT_TRUE(is_key(key)) << key;
  for (const char* key : {"", "SRC", "username=", "Usrname", "srcport", "a b", "a.b"})
    EXPECT_FALSE(is_key(key)) << key;
  EXPECT_EQ(find_key("srcPort")->kind, KeyKind::integer);
  EXPECT_FALSE(find_key("ownKey"));
}

TEST(LeefDelimiter, IsOneCharacterOrItsNumber) {
  EXPECT_EQ(parse_delimiter("x09"), '\t');
  EXPECT_EQ(parse_delimiter("0x09"), '\t');
  EXPECT_EQ(parse_delimiter("x0009"), '\t');
  EXPECT_EQ(parse_delimiter("^"), '^');
  EXPECT_EQ(parse_delimiter("x5e"), '^');
  EXPECT_EQ(parse_delimiter("\t"), '\t');
  EXPECT_EQ(parse_delimiter("x01"), '\x01');
  for (const char* bad : {"", " ", "=", "|", "a", "7", "_", "x", "x0", "x0a", "x20", "x3d", "x7c",
                          "x100", "x00009", "^^", "\xC2\xA7", "x80", "\n"}) {
    EXPECT_FALSE(parse_delimiter(bad)) << bad;
  }
}

TEST(LeefReader, ReadsBothVersions) {
  const auto first = parsed(
      "<13>1 2026-11-22T11:07:53.520Z host LEEF:1.0|Contoso|cistern|1.0|4711|cat=a "
      "b\tsrc=192.0.2.1\t"
      "url=http://x/?a=b");
  EXPECT_EQ(first.prefix, "<13>1 2026-11-22T11:07:53.520Z host");
  EXPECT_EQ(first.event_id, "4711");
  EXPECT_EQ(*first.find("cat"), "a b");
  EXPECT_EQ(*first.find("url"), "http://x/?a=b");
  EXPECT_EQ(*parsed("LEEF:2.0|v|p|1|e|^|a=1^b=2").find("b"), "2");
  EXPECT_EQ(*parsed("LEEF:2.0|v|p|1|e|0x5E|a=1^b=2\n").find("b"), "2");
}

TEST(LeefReader, IsLenientWhereProducersAre) {
  EXPECT_EQ(*parsed("LEEF:2.0|v|p|1|e|a=1\tb=2|3").find("b"), "2|3");
  EXPECT_EQ(*parsed("LEEF:2.0|v|p|1|e||a=1\tb=2").find("b"), "2");
  EXPECT_EQ(*parsed("LEEF:1.0|v|p|1|e|a=1\\tb=2").find("b"), "2");
  EXPECT_EQ(*parsed("LEEF:1.0|v|p|1|e|a=1<009>b=2").find("b"), "2");
  EXPECT_EQ(*parsed("LEEF:1.0|v|p|1|e|a=1\tand more\tb=2").find("a"), "1\tand more");
  EXPECT_TRUE(parsed("LEEF:1.0|v|p|1|e|").attributes.empty());
}

TEST(LeefReader, RefusesWhatIsNoLeefAndWhatIsTooMuch) {
  std::string_view problem;
  EXPECT_FALSE(read("CEF:0|a|b|c|d|e|1|", problem));
  EXPECT_EQ(problem, "no LEEF: in the line");
  EXPECT_FALSE(read("LEEF:1.0|v|p|1|e", problem));
  EXPECT_EQ(problem, "the header has less than five fields");
  EXPECT_FALSE(read("LEEF:1.0|v|p|1|e|a=1\tb=2\tc=3", problem, {.bytes = 100, .pairs = 2}));
  EXPECT_EQ(problem, "more attributes than are read");
  EXPECT_FALSE(read(std::string(101, 'x'), problem, {.bytes = 100, .pairs = 2}));
  EXPECT_EQ(problem, "the line is longer than is read");
}

/// The documented replacements, done byte by byte: texts here are valid UTF-8 but for 0xFF.
std::string as_read_back(std::string_view value, char delimiter) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\r' || c == delimiter) {
      out += ' ';
    } else if ((byte < 0x20 && c != '\t') || byte == 0x7F || byte == 0xFF) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

TEST(LeefProperty, AnyBytesComeBackInTheirOwnFields) {
  std::mt19937 random(20261122);
  const auto text = [&](std::size_t most) {
    constexpr std::array<std::string_view, 16> kParts = {
        "=",    "|",    "\\",       " ",    "\n", "\r",  "\t",   std::string_view("\0", 1),
        "\x1F", "\x7F", "\xC3\xA9", "\xFF", "^",  "abc", "src=", "\xF0\x9F\x98\x80"};
    std::string out;
    while (random() % most != 0)
      out += kParts[random() % kParts.size()];
    return out;
  };
  const std::vector<std::string> names = {"usrName", "resource", "ownKey"};
  for (const auto& [version, delimiter] :
       {std::pair{Version::v1, '\t'}, std::pair{Version::v2, '\t'}, std::pair{Version::v2, '^'},
        std::pair{Version::v2, '\x01'}}) {
    Writer::Builder builder;
    const auto constant = builder.add("sev").value();
    std::vector<std::size_t> keys;
    for (const auto& name : names)
      keys.push_back(builder.add(name).value());
    const auto last = builder.add("cat").value();
    Writer writer = std::move(builder).build(version, delimiter, 0);
    for (int round = 0; round < 5000; ++round) {
      const std::string field = text(20);
      writer.begin({.vendor = field, .product = field, .version = field, .event_id = field});
      writer.add(constant, "5");
      std::vector<LinePair> expected = {{"sev", "5"}};
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string value = text(40);
        writer.add(keys[i], value);
        if (!value.empty()) expected.push_back({names[i], as_read_back(value, delimiter)});
      }
      writer.add(last, "end");
      expected.push_back({"cat", "end"});
      const std::string line{writer.text()};
      ASSERT_EQ(line.find_first_of(std::string_view{"\n\r\0", 3}), std::string::npos);
      ASSERT_TRUE(is_utf8(line));
      const auto message = parsed(line);
      ASSERT_EQ(message.attributes.size(), expected.size()) << line;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(message.attributes[i].key, expected[i].key) << line;
        ASSERT_EQ(message.attributes[i].value, expected[i].value) << line;
      }
    }
  }
}

}  // namespace
}  // namespace cistern::codec::leef
