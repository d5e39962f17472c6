#include "app/status_notes.hpp"

#include "app/text_layout.hpp"
#include "base/time.hpp"

#include <set>

#include <boost/json.hpp>

namespace cistern::app {
namespace {

namespace json = boost::json;

constexpr std::size_t kIndent = 15;
constexpr std::size_t kNamesShown = 8;
/// What is tried again by itself is worth a word only when it lasts.
constexpr Duration kLasts = std::chrono::minutes{1};

std::string text_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::uint64_t number_of(const json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  json::error_code error;
  const auto number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

const json::array& array_of(const json::object& object, const char* name) {
  static const json::array kNone;
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : kNone;
}

class Notes {
 public:
  Notes(const json::object& status, const Output& output)
      : now_(parse_time(text_of(status, "now")).value_or(TimePoint{})), output_(output) {
    for (const auto& value : array_of(status, "connectors"))
      add_connector(value.as_object());
    for (const auto& value : array_of(status, "destinations"))
      add_destination(value.as_object());
    for (const auto& value : array_of(status, "stalled_stages")) {
      const auto& stage = value.as_object();
      add_failure(text_of(stage, "stage"), stage, Tone::bad);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void add_connector(const json::object& connector) {
    std::set<std::string> told;
    for (const auto& value : array_of(connector, "streams")) {
      const auto& stream = value.as_object();
      const auto* failure = stream.if_contains("failure");
      if (failure == nullptr || !failure->is_object()) continue;
      // Streams share most of their troubles; one word for all of them.
      if (!lasts(connector, stream)) continue;
      if (!told.insert(text_of(failure->get_object(), "code")).second) continue;
      add_failure(text_of(connector, "name") + " (" + text_of(stream, "stream") + ")", stream,
                  tone_of(text_of(stream, "state")));
    }
    for (const auto& value : array_of(connector, "notices"))
      add_words(text_of(connector, "name"), value.as_object(), Tone::warn);
  }

  void add_destination(const json::object& destination) {
    const auto name = text_of(destination, "name");
    if (destination.if_contains("failure") != nullptr && lasts(destination, destination)) {
      add_failure(name, destination, tone_of(text_of(destination, "state")));
    }
    if (const auto count = number_of(destination, "set_aside"); count > 0) {
      line(name, Tone::warn,
           grouped(count) +
               " events were refused one by one and set aside; `cistern quarantine "
               "list` names them");
    }
    for (const auto& value : array_of(destination, "mapping_drift")) {
      add_drift(name, value.as_object());
      add_format_losses(name, value.as_object());
    }
  }

  static std::string first_names(const json::object& drift, const char* list) {
    std::string names;
    std::size_t shown = 0;
    for (const auto& field : array_of(drift, list)) {
      if (++shown > kNamesShown) {
        names += ", ...";
        break;
      }
      names += (names.empty() ? "" : ", ") + std::string{field.as_string()};
    }
    return names;
  }

  void add_format_losses(const std::string& name, const json::object& drift) {
    const auto cut = number_of(drift, "cut_values");
    const auto mended = number_of(drift, "mended_values");
    if (cut == 0 && mended == 0) return;
    line(name, Tone::dim,
         "of " + text_of(drift, "connector") + " " + text_of(drift, "stream") + ", " +
             grouped(cut) + " values were shortened to the format's length and " + grouped(mended) +
             " had characters replaced that it cannot carry (" + first_names(drift, "format_keys") +
             "); the store keeps them whole");
  }

  void add_drift(const std::string& name, const json::object& drift) {
    if (number_of(drift, "unknown_fields") == 0 && number_of(drift, "wrong_types") == 0) return;
    const std::string names = first_names(drift, "names");
    line(name, Tone::dim,
         "the mapping of " + text_of(drift, "connector") + " " + text_of(drift, "stream") +
             " met " + grouped(number_of(drift, "unknown_fields")) +
             " fields that it does not "
             "know and " +
             grouped(number_of(drift, "wrong_types")) + " values of an unexpected type (" + names +
             "); all were delivered under the vendor's own names");
  }

  [[nodiscard]] bool lasts(const json::object& component, const json::object& part) const {
    const auto state = text_of(part, "state");
    if (state != "retrying" && state != "throttled") return true;
    const auto since = parse_time(text_of(component, "since"));
    return !since || now_ - *since >= kLasts;
  }

  static Tone tone_of(const std::string& state) {
    const bool bad =
        state == "login refused" || state == "permission missing" || state == "stopped";
    return bad ? Tone::bad : Tone::warn;
  }

  void add_failure(const std::string& who, const json::object& part, Tone tone) {
    const auto* value = part.if_contains("failure");
    if (value == nullptr || !value->is_object()) return;
    add_words(who, value->get_object(), tone);
  }

  void add_words(const std::string& who, const json::object& failure, Tone tone) {
    line(who, tone, text_of(failure, "cause") + " (" + text_of(failure, "code") + ")");
    add("meaning:", text_of(failure, "consequence"));
    add("next step:", text_of(failure, "next_step"));
  }

  void line(const std::string& who, Tone tone, const std::string& words) {
    text_ += "\n" + output_.toned(who, tone) + "\n";
    add("", words);
  }

  void add(const std::string& label, const std::string& words) {
    if (words.empty()) return;
    text_ += hanging("  " + label, words, kIndent, page_width()) + "\n";
  }

  TimePoint now_;
  const Output& output_;
  std::string text_;
};

}  // namespace

std::string status_notes(const json::object& status, const Output& output) {
  return Notes{status, output}.take();
}

}  // namespace cistern::app
