#include "connectors/microsoft_365/error_table.hpp"

#include "base/bytes.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <optional>

#include <boost/json.hpp>

namespace cistern::connectors::microsoft_365 {

namespace json = boost::json;

namespace {

constexpr std::size_t kLooked = 64 * 1024;
constexpr std::size_t kMessage = 400;

/// The first "AF" with 3 to 5 digits, for bodies that are not JSON.
std::string find_code(std::string_view text) {
  for (std::size_t at = text.find("AF"); at != std::string_view::npos;
       at = text.find("AF", at + 1)) {
    std::size_t end = at + 2;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      ++end;
    const std::size_t digits = end - at - 2;
    if (digits >= 3 && digits <= 5) return std::string(text.substr(at, end - at));
  }
  return {};
}

std::string member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

struct Words {
  std::string code;
  std::string message;
};

/// {"error":{"code","message"}} and {"Message":...}; nothing when the body is something else.
std::optional<Words> json_words(std::string_view body) {
  json::parse_options options;
  options.max_depth = 32;
  boost::system::error_code failed;
  const json::value value = json::parse({body.data(), body.size()}, failed, {}, options);
  const json::object* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const json::value* error = object->if_contains("error");
  if (error != nullptr && error->is_object()) {
    return Words{member(error->get_object(), "code"), member(error->get_object(), "message")};
  }
  for (const std::string_view key : {"Message", "message", "error_description"}) {
    if (std::string text = member(*object, key); !text.empty()) return Words{{}, std::move(text)};
  }
  return std::nullopt;
}

/// With auditing off `error.code` is no code but a sentence, and the message names the exception.
bool says_auditing_off(std::string_view text) {
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  return has("DataServiceException") && has("does not exist");
}

Verdict verdict_of(Fate fate) {
  switch (fate) {
    case Fate::renew:
      return Verdict::renew_credentials;
    case Fate::refused:
    case Fate::stop_type:
    case Fate::stop_tenant:
    case Fate::auditing_off:
      return Verdict::stop;
    case Fate::gone:
    case Fate::expired:
      return Verdict::set_aside;
    case Fate::success:
    case Fate::start:
    case Fate::webhook:
    case Fate::disabled:
    case Fate::window:
    case Fate::relist:
    case Fate::throttled:
    case Fate::retry:
      return Verdict::retry;
  }
  return Verdict::retry;
}

}  // namespace

ApiError interpret_error(const HttpResponse& response) {
  const std::string_view body = std::string_view{response.body}.substr(0, kLooked);
  ApiError out;
  out.status = response.status;
  const std::optional<Words> words = json_words(body);
  out.message = words ? excerpt(words->message, kMessage) : describe_answer(response);
  out.evidence = evidence_of(response);
  if (says_auditing_off(body)) {
    out.row = &auditing_off_row();
    out.vendor_code = words ? excerpt(words->code, 120) : std::string{};
    return out;
  }
  out.vendor_code = words && row_of_code(words->code) != nullptr ? words->code : find_code(body);
  out.row = row_of_code(out.vendor_code);
  if (out.row == nullptr) out.row = &row_of_status(response.status);
  return out;
}

Failure to_failure(const ApiError& error, std::string_view what) {
  const ErrorRow& row = *error.row;
  std::string cause = std::string(row.meaning) + "; seen when " + std::string(what) + " (HTTP " +
                      std::to_string(error.status);
  if (!error.vendor_code.empty()) cause += ", " + error.vendor_code;
  cause += ")";
  if (!error.message.empty()) cause += ": " + error.message;
  return {.verdict = verdict_of(row.fate),
          .code = std::string(row.code),
          .cause = cause + to_text(error.evidence),
          .consequence = std::string(row.consequence),
          .next_step = std::string(row.next_step)};
}

Failure row_failure(std::string_view vendor_code, std::string cause) {
  const ErrorRow& row = *row_of_code(vendor_code);
  return {.verdict = Verdict::retry,
          .code = std::string(row.code),
          .cause = std::move(cause),
          .consequence = std::string(row.consequence),
          .next_step = std::string(row.next_step)};
}

std::optional<Failure> tenant_unknown(const HttpResponse& response, std::string_view tenant,
                                      std::string_view login_url) {
  const std::optional<Words> words = json_words(std::string_view{response.body}.substr(0, kLooked));
  if (response.status != 400 || !words) return std::nullopt;
  // The description repeats number and ids; the ids are shown by themselves.
  const std::string_view said =
      std::string_view{words->message}.substr(0, words->message.find(" Trace ID:"));
  return Failure{
      .verdict = Verdict::stop,
      .code = "microsoft_365/tenant-unknown",
      .cause = "the login service " + std::string(login_url) + " does not know the tenant " +
               excerpt(tenant, 100) + " (HTTP 400): " + excerpt(said, kMessage) +
               to_text(evidence_of(response)),
      .consequence =
          "nothing of this tenant is collected; unread content is kept by Microsoft for 7 days",
      .next_step =
          "compare `tenant` with the Tenant ID on the Overview page of Microsoft Entra ID, and "
          "check `cloud`: tenants of GCC High, DoD and China have login hosts of their own"};
}

}  // namespace cistern::connectors::microsoft_365
