// The lab's senders: devices that come to a collector by themselves, instead of being asked.
#pragma once

#include "base/clock.hpp"
#include "lab/cisco_secure_email/appliance.hpp"
#include "lab/lab.hpp"
#include "lab/syslog/firewall.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

/// Whether the options go together; `with_state`: the lab keeps a state file.
Status check_senders(const SenderOptions& options, bool with_state);

class Senders {
 public:
  /// Makes keys and certificates where there are none, and starts a sender for each address given.
  static Result<std::unique_ptr<Senders>> start(const SenderOptions& options, std::uint64_t seed,
                                                FaultProfile profile, const Clock& clock);

  explicit Senders(const Clock& clock) : clock_(clock) {}
  /// Nothing new; what is under way is brought to its end. Waits a while for that; it goes on
  /// behind it when the collector takes longer.
  void freeze();
  /// Whether the end of a freeze was reached.
  [[nodiscard]] bool settled() const;
  /// `{"sender":"tcp","flood":1000}`, `{"sender":"tls","fault":"reset"}`; "all" for each of them.
  Status change(std::string_view json);
  [[nodiscard]] std::string status_json() const;
  /// What is owed, in pieces as `truth_stream` gives them; nothing more: false.
  [[nodiscard]] std::function<bool(std::string&)> truth_stream() const;

 private:
  Status start_firewalls(const SenderOptions& options, std::uint64_t seed, FaultProfile profile,
                         const Clock& clock);
  Status start_mail(const SenderOptions& options, std::uint64_t seed, FaultProfile profile,
                    const Clock& clock);

  const Clock& clock_;
  std::vector<std::unique_ptr<Firewall>> firewalls_;
  std::unique_ptr<Appliance> appliance_;
};

}  // namespace cistern::lab
