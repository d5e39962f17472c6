// One walk through pages that come newest first, while new records push everything to higher
// offsets. Pure: knows identities and times, no requests.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// A record of a page, as far as stitching needs it.
struct PageItem {
  Identity identity;
  TimePoint time{};
  bool by_content = false;
};

/// Each page is asked for from a little before the end of the one before, and must join it: it has
/// to hold the record that came last. So a record that was pushed to a higher offset is met again
/// and known again, and a page that begins too far down, because records vanished above it, is
/// noticed instead of passing over what lies between. Never is a walk begun from its oldest end
/// (`total` less a page), as some collectors do: there every new record hides one.
///
/// Records without an id that say the same are told apart by their number, counted from the newest.
/// A record that is merely met again is not counted.
class PageWalk {
 public:
  enum class Fate : std::uint8_t {
    go_on,     ///< Ask for the next page.
    finished,  ///< That was the last one.
    again,     ///< The page does not join: ask again, a page further up.
    torn,      ///< Nor does that: the walk is to be begun anew.
  };
  struct Taken {
    Fate fate = Fate::go_on;
    std::size_t first = 0;             ///< The records before it were met already.
    std::vector<Identity> identities;  ///< Final ones, of the records from `first` on.
  };

  /// `page`: how many records are asked for at once. `loose`: pages are taken as they come, for a
  /// vendor whose order has torn several walks.
  explicit PageWalk(unsigned page, bool loose = false);

  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] unsigned limit() const { return limit_; }
  /// A page was too large to be read: ask for half of it. False: it is a single record already.
  bool halve();

  /// The page that was asked for with offset() and limit(). `has_next`: the vendor names a next
  /// one; `total`: how many records it counts.
  Taken take(const std::vector<PageItem>& items, bool has_next, std::uint64_t total);

  /// Of what was taken; epoch when nothing was.
  [[nodiscard]] TimePoint oldest() const { return oldest_; }
  [[nodiscard]] std::uint64_t pages() const { return pages_; }

 private:
  struct Counted {
    std::uint64_t count = 0;
    std::uint64_t page = 0;
  };
  /// How the page joins what was taken before.
  struct Join {
    enum class Kind : std::uint8_t { exact, loose, in_front, none } kind = Kind::none;
    std::size_t known = 0;  ///< Records up to and with the one that came last.
  };

  [[nodiscard]] Join join(const std::vector<PageItem>& items, std::uint64_t total) const;
  /// Whether the page begins with the last `known` records of the one before.
  [[nodiscard]] bool begins_with(const std::vector<PageItem>& items, std::size_t known) const;
  Taken step_back();
  Taken go_on(const std::vector<PageItem>& items, const Join& how, bool more);
  void name(const std::vector<PageItem>& items, const Join& how, Taken& out);
  void forget_old_counts();

  unsigned limit_;
  bool loose_;
  std::uint64_t offset_ = 0;
  std::size_t overlap_ = 0;  ///< Records of the last page that were asked for again.
  std::vector<PageItem> last_;
  std::uint64_t total_ = 0;  ///< As counted with that page.
  std::map<Identity, Counted> counted_;
  TimePoint oldest_{};
  std::uint64_t pages_ = 0;
  unsigned steps_back_ = 0;
  unsigned doubtful_ = 0;  ///< Pages yet in which a record may have been met before.
  unsigned idle_ = 0;
};

}  // namespace cistern::connectors::cisco_secure_endpoint
