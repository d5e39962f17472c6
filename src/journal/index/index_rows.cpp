#include "journal/index/index_rows.hpp"

#include "base/ids.hpp"
#include "journal/identity/identity_bytes.hpp"

#include <algorithm>
#include <charconv>

namespace cistern::journal {
namespace {

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t sum_of(const GroupRow& group) {
  const GroupPlace& place = group.place;
  std::string bytes;
  for (const std::uint64_t number :
       {place.first, place.last, place.segment, place.offset, place.size, place.data, place.lines,
        static_cast<std::uint64_t>(group.received_to.time_since_epoch().count()),
        static_cast<std::uint64_t>(group.store_time.time_since_epoch().count()),
        std::uint64_t{group.remember ? 1U : 0U}}) {
    append_little(bytes, number);
  }
  return leading_bits(make_identity({bytes}));
}

}  // namespace

void put_group(Database& database, const GroupRow& group) {
  const GroupPlace& place = group.place;
  database.run("INSERT OR REPLACE INTO groups(" GROUP_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?)",
               place.first, place.last, place.segment, place.offset, place.size, place.data,
               place.lines, group.received_to, group.store_time,
               std::uint64_t{group.remember ? 1U : 0U}, sum_of(group));
}

std::optional<GroupRow> group_from(const Database::Row& row) {
  GroupRow group{.place = {.segment = row.number(2),
                           .offset = row.number(3),
                           .size = row.number(4),
                           .data = row.number(5),
                           .lines = row.number(6),
                           .first = row.number(0),
                           .last = row.number(1)},
                 .received_to = row.time(7),
                 .store_time = row.time(8),
                 .remember = row.number(9) == 1};
  if (row.number(10) != sum_of(group)) return std::nullopt;
  return group;
}

std::string mark_text(const AppliedMark& mark) {
  std::string text = std::to_string(mark.segment) + ' ' + std::to_string(mark.offset) + ' ' +
                     std::to_string(mark.group) + ' ' + std::to_string(mark.last) + ' ' +
                     std::to_string(mark.removed_before) + ' ' + (mark.clean ? "1 " : "0 ") +
                     (mark.store.empty() ? "-" : mark.store) + ' ' +
                     (mark.boot.empty() ? "-" : mark.boot) + ' ' + std::to_string(mark.rows) + ' ' +
                     std::to_string(mark.store_time.time_since_epoch().count());
  const std::string sum = to_hex(make_identity({text}));
  return text + ' ' + sum;
}

std::optional<AppliedMark> mark_from(std::string_view text) {
  const auto end = text.rfind(' ');
  if (end == std::string_view::npos) return std::nullopt;
  if (text.substr(end + 1) != to_hex(make_identity({text.substr(0, end)}))) return std::nullopt;
  text = text.substr(0, end);
  const auto next = [&text] {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    return word == "-" ? std::string_view{} : word;
  };
  AppliedMark mark;
  mark.segment = number_of(next());
  mark.offset = number_of(next());
  mark.group = number_of(next());
  mark.last = number_of(next());
  mark.removed_before = std::max<Sequence>(1, number_of(next()));
  mark.clean = next() == "1";
  mark.store = next();
  mark.boot = next();
  mark.rows = number_of(next());
  mark.store_time = TimePoint{Duration{static_cast<std::int64_t>(number_of(next()))}};
  return mark;
}

}  // namespace cistern::journal
