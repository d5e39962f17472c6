// What an answer means for the integration; what it means for one log is decided there.
#include "connectors/cisco_duo/duo_machine.hpp"
#include "connectors/cisco_duo/messages.hpp"

#include <algorithm>
#include <utility>

namespace cistern::connectors::cisco_duo {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

/// A Date header of an answer that took longer says little about the present.
constexpr Duration kPromptAnswer = seconds{30};
/// A request reaches the vendor soon; the rest of the time it works.
constexpr Duration kWayThere = seconds{1};

}  // namespace

void DuoMachine::observe_clock(const HttpResponse& response, Step& step) {
  const auto header = response.header("Date");
  const auto date = header ? parse_http_date(*header) : std::nullopt;
  // Where a proxy strips the header, our clock is all there is.
  if (!date || response.elapsed > kPromptAnswer) return;
  const auto news = clock_.observe(*date);
  if (!news) return;
  const bool wrong = *news != Duration{0};
  tell(Report::Kind::notice, wrong ? messages::clock_skew(*news) : messages::clock_right(), {},
       step);
}

void DuoMachine::answered(const Asked& asked, const HttpResponse& response,
                          std::shared_ptr<const RecordBatch> records, Step& step) {
  LogReader& reader = *asked.reader;
  reader.request_ended(clock_.now() - response.elapsed + std::min(response.elapsed, kWayThere));
  observe_clock(response, step);
  if (response.status != 200) {
    return refused(asked, read_refusal(response.status, response.body), response, step);
  }
  if (reader.facts().refusal) return refused(asked, *reader.facts().refusal, response, step);
  Turn current = turn(step);
  if (!reader.facts().problem.empty()) {
    return reader.try_again(messages::unreadable(reader.stream().name, reader.facts().problem),
                            current);
  }
  doubtful_ = repeated_ = false;
  reader.page(std::move(records), current);
}

void DuoMachine::refused(const Asked& asked, const Refusal& refusal, const HttpResponse& response,
                         Step& step) {
  LogReader& reader = *asked.reader;
  Turn current = turn(step);
  const ErrorRow& row = row_of(refusal, reader.asked_with_token());
  switch (row.fate) {
    case Fate::clock:
      reader.clock_refused(clock_);
      return integration_refused(asked, row, refusal, step);
    case Fate::signature:
    case Fate::refused:
      reader.ask_again();
      return integration_refused(asked, row, refusal, step);
    case Fate::throttled: {
      const auto header = response.header("Retry-After");
      const auto wait =
          header ? parse_retry_after(*header, clock_.wall(clock_.now()), hours{1}) : std::nullopt;
      return reader.throttled(to_failure(row, refusal, reader.stream().name), wait, current);
    }
    case Fate::retry:
      return reader.refused(row, refusal, current);
    case Fate::window:
    case Fate::token:
    case Fate::limit:
    case Fate::request:
    case Fate::denied:
    case Fate::unavailable:
      // Who is told so has been recognised.
      doubtful_ = repeated_ = false;
      return reader.refused(row, refusal, current);
  }
}

/// Each request is signed by itself, so asking again is a new signature with a new date, and after
/// a refused date one by the vendor's own clock. Requests that were under way together are refused
/// together, which counts once.
void DuoMachine::integration_refused(const Asked& asked, const ErrorRow& row,
                                     const Refusal& refusal, Step& step) {
  doubtful_ = true;
  if (asked.epoch != epoch_) return;
  ++epoch_;
  const bool worth_repeating =
      row.fate == Fate::signature || (row.fate == Fate::clock && clock_.known());
  if (worth_repeating && !std::exchange(repeated_, true)) return;
  repeated_ = false;
  blocked_until_ = clock_.now() + row.recheck;
  tell(Report::Kind::refused, to_failure(row, refusal, {}), blocked_until_, step);
}

}  // namespace cistern::connectors::cisco_duo
