// The joiner alone, as its driver feeds it: meta and text of each line, what is due told, and the
// changed state saved as often as the driver would.
#include "mail_join.hpp"

#include "connectors/cisco_secure_email/joiner.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace cistern::bench {
namespace {

using connectors::cisco_secure_email::Joiner;

constexpr std::uint64_t kOpen = 100'000;
constexpr std::uint64_t kInterleaved = 500;
constexpr std::uint64_t kMessages = 60'000;
constexpr std::uint64_t kPerSecond = 100;
constexpr std::uint64_t kCommitBytes = 4ULL << 20;
constexpr std::int64_t kBegin = 1'710'720'000;

std::string head_of(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a %b %d %H:%M:%S %Y Info: ", &parts);
  return text.data();
}

std::vector<std::string> beginning_of(std::uint64_t n) {
  const std::string mid = "MID " + std::to_string(n);
  const std::string icid = "ICID " + std::to_string(n);
  const std::string sender = "<news" + std::to_string(n) + "@example.com>";
  return {
      "New SMTP " + icid +
          " interface IncomingMail (192.0.2.25) address 203.0.113.9 reverse dns host "
          "mx1.example.com verified yes",
      icid + " ACCEPT SG UNKNOWNLIST match sbrs[-1.0:10.0] SBRS 3.5 country United States",
      icid + " TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384",
      "Start " + mid + " " + icid,
      mid + " " + icid + " From: " + sender,
      mid + " " + icid + " RID 0 To: <ann@contoso.com>",
      mid + " SPF: mailfrom identity news@example.com Pass (v=spf1)",
      mid + " DKIM: pass signature verified (d=example.com s=sel1 i=@example.com)",
      mid +
          " DMARC: Message from domain example.com, DMARC pass (SPF aligned True, DKIM aligned "
          "True)",
      mid + " Message-ID '<a" + std::to_string(n) + "@example.com>'",
      mid + " Subject 'Quarterly figures and what follows from them'",
      mid + " ready 15731 bytes from " + sender,
      mid + " matched all recipients for per-recipient policy DEFAULT in the inbound table",
      icid + " close",
      mid + " interim verdict using engine: CASE spam negative",
      mid + " using engine: CASE spam negative",
      mid + " interim AV verdict using Sophos CLEAN",
      mid + " antivirus negative",
      mid + " AMP file reputation verdict : SKIPPED (no attachment in message)",
      mid + " Outbreak Filters: verdict negative",
      mid + " queued for delivery",
  };
}

std::vector<std::string> end_of(std::uint64_t n) {
  const std::string mid = "MID " + std::to_string(n);
  const std::string dcid = "DCID " + std::to_string(n);
  return {
      "New SMTP " + dcid + " interface 192.0.2.25 address 198.51.100.20 port 25",
      dcid + " TLS success protocol TLSv1.2 cipher ECDHE-RSA-AES256-GCM-SHA384",
      "Delivery start " + dcid + " " + mid + " to RID [0]",
      "Message done " + dcid + " " + mid + " to RID [0] [('from', 'News <news@example.com>')]",
      mid + " RID [0] Response '2.0.0 OK queued as 9C8B4'",
      "Message finished " + mid + " done",
      dcid + " close",
  };
}

struct Lines {
  std::vector<std::pair<std::string, std::string>> lines;  ///< Meta, text.
  std::uint64_t bytes = 0;

  void add(std::int64_t at, const std::string& text) {
    lines.emplace_back(
        R"({"appliance":"42127C7D-F80C","host":"esa1","log":"mail_logs","kind":"mail","file":)"
        R"("mail_logs.@20240318T081200.s","line":)" +
            std::to_string(lines.size() + 1) + R"(,"offset_seconds":0,"file_id":"f1"})",
        head_of(at) + text);
    bytes += lines.back().second.size();
  }
};

/// Messages that come and go, five hundred at a time among each other.
Lines traffic() {
  Lines all;
  std::uint64_t n = kOpen;
  for (std::uint64_t turn = 0; turn < kMessages / kInterleaved; ++turn, n += kInterleaved) {
    std::vector<std::vector<std::string>> each;
    for (std::uint64_t i = 0; i < kInterleaved; ++i) {
      each.push_back(beginning_of(n + i + 1));
      for (auto& line : end_of(n + i + 1))
        each.back().push_back(std::move(line));
    }
    const auto at = kBegin + 600 + static_cast<std::int64_t>(turn * kInterleaved / kPerSecond);
    for (std::size_t step = 0; step < each.front().size(); ++step) {
      for (const auto& lines : each)
        all.add(at, lines[step]);
    }
  }
  return all;
}

struct Run {
  Joiner joiner;
  Sequence sequence = 0;
  std::uint64_t events = 0;
  std::uint64_t made = 0;
  std::uint64_t state = 0;
  DerivedRecords out;

  void commit() {
    std::vector<DerivedRecords::Entry> entries;
    made += out.take(entries).size();
    events += entries.size();
    StateDelta delta;
    joiner.save(delta);
    for (const auto& change : delta)
      state += change.key.size() + (change.value ? change.value->size() : 0);
  }
  void feed(const Lines& lines) {
    for (const auto& [meta, text] : lines.lines) {
      joiner.on_event({.sequence = ++sequence,
                       .stream = "mail",
                       .meta = meta,
                       .raw = text,
                       .form = RawForm::text});
      while (joiner.settle(out, kCommitBytes))
        commit();
      if (out.size() >= kCommitBytes || joiner.unsaved_bytes() >= kCommitBytes) commit();
    }
  }
};

}  // namespace

Table measure_mail_join(int repeat) {
  Lines open;
  for (std::uint64_t n = 1; n <= kOpen; ++n) {
    for (const auto& line : beginning_of(n))
      open.add(kBegin, line);
  }
  const Lines lines = traffic();
  std::vector<double> seconds;
  std::uint64_t events = 0;
  std::uint64_t made = 0;
  std::uint64_t state = 0;
  std::uint64_t memory = 0;
  for (int i = 0; i < repeat; ++i) {
    Run run;
    run.feed(open);
    // The gap before the first file would otherwise be waited for.
    run.joiner.on_time(TimePoint{std::chrono::hours{1}});
    run.joiner.on_time(TimePoint{std::chrono::hours{2}});
    run.commit();
    run.events = run.made = run.state = 0;
    memory = run.joiner.counts().open_bytes;
    double spent = 0;
    {
      const StageTime stage{spent};
      run.feed(lines);
    }
    seconds.push_back(spent);
    events = run.events;
    made = run.made;
    state = run.state;
  }
  const auto bytes = static_cast<double>(lines.bytes);
  const double middle = median(seconds);
  char text[64];
  Table table{"Mail messages joined, 100,000 others open", {}};
  table.rows.push_back({"lines to messages, state saved", megabytes_per_second(bytes, middle),
                        "100 MB/s", std::to_string(lines.lines.size()) + " lines"});
  std::snprintf(text, sizeof text, "%.0f ns",
                middle / static_cast<double>(lines.lines.size()) * 1e9);
  table.rows.push_back({"a line", text, "", ""});
  table.rows.push_back({"messages made", std::to_string(events), "",
                        ratio(static_cast<double>(made) / bytes) + " of the lines' bytes"});
  table.rows.push_back(
      {"state saved", ratio(static_cast<double>(state) / bytes), "", "of the lines' bytes"});
  std::snprintf(text, sizeof text, "%.0f MB", static_cast<double>(memory) / 1e6);
  table.rows.push_back({"100,000 open messages", text, "", "as they count themselves"});
  return table;
}

}  // namespace cistern::bench
