#include "lab/syslog/sender_truth.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/entra/crypto.hpp"
#include "lab/syslog/marker.hpp"

#include <utility>

namespace cistern::lab {

namespace {

constexpr std::size_t kMessagesAtATime = 256;

codec::JsonWriter& begin_row(codec::JsonWriter& writer, std::string_view kind, unsigned sender) {
  writer.begin_object().key("kind").string(kind).key("vendor").string("syslog");
  return writer.key("sender").number(std::uint64_t{sender});
}

}  // namespace

std::string_view to_string(SyslogTransport transport) {
  switch (transport) {
    case SyslogTransport::udp:
      return "udp";
    case SyslogTransport::tcp:
      return "tcp";
    case SyslogTransport::tls:
      return "tls";
    case SyslogTransport::relp:
      return "relp";
  }
  return "";
}

std::string_view to_string(ConnectionEnd end) {
  switch (end) {
    case ConnectionEnd::open:
      return "open";
    case ConnectionEnd::both:
      return "both";
    case ConnectionEnd::peer:
      return "peer";
    case ConnectionEnd::reset:
      return "reset";
  }
  return "";
}

SenderTruth::SenderTruth(unsigned number, SyslogTransport transport, LineGenerator generator)
    : number_(number), transport_(transport), generator_(generator) {}

std::uint32_t SenderTruth::connected(Framing framing, TimePoint now) {
  const std::lock_guard lock(mutex_);
  connections_.push_back({framing, ConnectionEnd::open, now, {}});
  return static_cast<std::uint32_t>(connections_.size() - 1);
}

void SenderTruth::ended(std::uint32_t connection, ConnectionEnd end, TimePoint now) {
  const std::lock_guard lock(mutex_);
  auto& row = connections_[connection];
  row.end = end;
  if (row.until == TimePoint{}) row.until = now;
}

void SenderTruth::silent(std::uint32_t connection, TimePoint now) {
  const std::lock_guard lock(mutex_);
  connections_[connection].until = now;
}

std::uint64_t SenderTruth::begin(TimePoint now) {
  const std::lock_guard lock(mutex_);
  messages_.push_back({now});
  return messages_.size() - 1;
}

void SenderTruth::attempt(std::uint64_t sequence, std::uint32_t connection) {
  const std::lock_guard lock(mutex_);
  auto& row = messages_[sequence];
  row.connection = connection;
  if (row.attempts < UINT8_MAX) ++row.attempts;
}

void SenderTruth::taken(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  messages_[sequence].whole = true;
}

void SenderTruth::accepted(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  messages_[sequence].accepted = true;
  messages_[sequence].whole = true;
}

std::string SenderTruth::text(std::uint64_t sequence) const {
  TimePoint time;
  {
    const std::lock_guard lock(mutex_);
    time = messages_[sequence].time;
  }
  return generator_.line(sequence, time).text;
}

SenderTruth::Counts SenderTruth::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts{messages_.size(), 0, connections_.size(), 0};
  for (const auto& row : messages_) {
    counts.taken += row.whole ? 1 : 0;
    counts.accepted += row.accepted ? 1 : 0;
  }
  return counts;
}

std::vector<std::uint64_t> SenderTruth::unaccepted() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> sequences;
  for (std::size_t at = 0; at < messages_.size(); ++at) {
    if (!messages_[at].accepted) sequences.push_back(at);
  }
  return sequences;
}

bool SenderTruth::write(std::string& out, std::uint64_t& next, std::size_t enough) const {
  if (out.size() >= enough) return true;
  // Once: behind it at least one message goes out as well, however long the list is.
  if (next == 0) write_connections(out);
  do {
    std::vector<MessageRow> rows;
    {
      const std::lock_guard lock(mutex_);
      for (auto at = next; at < messages_.size() && rows.size() < kMessagesAtATime; ++at)
        rows.push_back(messages_[at]);
    }
    if (rows.empty()) {
      codec::JsonWriter writer(out);
      begin_row(writer, "sent", number_).key("messages").number(next).end_object();
      out += '\n';
      return false;
    }
    for (const auto& row : rows)
      write_message(out, next++, row);
  } while (out.size() < enough);
  return true;
}

void SenderTruth::write_connections(std::string& out) const {
  const std::lock_guard lock(mutex_);
  codec::JsonWriter head(out);
  begin_row(head, "sender", number_).key("transport").string(to_string(transport_)).end_object();
  out += '\n';
  for (std::size_t at = 0; at < connections_.size(); ++at) {
    const auto& row = connections_[at];
    codec::JsonWriter writer(out);
    begin_row(writer, "connection", number_).key("connection").number(std::uint64_t{at});
    writer.key("framing").string(to_string(row.framing)).key("end").string(to_string(row.end));
    writer.key("from").string(format_time(row.from));
    if (row.until != TimePoint{}) writer.key("until").string(format_time(row.until));
    writer.end_object();
    out += '\n';
  }
}

void SenderTruth::write_message(std::string& out, std::uint64_t sequence,
                                const MessageRow& row) const {
  const auto line = generator_.line(sequence, row.time);
  codec::JsonWriter writer(out);
  begin_row(writer, "message", number_).key("sequence").number(sequence);
  writer.key("marker").string(marker_text({number_, sequence}));
  writer.key("connection").number(std::uint64_t{row.connection});
  writer.key("time").string(format_time(row.time));
  writer.key("attempts").number(std::uint64_t{row.attempts}).key("whole").boolean(row.whole);
  writer.key("accepted").boolean(row.accepted);
  writer.key("sha256").string(hex_encode(sha256(line.text))).key("values").begin_array();
  for (const auto& value : line.values)
    writer.string(value);
  writer.end_array().key("text").string(line.text).end_object();
  out += '\n';
}

}  // namespace cistern::lab
