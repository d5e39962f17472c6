#include "codec/cef.hpp"

#include "base/bytes.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cistern::codec::cef {
namespace {

using ::testing::ElementsAre;

constexpr Header kHeader{.vendor = "Acme",
                         .product = "probe",
                         .version = "1",
                         .event_class = "100",
                         .name = "Blocked",
                         .severity = 8};
constexpr std::string_view kStart = "CEF:0|Acme|probe|1|100|Blocked|8|";

/// One line with the pairs, without the header above.
std::string pairs_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                     std::size_t max_length = 0, LineLoss* loss = nullptr) {
  Writer::Builder builder;
  std::vector<std::size_t> keys;
  for (const auto& [key, value] : pairs)
    keys.push_back(builder.add(key).value());
  Writer writer = std::move(builder).build(max_length);
  writer.begin(kHeader);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const LineLoss one = writer.add(keys[i], pairs[i].second);
    if (loss != nullptr) *loss |= one;
  }
  EXPECT_TRUE(writer.text().starts_with(kStart));
  return std::string{writer.text().substr(kStart.size())};
}

std::string header_of(const Header& header) {
  Writer writer = Writer::Builder{}.build(0);
  writer.begin(header);
  return std::string{writer.text()};
}

Message parsed(std::string_view line) {
  std::string_view problem;
  auto message = read(line, problem);
  EXPECT_TRUE(message) << problem << ": " << line;
  return message.value_or(Message{});
}

TEST(CefWriter, EscapesWhatAValueMayNotHold) {
  struct Case {
    std::string value;
    std::string written;
    bool mended;
  };
  const std::vector<Case> cases = {
      {"a=b", "a\\=b", false},
      {"C:\\Users\\ana", "C:\\\\Users\\\\ana", false},
      {"first\nsecond\r\nthird", "first\\nsecond\\r\\nthird", false},
      {"a|b", "a|b", false},
      {"tab\there", "tab\there", false},
      {" leading and trailing  ", " leading and trailing", false},
      {"caf\xC3\xA9 \xF0\x9F\x98\x80", "caf\xC3\xA9 \xF0\x9F\x98\x80", false},
      {std::string("nul\0here", 8), "nul\xEF\xBF\xBDhere", true},
      {"escape\x1B[31m\x7F", "escape\xEF\xBF\xBD[31m\xEF\xBF\xBD", true},
      {"bad\xFFutf\xC3", "bad\xEF\xBF\xBDutf\xEF\xBF\xBD", true},
      {"surrogate \xED\xA0\x80", "surrogate \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", true},
      {"ends in a backslash\\", "ends in a backslash\\\\", false},
      {"exactly 16 bytes", "exactly 16 bytes", false},
      {"17 bytes, no sign", "17 bytes, no sign", false},
      {"18446744073709551615", "18446744073709551615", false},
  };
  for (const auto& one : cases) {
    LineLoss loss;
    EXPECT_EQ(pairs_of({{"msg", one.value}}, 0, &loss), "msg=" + one.written);
    EXPECT_EQ(loss.mended, one.mended) << one.written;
    EXPECT_FALSE(loss.cut);
  }
}

TEST(CefWriter, EscapesInEveryPlaceOfABlock) {
  for (const char c : {'=', '\\', '\n', '\r', '\x01'}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::string value(40, 'x');
      value[at] = c;
      std::string expected(40, 'x');
      const std::string by = c == '\n'     ? "\\n"
                             : c == '\r'   ? "\\r"
                             : c == '\x01' ? "\xEF\xBF\xBD"
                                           : "\\" + std::string(1, c);
      expected.replace(at, 1, by);
      EXPECT_EQ(pairs_of({{"cs1", value}}), "cs1=" + expected) << at;
    }
  }
}

