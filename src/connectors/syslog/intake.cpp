#include "connectors/syslog/intake.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/syslog/detect.hpp"

#include <utility>

namespace cistern::connectors::syslog {
namespace {

constexpr std::size_t kNoRule = ~std::size_t{0};
/// More rules than that share the place of a written meta, which costs time and nothing else.
constexpr std::uint32_t kRuleBits = 1U << 20;

constexpr runtime::ListenIncident kTruncated{
    .reason = "truncated",
    .what = "messages were longer than `max_message`",
    .consequence = "they are stored up to that length and marked",
    .next_step = "raise `max_message` (up to 1MiB)"};

codec::WallClock default_clock(const Settings& settings) {
  auto zone = load_time_zone(settings.zone.empty() ? "UTC" : settings.zone);
  return codec::WallClock(zone ? std::move(*zone) : TimeZone{});
}

}  // namespace

Source::Source(const Settings& settings, std::size_t listener, const net::Sender& sender,
               const std::string& certificate) {
  const Listener& at = settings.listeners[listener];
  beginning_ = "{\"transport\":\"";
  beginning_.append(to_string(at.transport)).append("\",\"peer\":\"");
  beginning_.append(sender.address.text()).append("\",\"port\":");
  beginning_.append(std::to_string(sender.port)).append(",\"listener\":");
  codec::append_json_string(beginning_, at.text);
  if (!certificate.empty()) {
    beginning_ += ",\"certificate\":";
    codec::append_json_string(beginning_, certificate);
  }
  for (std::size_t i = 0; i < settings.rules.size(); ++i) {
    if (holds_for_sender(settings.rules[i], sender.address, at.text)) candidates_.push_back(i);
  }
}

Intake::Intake(std::shared_ptr<const Settings> settings, const Clock& clock,
               std::shared_ptr<runtime::ListenCounters> counters)
    : settings_(std::move(settings)),
      clock_(clock),
      counters_(std::move(counters)),
      default_clock_(default_clock(*settings_)) {
  for (const auto& rule : settings_->rules)
    rule_clocks_.emplace_back(rule.time_zone);
}

const codec::WallClock& Intake::clock_of(std::size_t rule) const {
  const bool own = rule != kNoRule && !settings_->rules[rule].zone.empty();
  return own ? rule_clocks_[rule] : default_clock_;
}

void Intake::take(Source& source, std::string_view raw, bool truncated,
                  runtime::ListenBatch& batch) {
  ++messages_;
  bytes_ += raw.size();
  truncated_ += truncated ? 1U : 0U;
  auto message = codec::read_syslog_message(raw, received_, default_clock_);
  if (!settings_->filter.takes(message.facility, message.severity)) {
    ++filtered_;
    return;
  }
  std::size_t rule = kNoRule;
  for (const std::size_t candidate : source.candidates_) {
    if (!holds_for_message(settings_->rules[candidate], message, raw)) continue;
    rule = candidate;
    break;
  }
  const auto& clock = clock_of(rule);
  if (&clock != &default_clock_ && message.time != TimePoint{} && !message.time_has_zone)
    message = codec::read_syslog_message(raw, received_, clock);
  Record record;
  record.stream = rule != kNoRule && !settings_->rules[rule].stream.empty()
                      ? settings_->rules[rule].stream
                      : detect_stream(raw);
  record.time = message.time;
  record.meta = meta(source, message, rule, truncated, batch);
  record.raw = raw;
  record.form = is_utf8(raw) ? RawForm::text : RawForm::bytes;
  batch.add(record);
}

/// Messages of one source differ little: their meta is written once for each batch.
std::string_view Intake::meta(Source& source, const codec::SyslogMessage& message, std::size_t rule,
                              bool truncated, runtime::ListenBatch& batch) {
  const std::uint32_t number =
      rule == kNoRule ? 0 : static_cast<std::uint32_t>(rule % kRuleBits) + 1;
  const std::uint32_t priority = message.facility * 8U + message.severity;
  const std::uint32_t key = number << 10U | priority << 1U | (truncated ? 1U : 0U);
  auto& written = source.written_[(priority + number) % source.written_.size()];
  if (written.batch == batch.number() && written.key == key) return written.meta;
  scratch_ = source.beginning_;
  scratch_.append(",\"facility\":").append(std::to_string(message.facility));
  scratch_.append(",\"severity\":").append(std::to_string(message.severity));
  const MatchRule* const found = rule == kNoRule ? nullptr : &settings_->rules[rule];
  const std::string& zone =
      found != nullptr && !found->zone.empty() ? found->zone : settings_->zone;
  if (!zone.empty()) {
    scratch_ += ",\"zone\":";
    codec::append_json_string(scratch_, zone);
  }
  if (found != nullptr && !found->name.empty()) {
    scratch_ += ",\"name\":";
    codec::append_json_string(scratch_, found->name);
  }
  if (truncated) scratch_ += ",\"truncated\":true";
  scratch_ += '}';
  written = {.batch = batch.number(), .key = key, .meta = batch.keep(scratch_)};
  return written.meta;
}

void Intake::end(std::string_view sender) {
  counters_->received(std::exchange(messages_, 0), std::exchange(bytes_, 0));
  counters_->count("filtered", std::exchange(filtered_, 0));
  if (truncated_ > 0) counters_->incident(kTruncated, std::exchange(truncated_, 0), sender);
}

}  // namespace cistern::connectors::syslog
