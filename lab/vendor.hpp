// One simulated vendor, as the lab sees each of them: a row of its table.
//
// A vendor says which requests are its own, answers them, refuses in its own words when a fault
// wants it, and tells what it owes. Adding one: a class here, a line in vendors.cpp, and, when its
// truth is of its own kind, a line in truth/vendor_verifiers.cpp.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/json.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/lab_state.hpp"
#include "lab/lab.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cistern::lab {

/// Lines of truth, piece by piece; false when there are no more.
using TruthStream = std::function<bool(std::string&)>;

/// What the lab gives each vendor when it is made. All of it outlives the vendor.
struct VendorContext {
  const LabOptions& options;
  FaultProfile profile = FaultProfile::ordinary;
  TimePoint started{};       ///< Of the first start with this state.
  std::uint64_t starts = 0;  ///< How often the lab was started with this state before.
  const Clock& clock;        ///< The vendor's, which may be ahead of the collector's.
  /// Writes the lab's state; called without a lock that save() takes.
  std::function<Status()> keep;
  /// Up to when content has become visible (the present, or the moment of the freeze).
  std::function<TimePoint()> visible_until;
  std::function<bool()> frozen;
};

/// Called from several threads at a time.
class Vendor {
 public:
  virtual ~Vendor() = default;
  /// As in RequestFacts::vendor: "cisco_umbrella".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// `GET /lab/<switches>` shows its state, `POST` changes it; also what its operations begin with
  /// in `/lab/status`. Empty: it has none.
  [[nodiscard]] virtual std::string_view switches() const = 0;

  /// Whether a request is for this vendor. The first of the table that says so gets it.
  [[nodiscard]] virtual bool serves(const Request& request) const = 0;
  /// Operation and the like, for faults and counters, before any check.
  [[nodiscard]] virtual RequestFacts facts_of(const Request& request) const = 0;
  virtual Response answer(const Request& request, const RequestFacts& facts) = 0;
  /// The vendor's own error body for `fault.status` and `fault.code`; adds no Retry-After by
  /// itself when the vendor has none.
  [[nodiscard]] virtual Response refusal(const Request& request, const RequestFacts& facts,
                                         const Fault& fault) const = 0;
  /// The profile's fault for a request, if the dice want one (harness/fault_profiles.hpp).
  [[nodiscard]] virtual std::optional<Fault> draw_fault(FaultProfile profile,
                                                        const RequestFacts& facts,
                                                        Dice& dice) const = 0;

  /// `POST /lab/<switches>`
  virtual Status change(std::string_view json) = 0;
  /// `GET /lab/<switches>`
  [[nodiscard]] virtual std::string status_json() const = 0;
  /// Further paths below `/lab/`; nothing for those it does not know.
  virtual std::optional<Response> control(const Request&) { return std::nullopt; }
  /// Members of its own in `GET /lab/status`.
  virtual void add_status(codec::JsonWriter&) const {}

  /// What it has to remember beyond seed and options: into its members, or as JSON text into
  /// `state.vendors[name()]`.
  virtual void save(LabState&) const {}
  virtual Status restore(const LabState&) { return {}; }
  /// Nothing new appears from now on; visible_until() stands still already.
  virtual void freeze() {}
  /// Lines with `"vendor":"<name>"`; nothing: its truth is written elsewhere.
  [[nodiscard]] virtual TruthStream truth() const { return nullptr; }
};

}  // namespace cistern::lab