TEST(CefWriter, HeaderFieldsCannotEndEarly) {
  EXPECT_EQ(header_of({.vendor = "A|B",
                       .product = "C\\D",
                       .version = "1=0",
                       .event_class = "two\nlines",
                       .name = std::string_view("nul\0\ttab", 8),
                       .severity = 3}),
            "CEF:0|A\\|B|C\\\\D|1=0|two lines|nul\xEF\xBF\xBD tab|3|");
  EXPECT_EQ(header_of({}), "CEF:0|unknown|unknown|unknown|unknown|unknown|0|");
}

Header with_severity(int severity) {
  Header header = kHeader;
  header.severity = severity;
  return header;
}

TEST(CefWriter, SeverityStaysBetweenNoneAndTen) {
  EXPECT_TRUE(header_of(with_severity(-5)).ends_with("|0|"));
  EXPECT_TRUE(header_of(with_severity(70)).ends_with("|10|"));
}

TEST(CefWriter, PairsStandOnceAndInOrder) {
  EXPECT_EQ(pairs_of({{"src", "203.0.113.7"}, {"spt", "443"}, {"src", "192.0.2.1"}, {"act", ""}}),
            "src=203.0.113.7 spt=443");
  // Of an empty value nothing is remembered.
  EXPECT_EQ(pairs_of({{"act", ""}, {"act", "block"}}), "act=block");
}

TEST(CefWriter, ValuesAreNotLongerThanTheDictionarySays) {
  LineLoss loss;
  EXPECT_EQ(pairs_of({{"act", std::string(63, 'a')}}, 0, &loss), "act=" + std::string(63, 'a'));
  EXPECT_FALSE(loss.cut);
  EXPECT_EQ(pairs_of({{"act", std::string(64, 'a')}}, 0, &loss), "act=" + std::string(63, 'a'));
  EXPECT_TRUE(loss.cut);
  // Characters count, not bytes, and not what escaping adds.
  std::string wide;
  std::string escaped;
  for (int i = 0; i < 63; ++i) {
    wide += "\xC3\xA9";
    escaped += "\\=";
  }
  loss = {};
  EXPECT_EQ(pairs_of({{"act", wide}, {"outcome", std::string(63, '=')}}, 0, &loss),
            "act=" + wide + " outcome=" + escaped);
  EXPECT_FALSE(loss.cut);
  EXPECT_EQ(pairs_of({{"act", wide + "\xC3\xA9"}, {"outcome", std::string(64, '=')}}, 0, &loss),
            "act=" + wide + " outcome=" + escaped);
  EXPECT_TRUE(loss.cut);
  EXPECT_EQ(pairs_of({{"ownKey", std::string(9000, 'k')}}).size(), 9007U);
}

TEST(CefWriter, ALineEndsWithinItsBound) {
  const std::size_t start = kStart.size();
  LineLoss loss;
  EXPECT_EQ(pairs_of({{"msg", "0123456789"}}, start + 14, &loss), "msg=0123456789");
  EXPECT_FALSE(loss.cut);
  EXPECT_EQ(pairs_of({{"msg", "0123456789"}, {"act", "x"}}, start + 13, &loss), "msg=012345678");
  EXPECT_TRUE(loss.cut);
  // Never between a backslash and what it escapes, nor inside a character.
  EXPECT_EQ(pairs_of({{"msg", "1=2"}}, start + 6), "msg=1");
  EXPECT_EQ(pairs_of({{"msg", "1\xC3\xA9"}}, start + 6), "msg=1");
  EXPECT_EQ(pairs_of({{"msg", "=="}}, start + 5), "");
  // Half a number or an address would be another one.
  EXPECT_EQ(pairs_of({{"cn1", "12345"}}, start + 7), "");
  EXPECT_EQ(pairs_of({{"src", "203.0.113.77"}, {"act", "b"}}, start + 15), "act=b");
}

