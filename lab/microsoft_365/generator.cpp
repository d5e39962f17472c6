#include "lab/microsoft_365/generator.hpp"

#include "lab/harness/random.hpp"
#include "lab/lab.hpp"
#include "lab/microsoft_365/record_families.hpp"
#include "lab/microsoft_365/record_template.hpp"

#include <algorithm>
#include <array>

namespace cistern::lab {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::uint64_t kUsers = 240;

// Most records are younger than an hour and a half when their blob appears; incidents delay them
// for days.
TimePoint creation_time(TimePoint blob_created, Dice& dice) {
  const auto oldest = dice.below(100) == 0 ? Duration{hours{72}} : Duration{minutes{90}};
  const auto age = static_cast<double>(oldest.count()) * dice.fraction();
  return blob_created - Duration{static_cast<std::int64_t>(age)};
}

// What a reader must keep word for word although it cannot take it for JSON, or need not.
void damage(std::string& text, Dice& dice) {
  text.pop_back();
  switch (dice.below(6)) {
    case 0:
      text += R"(,"Broken":01tru})";
      return;
    case 1:
      text += ",\"Note\":\"caf\xE9 \xFF\"}";
      return;
    case 2:
      text += ",\"Note\":\"bell \x07\"}";
      return;
    case 3:
      text += ",\"Deep\":" + std::string(200, '[') + std::string(200, ']') + "}";
      return;
    case 4:
      text += R"(,"Overflow":1e400})";
      return;
    default:
      text += R"(,"Half":"\ud83d"})";
      return;
  }
}

struct Damage {
  std::uint32_t odd;  // One in so many; 0: never.
  std::uint32_t without_id;
  std::uint32_t large;
};

constexpr Damage damage_of(FaultProfile profile) {
  switch (profile) {
    case FaultProfile::calm:
      return {0, 0, 0};
    case FaultProfile::ordinary:
      return {0, 2500, 4000};
    case FaultProfile::hostile:
      return {250, 400, 1500};
  }
  return {};
}

bool one_in(std::uint32_t count, Dice& dice) {
  return count != 0 && dice.below(count) == 0;
}

}  // namespace

struct Generator::Library {
  struct Entry {
    unsigned up_to;  // Sum of the weights so far.
    RecordTemplate text;
  };
  std::array<std::vector<Entry>, kContentTypes.size()> by_type;
  RecordTemplate without_id{record_without_id()};

  Library() {
    for (const auto families : {exchange_families(), sharepoint_families(), entra_families(),
                                dlp_families(), general_families()}) {
      for (const auto& family : families) {
        auto& entries = by_type[static_cast<std::size_t>(family.type)];
        const unsigned before = entries.empty() ? 0 : entries.back().up_to;
        entries.push_back({before + family.weight, RecordTemplate(family.text)});
      }
    }
  }

  [[nodiscard]] const RecordTemplate& pick(ContentType type, Dice& dice) const {
    const auto& entries = by_type[static_cast<std::size_t>(type)];
    const auto roll = dice.below(entries.back().up_to);
    return std::find_if(entries.begin(), entries.end(),
                        [roll](const Entry& entry) { return roll < entry.up_to; })
        ->text;
  }
};

Generator::Generator(std::uint64_t seed, FaultProfile profile)
    : seed_(seed), profile_(profile), library_(std::make_unique<const Library>()) {}
Generator::~Generator() = default;

RecordForm Generator::append(std::string& out, const RecordPlace& place, std::string& id) const {
  const auto key =
      key_of({seed_, place.tenant, static_cast<std::uint64_t>(place.type),
              static_cast<std::uint64_t>(place.bucket), place.blob, place.index, 0x4EC04D});
  Dice dice(key);
  id.clear();
  append_guid(id, dice);
  const auto tenant = lab_tenant_id(place.tenant);
  const auto host = "contoso" + std::to_string(place.tenant);
  RecordFacts facts;
  facts.tenant = tenant;
  facts.host = host;
  facts.id = id;
  facts.time = creation_time(place.created, dice);
  facts.user = static_cast<std::uint32_t>(dice.below(kUsers));
  facts.other = static_cast<std::uint32_t>(dice.below(kUsers));

  const auto odds = damage_of(profile_);
  if (one_in(odds.without_id, dice)) {
    library_->without_id.append(out, facts, dice);
    id.clear();
    return RecordForm::without_id;
  }
  const auto begin = out.size();
  library_->pick(place.type, dice).append(out, facts, dice);
  // Unknown members appear any day.
  if (dice.below(100) == 0) {
    out.pop_back();
    out += R"(,"NewIn2027":{"Stage":[1,2,{"Ring":null}],"Größe":1.5e3},"IsNew":true})";
  }
  if (one_in(odds.large, dice)) {
    out.pop_back();
    out += R"(,"Extra":")" + std::string(20'000 + dice.below(50'000), 'x') + "\"}";
  }
  if (!one_in(odds.odd, dice)) return RecordForm::sound;
  std::string text = out.substr(begin);
  damage(text, dice);
  out.resize(begin);
  out += text;
  return RecordForm::odd;
}

void append_spaced(std::string& out, std::string_view json) {
  bool in_string = false;
  bool escaped = false;
  for (const char letter : json) {
    out += letter;
    if (in_string) {
      if (!escaped && letter == '"') in_string = false;
      escaped = !escaped && letter == '\\';
    } else if (letter == '"') {
      in_string = true;
    } else if (letter == ':') {
      out += ' ';
    } else if (letter == ',') {
      out.append("\r\n  ");
    } else if (letter == '{' || letter == '[') {
      out += '\t';
    }
  }
}

}  // namespace cistern::lab
