// The body of one open stream: the backlog as fast as the reader takes it, then events as they
// come, with empty lines in silence, until somebody ends it.
#pragma once

#include "base/clock.hpp"
#include "lab/crowdstrike_falcon/falcon_customers.hpp"
#include "lab/crowdstrike_falcon/falcon_generator.hpp"
#include "lab/crowdstrike_falcon/falcon_sessions.hpp"
#include "lab/crowdstrike_falcon/feeds.hpp"
#include "lab/harness/http.hpp"
#include "lab/harness/random.hpp"

#include <cstdint>
#include <string>

namespace cistern::lab {

struct FalconSources {
  Feeds& feeds;
  const FalconGenerator& generator;
  const FalconCustomers& customers;
  StreamSessions& sessions;
  const Clock& clock;
};

SessionRules rules_of(const FalconCustomer& customer);

class FalconStream final : public LiveBody {
 public:
  FalconStream(const FalconSources& sources, StreamSession session, FeedAsk ask,
               const Feeds::Opened& opened, std::uint64_t key);
  /// Sets the session free and puts the audit event of the end on the feed.
  ~FalconStream() override;
  FalconStream(const FalconStream&) = delete;
  FalconStream& operator=(const FalconStream&) = delete;

  Next next(std::string& piece, std::size_t limit) override;

 private:
  void fill();
  void fill_added(const FeedWindow& window, std::uint64_t first);
  void fill_own();
  void line_end();
  [[nodiscard]] bool wanted(std::string_view type) const;
  Next hand_out(std::string& piece, std::size_t limit);

  const FalconSources sources_;
  const StreamSession session_;
  const FeedAsk ask_;
  FeedCursor cursor_;
  std::size_t lines_;
  Dice dice_;
  const bool carriage_return_;
  std::string buffer_;
  std::size_t sent_ = 0;
  Duration last_{};  // When something was said.
};

}  // namespace cistern::lab