TEST(CefWriter, ALongHeaderLeavesRoomInABoundedLine) {
  Writer::Builder builder;
  const auto key = builder.add("act").value();
  Writer writer = std::move(builder).build(480);
  const std::string name(500, '|');
  const auto loss = writer.begin({.vendor = name,
                                  .product = name,
                                  .version = name,
                                  .event_class = name,
                                  .name = name,
                                  .severity = 10});
  writer.add(key, "blocked");
  EXPECT_TRUE(loss.cut);
  EXPECT_LE(writer.text().size(), 480U);
  EXPECT_TRUE(writer.text().ends_with("|10|act=blocked")) << writer.text();
  EXPECT_EQ(parsed(writer.text()).severity, "10");
}

TEST(CefKeys, AreWordsOfTheGuideOrOfTheirOwn) {
  for (const char* key : {"src", "cs1Label", "ownKey", "a_b", "x1"})
    EXPECT_TRUE(is_key(key)) << key;
  for (const char* key : {"", "a b", "a=b", "a.b", "a|b", "caf\xC3\xA9", "a[0]", "a-b"})
    EXPECT_FALSE(is_key(key)) << key;
  EXPECT_FALSE(is_key(std::string(64, 'k')));
  EXPECT_FALSE(Writer::Builder{}.add("no key"));
  EXPECT_EQ(find_key("externalId")->most, 40);
  EXPECT_EQ(find_key("rt")->kind, KeyKind::time);
  EXPECT_EQ(find_key("c6a2")->kind, KeyKind::ipv6);
  EXPECT_EQ(find_key("c6a2Label")->kind, KeyKind::text);
  EXPECT_FALSE(find_key("srcLabel"));
  EXPECT_FALSE(find_key("SRC"));
}

TEST(CefReader, ReadsALineAsTheGuideShowsIt) {
  const auto message = parsed(
      "<134>Nov 22 02:13:08 fw1 CEF:0|Contoso|cis\\|tern|1.0|100|File blocked|8|rt=1784698003422 "
      "src=203.0.113.7 suser=CONTOSO\\\\ana fname=a\\=b.exe msg=first line\\nsecond cs1Label=Rule "
      "cs1=R \\| 1");
  EXPECT_EQ(message.prefix, "<134>Nov 22 02:13:08 fw1");
  EXPECT_EQ(message.version, "0");
  EXPECT_EQ(message.product, "cis|tern");
  EXPECT_EQ(message.severity, "8");
  ASSERT_EQ(message.extension.size(), 7U);
  EXPECT_EQ(*message.find("suser"), "CONTOSO\\ana");
  EXPECT_EQ(*message.find("fname"), "a=b.exe");
  EXPECT_EQ(*message.find("msg"), "first line\nsecond");
  EXPECT_EQ(*message.find("cs1"), "R \\| 1");
  EXPECT_EQ(message.find("absent"), nullptr);
}

TEST(CefReader, IsLenientWhereProducersAre) {
  EXPECT_EQ(parsed("CEF: 0|v|p|1|c|n|Very-High|").version, "0");
  EXPECT_EQ(parsed("CEF:1|v|p|1|c|n|High").severity, "High");
  EXPECT_EQ(*parsed("CEF:0|v|p|1|c|n|1|request=http://x/?a=b&c=d act=x").find("request"),
            "http://x/?a=b&c=d");
  const auto odd = parsed("CEF:0|v|p|1|c|n|1|ad.field[0]=1  two=2 \r\n");
  EXPECT_EQ(*odd.find("ad.field[0]"), "1");
  EXPECT_EQ(*odd.find("two"), "2");
  EXPECT_TRUE(parsed("CEF:0|v|p|1|c|n|1|no pairs at all").extension.empty());
}

TEST(CefReader, RefusesWhatIsNoCefAndWhatIsTooMuch) {
  std::string_view problem;
  EXPECT_FALSE(read("LEEF:1.0|a|b|c|d|", problem));
  EXPECT_EQ(problem, "no CEF: in the line");
  EXPECT_FALSE(read("CEF:0|v|p|1|c|n", problem));
  EXPECT_EQ(problem, "the header has less than seven fields");
  EXPECT_FALSE(read("CEF:0|v|p|1|c|n|1|a=1 b=2 c=3", problem, {.bytes = 100, .pairs = 2}));
  EXPECT_EQ(problem, "more pairs than are read");
  EXPECT_FALSE(read(std::string(101, 'x'), problem, {.bytes = 100, .pairs = 2}));
  EXPECT_EQ(problem, "the line is longer than is read");
}

