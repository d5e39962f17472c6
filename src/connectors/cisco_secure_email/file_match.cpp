#include "connectors/cisco_secure_email/file_match.hpp"

#include "connectors/cisco_secure_email/mail_line_header.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace cistern::connectors::cisco_secure_email {
namespace {

/// The sums of a file's beginnings, where somebody wants to know them.
struct Sums {
  std::map<std::uint64_t, std::optional<Digest>> at;
  std::uint64_t size = 0;  ///< Bytes seen.
  bool ended = false;      ///< They are all there are.
  std::string last;        ///< The last of them.

  [[nodiscard]] bool is(std::uint64_t size_wanted, const Identity& sum) const {
    const auto found = at.find(size_wanted);
    return found != at.end() && found->second && found->second->sum() == sum;
  }
};

constexpr std::size_t kLastBytes = 128;

Result<Sums> sums_of(ByteSource& source, std::uint64_t most, const std::vector<KnownFile>& known) {
  Sums sums;
  std::uint64_t longest = 0;
  for (const KnownFile& file : known) {
    sums.at[file.mark.size];
    if (file.tail_size > 0) sums.at[file.tail_size];
    for (std::size_t step = 0; step < file.steps.size(); ++step)
      sums.at[step_size(step)];
    longest = std::max({longest, file.mark.size, file.tail_size});
  }
  PlainBytes bytes{source, most};
  Digest digest;
  // One byte beyond the longest tells whether the file goes on.
  while (sums.size <= longest) {
    auto piece = bytes.next();
    if (!piece) return fail(piece.error());
    if (piece->empty()) break;
    std::string_view rest = *piece;
    for (auto at = sums.at.lower_bound(sums.size); at != sums.at.end(); ++at) {
      if (at->first > sums.size + rest.size()) break;
      const std::string_view part = rest.substr(0, at->first - sums.size);
      digest.add(part);
      sums.size += part.size();
      rest.remove_prefix(part.size());
      at->second = digest;
    }
    digest.add(rest);
    sums.size += rest.size();
    sums.last.append(*piece, piece->size() - std::min(piece->size(), kLastBytes));
    sums.last.erase(0, sums.last.size() - std::min(sums.last.size(), kLastBytes));
  }
  sums.ended = sums.size <= longest;
  return sums;
}

bool repeats(const Sums& sums, const KnownFile& file) {
  if (!sums.ended) return false;
  if (file.tail_size > 0) return sums.size == file.tail_size && sums.is(sums.size, file.tail_sum);
  return sums.size == file.mark.size && sums.is(sums.size, file.mark.sum);
}

bool ends_within(const Sums& sums, const KnownFile& file) {
  const std::uint64_t taken = std::max(file.mark.size, file.tail_size);
  if (!sums.ended || sums.size >= taken || says_end(sums.last)) return false;
  for (std::size_t step = 0; step < file.steps.size(); ++step) {
    if (step_size(step) <= sums.size && !sums.is(step_size(step), file.steps[step])) return false;
  }
  return true;
}

}  // namespace

bool says_end(std::string_view last_bytes) {
  while (last_bytes.ends_with('\n') || last_bytes.ends_with('\r'))
    last_bytes.remove_suffix(1);
  const auto before = last_bytes.rfind('\n');
  if (before != std::string_view::npos) last_bytes.remove_prefix(before + 1);
  // Cheap for the lines that are something else, which are nearly all.
  if (!last_bytes.ends_with("End Logfile")) return false;
  const auto header = read_line_header(last_bytes);
  return header && header->text == "End Logfile";
}

Result<MatchResult> match_file(ByteSource& source, std::uint64_t most,
                               const std::vector<KnownFile>& known, bool may_be_cut) {
  MatchResult result;
  if (known.empty()) return result;
  auto sums = sums_of(source, most, known);
  if (!sums) return fail(sums.error());
  const auto better = [&](Match match, const KnownFile& file) {
    if (result.match != Match::fresh && file.mark.size <= result.file.mark.size) return;
    result.match = match;
    result.file = file;
    if (const auto found = sums->at.find(file.mark.size); found->second)
      result.digest = *found->second;
  };
  for (const KnownFile& file : known) {
    if (repeats(*sums, file)) {
      better(Match::repeated, file);
      return result;
    }
    if (sums->is(file.mark.size, file.mark.sum)) better(Match::continued, file);
  }
  if (result.match != Match::fresh || !may_be_cut) return result;
  for (const KnownFile& file : known) {
    if (ends_within(*sums, file)) better(Match::contained, file);
  }
  return result;
}

}  // namespace cistern::connectors::cisco_secure_email
