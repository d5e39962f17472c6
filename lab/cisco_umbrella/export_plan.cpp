#include "lab/cisco_umbrella/export_plan.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cistern::lab {

namespace {

constexpr Duration kHistorySlot = std::chrono::minutes{10};
// Later objects of the history are at most so old: what is older, a collector finds by its wide
// listings only, within an hour or a day.
constexpr Duration kLatest = std::chrono::minutes{50};
constexpr std::uint64_t kLargeEvery = 12;

std::uint64_t text_key(std::string_view text) {
  std::uint64_t key = 0;
  for (const char letter : text)
    key = mix(key ^ static_cast<unsigned char>(letter));
  return key;
}

// No two of a minute are alike: the order is shuffled by an odd factor, modulo 2^16.
std::string suffix_of(std::uint64_t seed, std::string_view folder, std::uint64_t ordinal) {
  const auto key = key_of({seed, text_key(folder)});
  const auto value = (ordinal * ((key | 1U) & 0xFFFFU) + (key >> 16U)) & 0xFFFFU;
  char text[8];
  std::snprintf(text, sizeof text, "%04x", static_cast<unsigned>(value));
  return text;
}

double chance_of(FaultProfile profile, double ordinary, double hostile) {
  if (profile == FaultProfile::calm) return 0;
  return profile == FaultProfile::ordinary ? ordinary : hostile;
}

}  // namespace

std::string object_name(std::string_view folder, TimePoint slot, std::string_view suffix) {
  const auto text = format_time_seconds(slot);  // "2026-01-05T08:30:00"
  const auto day = text.substr(0, 10);
  return std::string(folder) + "/" + day + "/" + day + "-" + text.substr(11, 2) + "-" +
         text.substr(14, 2) + "-" + std::string(suffix) + ".csv.gz";
}

ExportPlan::ExportPlan(const UmbrellaOptions& options, std::uint64_t seed, FaultProfile profile,
                       TimePoint start)
    : options_(options), seed_(seed), profile_(profile), start_(start) {
  const auto whole = start.time_since_epoch() / kHistorySlot * kHistorySlot;
  history_slots_ = static_cast<std::uint64_t>(options.history / kHistorySlot);
  first_slot_ = TimePoint{whole} - kHistorySlot * static_cast<std::int64_t>(history_slots_);
  for (const auto& folder : folder_plans()) {
    const bool wanted = options.folders.empty() ||
                        std::find(options.folders.begin(), options.folders.end(), folder.folder) !=
                            options.folders.end();
    if (wanted && folder.since <= options.schema) folders_.push_back(&folder);
  }
}

std::uint64_t ExportPlan::slots_until(TimePoint time) const {
  if (time < first_slot_) return 0;
  if (time < start_) {
    const auto begun = static_cast<std::uint64_t>((time - first_slot_) / kHistorySlot) + 1;
    return std::min(begun, history_slots_);
  }
  return history_slots_ + static_cast<std::uint64_t>((time - start_) / options_.slot) + 1;
}

ExportPlan::Span ExportPlan::span_of(std::uint64_t number) const {
  if (number < history_slots_) {
    return {first_slot_ + kHistorySlot * static_cast<std::int64_t>(number), kHistorySlot, true};
  }
  const auto live = static_cast<std::int64_t>(number - history_slots_);
  return {start_ + options_.slot * live, options_.slot, false};
}

std::vector<ExportObject> ExportPlan::slot(std::uint64_t number) const {
  std::vector<ExportObject> out;
  const auto span = span_of(number);
  for (const auto* const folder : folders_)
    add_objects(out, *folder, number, span);
  return out;
}

std::uint64_t ExportPlan::rows_of(const FolderPlan& folder, const Span& span, Dice& dice) const {
  double shares = 0;
  for (const auto* const one : folders_)
    shares += one->share;
  const double hours = std::chrono::duration<double, std::ratio<3600>>(span.length).count();
  const double all =
      span.history ? options_.rows_per_hour * hours : options_.live_per_second * hours * 3600;
  const double mean = all * folder.share / shares;
  // Parts of a row are drawn, so that small rates come out right.
  return static_cast<std::uint64_t>(std::floor(mean * (0.5 + dice.fraction()) + dice.fraction()));
}

TimePoint ExportPlan::visible_at(const Span& span, Dice& dice) const {
  const auto end = span.begin + span.length;
  const auto upload = std::chrono::milliseconds{dice.below(span.history ? 60'000 : 500)};
  const bool is_late = dice.chance(chance_of(profile_, 0.05, 0.15));
  const auto most = profile_ == FaultProfile::hostile ? 60'000U : 15'000U;
  const auto delay = std::chrono::milliseconds{dice.below(most)};
  if (!span.history) return end + upload + (is_late ? delay : std::chrono::milliseconds{0});
  // Of the history, late means behind the start, beside objects that were uploaded long before.
  if (is_late && start_ - span.begin < kLatest) return std::max(end, start_) + delay;
  return std::min(end + upload, start_);
}

void ExportPlan::add_objects(std::vector<ExportObject>& out, const FolderPlan& folder,
                             std::uint64_t number, const Span& span) const {
  Dice dice(key_of({seed_, text_key(folder.folder), number}));
  const auto rows = rows_of(folder, span, dice);
  const bool second = dice.below(5) == 0;
  const bool large = options_.large_rows > 0 && span.history && number % kLargeEvery == 1;
  const bool empty = dice.chance(chance_of(profile_, 0.01, 0.04)) && !large;
  if (rows == 0 && !empty && !large) return;
  const unsigned count = second && rows > 1 && !large ? 2 : 1;
  // How many slots before this one share its minute: their numbers go on.
  const auto ordinal = number * 2;
  for (unsigned file = 0; file < count; ++file) {
    ExportObject object;
    object.folder = std::string(folder.folder);
    object.slot = span.begin;
    object.length = span.length;
    object.name =
        object_name(folder.folder, span.begin, suffix_of(seed_, folder.folder, ordinal + file));
    object.visible = visible_at(span, dice);
    object.number = key_of({seed_, text_key(object.name), number});
    object.rows = large ? options_.large_rows : (rows + file) / count;
    if (empty) {
      object.rows = 0;
      object.form = dice.below(2) == 0 ? ObjectForm::zero_bytes : ObjectForm::empty_gzip;
      // The third kind of nothing: a header row alone, or a gzip of no rows.
      if (dice.below(2) == 0) object.form = ObjectForm::rows;
    }
    out.push_back(std::move(object));
  }
}

}  // namespace cistern::lab
