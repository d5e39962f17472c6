#include "lab/truth/mail_ledger.hpp"

#include <algorithm>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

std::string shown(const json::value* value) {
  return value == nullptr ? "nothing" : excerpt(json::serialize(*value), 120);
}

bool same_text(const json::value& expected, const json::value& said) {
  if (expected.is_string() || said.is_string())
    return expected.is_string() && said.is_string() && expected.as_string() == said.as_string();
  // Numbers of different types are the same number.
  return json::serialize(expected) == json::serialize(said);
}

bool differs(const json::value& expected, const json::value* said, const std::string& path,
             std::string& why);

bool object_differs(const json::object& expected, const json::value* said, const std::string& path,
                    std::string& why) {
  const auto* object = said == nullptr ? nullptr : said->if_object();
  for (const auto& [name, value] : expected) {
    const auto* member = object == nullptr ? nullptr : object->if_contains(name);
    if (differs(value, member, path + "." + std::string(name), why)) return true;
  }
  return false;
}

bool array_differs(const json::array& expected, const json::value* said, const std::string& path,
                   std::string& why) {
  const auto* array = said == nullptr ? nullptr : said->if_array();
  if (array == nullptr || array->size() != expected.size()) {
    why = path.substr(1) + " is " + shown(said) + " instead of " +
          excerpt(json::serialize(expected), 120);
    return true;
  }
  for (std::size_t at = 0; at < expected.size(); ++at) {
    if (differs(expected[at], &(*array)[at], path + "." + std::to_string(at), why)) return true;
  }
  return false;
}

bool differs(const json::value& expected, const json::value* said, const std::string& path,
             std::string& why) {
  if (const auto* object = expected.if_object()) return object_differs(*object, said, path, why);
  if (const auto* array = expected.if_array()) return array_differs(*array, said, path, why);
  if (said != nullptr && same_text(expected, *said)) return false;
  why = path.substr(1) + " is " + shown(said) + " instead of " + shown(&expected);
  return true;
}

}  // namespace

std::optional<std::string> mail_difference(std::string_view expected, std::string_view event) {
  json::error_code bad_wish;
  json::error_code bad_event;
  const auto wanted = json::parse(expected, bad_wish);
  const auto said = json::parse(event, bad_event);
  if (bad_wish || bad_event) return "it is no JSON";
  std::string why;
  if (!differs(wanted, &said, "", why)) return std::nullopt;
  return why;
}

std::optional<std::string> mail_document_difference(std::string_view expected,
                                                    std::string_view document) {
  const Leaves leaves(document);
  for (const auto* const name : {"mid", "sender", "subject", "message_id"}) {
    const auto value = member_text(expected, name);
    if (value && !value->empty() && !leaves.hold(*value))
      return std::string(name) + " " + excerpt(*value, 80) + " stands nowhere in it";
  }
  std::optional<std::string> missing;
  for_each_leaf(member(expected, "recipients").value_or("[]"),
                [&](std::string_view path, std::string_view value) {
                  if (path == "address" && !leaves.hold(text_of(value)))
                    missing = "recipient " + text_of(value) + " stands nowhere in it";
                  return !missing;
                });
  return missing;
}

}  // namespace cistern::lab
