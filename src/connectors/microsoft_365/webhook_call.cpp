#include "connectors/microsoft_365/webhook_call.hpp"

#include "base/bytes.hpp"

#include <array>

#include <boost/json.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace cistern::connectors::microsoft_365 {

namespace json = boost::json;

namespace {

using Digest = std::array<unsigned char, 32>;

Digest digest_of(std::string_view text) {
  Digest out{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr);
  return out;
}

WebhookVerdict refused(std::string_view why, int status = 400) {
  WebhookVerdict out;
  out.status = status;
  out.refusal = why;
  return out;
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text = value->get_string();
  return {text.data(), text.size()};
}

std::optional<json::value> parse(std::string_view body) {
  json::parse_options options;
  options.max_depth = 8;
  boost::system::error_code error;
  json::value value = json::parse({body.data(), body.size()}, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

WebhookVerdict judge_validation(const WebhookCall& call) {
  WebhookVerdict out;
  out.validation = true;
  if (call.body.empty()) return out;
  const auto body = parse(call.body);
  const json::object* object = body ? body->if_object() : nullptr;
  if (object == nullptr) return refused("not_json");
  if (text_of(*object, "validationCode") != *call.validation_code) return refused("validation");
  return out;
}

/// Why one notified content refuses the call; empty when it is ours.
std::string_view objection(const json::object& content, const WebhookOwner& owner) {
  const std::string_view tenant = text_of(content, "tenantId");
  if (!owner.tenant.empty() && !equal_ignoring_case(tenant, owner.tenant)) return "other_tenant";
  const std::string_view client = text_of(content, "clientId");
  if (!equal_ignoring_case(client, owner.client_id)) return "other_application";
  if (!link_allowed(owner.manage_url, text_of(content, "contentUri"))) return "foreign_link";
  const std::string_view id = text_of(content, "contentId");
  if (id.empty() || id.size() > kMaxContentId || !is_utf8(id)) return "not_json";
  return {};
}

}  // namespace

// Digests are of one length, so that neither the comparison nor its preparation tells how much of a
// guess was right.
bool auth_id_fits(const Secret& expected, std::optional<std::string_view> presented) {
  const Digest ours = expected.use([](std::string_view text) { return digest_of(text); });
  const Digest theirs = digest_of(presented.value_or(""));
  const bool same = CRYPTO_memcmp(ours.data(), theirs.data(), ours.size()) == 0;
  return same && presented.has_value() && !expected.empty();
}

WebhookVerdict judge_call(const WebhookCall& call, const WebhookOwner& owner) {
  if (call.method != "POST") return refused("method", 405);
  if (call.validation_code) return judge_validation(call);
  const auto body = parse(call.body);
  const json::array* list = body ? body->if_array() : nullptr;
  if (list == nullptr) return refused("not_json");
  if (list->size() > kMaxNotifiedContents) return refused("too_many");
  WebhookVerdict out;
  for (const json::value& item : *list) {
    const json::object* content = item.if_object();
    if (content == nullptr) return refused("not_json");
    if (const auto why = objection(*content, owner); !why.empty()) return refused(why);
    // A content type that nobody collects here is no fault of the vendor.
    const ContentType* type = find_content_type(text_of(*content, "contentType"));
    if (type == nullptr) continue;
    out.contents.push_back({type, std::string(text_of(*content, "contentId"))});
  }
  return out;
}

}  // namespace cistern::connectors::microsoft_365
