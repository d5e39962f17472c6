// What is kept while it is joined: messages, connections in, connections out, stretches of a log.
#pragma once

#include "base/ids.hpp"
#include "connectors/cisco_secure_email/join_facts.hpp"
#include "connectors/cisco_secure_email/mail_line.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_secure_email {

inline constexpr std::size_t kMostRecipients = 1000;
inline constexpr std::size_t kMostUrls = 100;
inline constexpr std::size_t kMostListed = 50;       ///< Filters, attachments, custom entries.
inline constexpr std::size_t kMostDeliveries = 100;  ///< DCIDs that are named.
inline constexpr std::size_t kMostStays = 32;        ///< In quarantines.
inline constexpr std::size_t kMostChildren = 64;
inline constexpr std::int64_t kMostWeight = 64 * 1024;  ///< Of one message.

/// What became of one recipient. In the order of finality: what is more final stands, whatever was
/// said later of the same recipient. The numbers stand in stored states.
enum class Fate : std::uint8_t {
  unknown,
  deferred,
  quarantined,
  dropped,
  rejected,
  bounced,
  delivered
};
std::string_view to_string(Fate fate);

struct Recipient {
  std::uint64_t rid = kNoNumber;  ///< None for one that was rejected before it had a number.
  std::string address;
  Fate fate = Fate::unknown;
  LineKey fate_key = kNever;
  std::uint64_t dcid = kNoNumber;
  std::string ip;    ///< Of the next hop.
  std::string code;  ///< Enhanced status code.
  std::string response;
  LineKey response_key = kNever;
};

/// A stay in a quarantine.
struct Stay {
  std::string name;  ///< "spam quarantine" for the one that has no name.
  std::string reason;
  LineKey entered = kNever;
  LineKey left = kNever;
  bool released = false;  ///< Left otherwise: deleted.
};

/// How a message came from another. The numbers stand in stored states.
enum class Relation : std::uint8_t { none, rewritten, split, reinjected, copy, bounce_report };
std::string_view to_string(Relation relation);
/// Whether the child goes on for its parent (a copy does not).
constexpr bool continues(Relation relation) {
  return relation == Relation::rewritten || relation == Relation::split ||
         relation == Relation::reinjected;
}

struct Child {
  std::uint64_t mid = kNoNumber;
  Relation relation = Relation::none;
  bool settled = false;
};

/// What the table keeps of each entry.
struct Entry {
  std::uint64_t number = 0;
  Entry* older = nullptr;  ///< By last touch.
  Entry* newer = nullptr;
  std::int64_t weight = 256;
  std::int64_t due = INT64_MAX;  ///< Second of the bucket it waits in.
  bool dirty = false;            ///< Changed since it was last saved.
  bool saved = false;            ///< Stands in the store.
  LineKey first = kNever;
  LineKey last = kNever;

  void said(LineKey key) {
    if (first == kNever || key < first) first = key;
    if (key > last) last = key;
  }
};

struct Message : Entry {
  std::uint64_t mid =
      kNoNumber;           ///< Its number but for a past life, whose number is another's now.
  bool past_life = false;  ///< Its MID was given to another message.
  FactSet facts;
  std::vector<Recipient> recipients;  ///< By RID; those without one at the end.
  std::vector<Stay> stays;
  std::vector<Child> children;
  std::uint64_t parent = kNoNumber;
  Relation relation = Relation::none;
  LineKey relation_key = kNever;
  std::uint64_t icid = kNoNumber;
  LineKey start = kNever;    ///< `Start MID`.
  LineKey finish = kNever;   ///< `Message finished`.
  LineKey abort = kNever;    ///< `Message aborted`.
  bool finish_done = false;  ///< It said done, not aborted.
  bool ready = false;
  bool queued = false;
  std::uint32_t lines = 0;
  std::uint32_t recipients_left_out = 0;
  std::uint32_t urls_left_out = 0;
  std::uint32_t left_out = 0;  ///< Everything else beyond a bound.
  Sequence first_sequence = 0;
  Sequence last_sequence = 0;
  std::uint32_t revision = 0;  ///< Of the last event made of it; 0: none.
  Identity event{};            ///< That event's.
  bool news = true;            ///< Something changed since.
  bool settled = false;        ///< Told; kept for late lines.
  bool icid_held = false;      ///< Its connection counts it.
};

struct Connection : Entry {
  FactSet facts;
  LineKey start = kNever;
  LineKey closed = kNever;
  std::uint64_t messages = 0;  ///< That name it and are not settled.
};

/// Connections out; the same without messages.
struct Delivery : Entry {
  FactSet facts;
  LineKey closed = kNever;
};

/// A line that may still be torn: its file might end in its middle.
struct HeldLine {
  std::string text;
  LineKey key = kNever;
  Sequence sequence = 0;
};

/// A stretch of a log that is known without a gap: one file, or several that follow each other.
struct Span : Entry {
  std::int64_t begin = 0;  ///< Seconds.
  std::int64_t end = 0;
  std::string file;           ///< Identity of its last file, which may still grow.
  std::string facts_of_file;  ///< Meta of that file that events name; empty members left out.
  std::int64_t file_begin = 0;
  bool ended = false;         ///< That file said that it ends.
  bool has_content = false;   ///< A whole line behind the head of the first file was seen.
  bool before_known = false;  ///< Nothing older is waited for any more.
  std::string fragment;       ///< The end of a line whose beginning is in the file before.
  HeldLine held;
};

void encode(const Message& message, std::string& out);
void encode(const Connection& connection, std::string& out);
void encode(const Delivery& delivery, std::string& out);
void encode(const Span& span, std::string& out);
bool decode(std::string_view text, Message& message);
bool decode(std::string_view text, Connection& connection);
bool decode(std::string_view text, Delivery& delivery);
bool decode(std::string_view text, Span& span);

}  // namespace cistern::connectors::cisco_secure_email
