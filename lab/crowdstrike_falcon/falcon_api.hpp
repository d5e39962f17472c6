// Simulator of CrowdStrike's OAuth2 and Event Streams APIs, stricter than the vendor where clients
// were seen to err: parameters given twice, the partition's number taken for the feed's id, tokens
// of a stream that is over.
#pragma once

#include "lab/crowdstrike_falcon/falcon_stream.hpp"
#include "lab/harness/faults.hpp"
#include "lab/harness/throttle.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

struct FalconApiOptions {
  FeedsOptions feeds;
  FaultProfile profile = FaultProfile::ordinary;
  std::uint64_t fault_seed = 1;
};

/// Safe to call from any thread.
class FalconApi {
 public:
  FalconApi(const FalconApiOptions& options, const Clock& clock,
            std::function<TimePoint()> visible_until, std::function<bool()> frozen,
            Feeds::Keep keep);

  /// Whether the path is one of ours.
  [[nodiscard]] static bool serves(std::string_view path);
  [[nodiscard]] RequestFacts facts_of(const Request& request) const;
  Response answer(const Request& request, const RequestFacts& facts);
  /// A refusal in the vendor's words, for planted faults.
  [[nodiscard]] Response refusal(const RequestFacts& facts, const Fault& fault) const;

  /// `POST /lab/falcon`
  Status change(std::string_view json);
  /// `GET /lab/falcon`
  [[nodiscard]] std::string status_json() const;
  [[nodiscard]] Feeds& feeds() { return feeds_; }
  [[nodiscard]] const Feeds& feeds() const { return feeds_; }
  [[nodiscard]] const FalconGenerator& generator() const { return generator_; }

 private:
  struct Caller {
    AccessGrant grant;
    FalconCustomer customer;
  };
  using Refused = std::optional<Response>;

  Response token(const Request& request);
  Response issue_token(const FalconCustomer& customer, const FalconClient& client,
                       const std::string& client_id);
  Response revoke(const Request& request);
  Response discovery(const Request& request, const Caller& caller);
  Response refresh(const Request& request, const Caller& caller);
  Response stream(const Request& request);
  std::optional<Response> read_ask(const Request& request, const FalconCustomer& customer,
                                   FeedAsk& ask);
  Refused check_token(const Request& request, Caller& caller) const;
  Refused check_rate(const Caller& caller);
  void add_limits(Response& response, const FalconCustomer& customer);
  [[nodiscard]] Response limited(std::uint64_t per_minute) const;
  [[nodiscard]] std::string resources_of(const std::vector<StreamSession>& sessions,
                                         const std::string& base_url,
                                         const FalconCustomer& customer) const;

  const FalconApiOptions options_;
  const Clock& clock_;
  FalconCustomers customers_;
  AccessTokens tokens_;
  StreamSessions sessions_;
  const FalconGenerator generator_;
  Feeds feeds_;
  Throttle throttle_;
  std::atomic<std::uint64_t> streams_opened_{0};
};

}  // namespace cistern::lab