/// What the reader gives back for a value: what stands in for bytes that no line can hold.
std::string as_read_back(std::string_view value) {
  std::string out;
  append_line_text(out, value, value_rules());
  // Undone by hand: the reader is not to be its own judge.
  std::string plain;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] != '\\') {
      plain += out[i];
      continue;
    }
    ++i;
    plain += out[i] == 'n' ? '\n' : out[i] == 'r' ? '\r' : out[i];
  }
  while (!plain.empty() && plain.back() == ' ')
    plain.pop_back();
  return plain;
}

TEST(CefProperty, AnyBytesComeBackInTheirOwnFields) {
  std::mt19937 random(20261122);
  constexpr std::string_view kOdd{"=|\\ \n\r\t\0\x1F\x7F\x80\xC3\xA9\xEF\xFF", 15};
  const auto text = [&](std::size_t most) {
    std::string out(random() % (most + 1), 'a');
    for (char& c : out)
      c = random() % 3 == 0   ? static_cast<char>(random() % 256)
          : random() % 2 == 0 ? kOdd[random() % kOdd.size()]
                              : "abc def=cs1="[random() % 12];
    return out;
  };
  Writer::Builder builder;
  const std::vector<std::string> names = {"cs1", "cs2", "ownKey", "rawEvent"};
  std::vector<std::size_t> keys;
  for (const auto& name : names)
    keys.push_back(builder.add(name).value());
  Writer writer = std::move(builder).build(0);
  for (int round = 0; round < 20000; ++round) {
    const std::array<std::string, 5> header = {text(20), text(20), text(10), text(30), text(40)};
    writer.begin({.vendor = header[0],
                  .product = header[1],
                  .version = header[2],
                  .event_class = header[3],
                  .name = header[4],
                  .severity = 5});
    std::vector<LinePair> expected;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string value = text(60);
      writer.add(keys[i], value);
      if (const auto read_back = as_read_back(value); value.find_last_not_of(' ') + 1 > 0)
        expected.push_back({names[i], read_back});
    }
    const std::string line{writer.text()};
    ASSERT_EQ(line.find_first_of(std::string_view{"\n\r\0", 3}), std::string::npos);
    ASSERT_TRUE(is_utf8(line));
    const auto message = parsed(line);
    ASSERT_EQ(message.severity, "5") << line;
    ASSERT_EQ(message.extension.size(), expected.size()) << line;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(message.extension[i].key, expected[i].key) << line;
      ASSERT_EQ(message.extension[i].value, expected[i].value) << line;
    }
  }
}

TEST(CefProperty, ABoundedLineStaysSound) {
  std::mt19937 random(7);
  Writer::Builder builder;
  const auto act = builder.add("act").value();
  const auto number = builder.add("cn1").value();
  const auto message_key = builder.add("msg").value();
  for (std::size_t bound = 480; bound < 700; ++bound) {
    Writer::Builder copy = builder;
    Writer writer = std::move(copy).build(bound);
    for (int round = 0; round < 30; ++round) {
      std::string value(random() % 900, 'v');
      for (char& c : value)
        c = "=\\\n\xC3\xA9vvvvvvv"[random() % 12];
      writer.begin(kHeader);
      writer.add(act, value);
      writer.add(number, "1234567890123456789");
      writer.add(message_key, value);
      ASSERT_LE(writer.text().size(), bound);
      ASSERT_TRUE(is_utf8(writer.text()));
      const auto read_back = parsed(writer.text());
      if (const auto* whole = read_back.find("cn1")) {
        ASSERT_EQ(*whole, "1234567890123456789");
      }
    }
  }
}

}  // namespace
}  // namespace cistern::codec::cef
