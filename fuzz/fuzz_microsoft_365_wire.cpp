// The vendor's answers as arbitrary bytes: every parser must return, and keep its promises.
#include "base/bytes.hpp"
#include "base/http.hpp"
#include "connectors/microsoft_365/blob_decoder.hpp"
#include "connectors/microsoft_365/error_table.hpp"
#include "connectors/microsoft_365/webhook_call.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace m365 = cistern::connectors::microsoft_365;

namespace {

constexpr std::string_view kManage = "https://manage.office.com";
constexpr std::string_view kTenant = "11111111-2222-4333-8444-555555555555";

void require(bool condition) {
  if (!condition) std::abort();
}

void fuzz_page(const cistern::HttpResponse& response) {
  const auto page = m365::parse_content(response, kManage);
  if (!page) return;
  for (const m365::BlobRef& blob : page->blobs) {
    require(m365::link_allowed(kManage, blob.url));
    require(!blob.id.empty() && blob.id.size() <= m365::kMaxContentId);
    require(cistern::is_utf8(blob.id));
  }
}

/// Whatever somebody sends to the webhook's address: only what is ours is taken.
void fuzz_call(std::string_view header, std::string_view body) {
  const m365::WebhookOwner owner{.manage_url = "https://manage.office.com",
                                 .tenant = std::string(kTenant),
                                 .client_id = "a6099727-0000-4000-8000-509acc563000"};
  m365::WebhookCall call{
      .method = "POST", .auth_id = header, .validation_code = std::nullopt, .body = body};
  const auto verdict = m365::judge_call(call, owner);
  require(verdict.refusal.empty() == (verdict.status == 200));
  require(verdict.refusal.empty() || verdict.contents.empty());
  for (const auto& content : verdict.contents)
    require(content.type != nullptr && !content.id.empty());
  call.validation_code = header;
  require(m365::judge_call(call, owner).contents.empty());
}

void fuzz_blob(std::string body) {
  m365::BlobContext context{.stream = "audit.general",
                            .tenant = std::string(kTenant),
                            .content_id = "blob",
                            .created_text = "2026-03-04T05:06:07.123Z"};
  context.accept_unfinished = body.size() % 2 == 1;
  const auto batch = m365::decode_blob(std::move(body), context);
  if (!batch) return;
  std::uint64_t bytes = 0;
  const char* begin = batch->storage.data();
  for (const cistern::Record& record : batch->records) {
    require(!record.identity.is_zero());
    require(record.raw.data() >= begin &&
            record.raw.data() + record.raw.size() <= begin + batch->storage.size());
    require(record.raw.size() <= m365::kMaxPiece);
    require(record.form != cistern::RawForm::text || cistern::is_utf8(record.raw));
    bytes += record.raw.size();
  }
  require(bytes == batch->bytes);
}

}  // namespace

/// The first byte chooses the status, the second the header that the rest before a line break
/// fills.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  constexpr int kStatus[] = {200, 400, 401, 403, 404, 429, 500, 502};
  cistern::HttpResponse response;
  response.status = input.empty() ? 200 : kStatus[data[0] % 8];
  std::string_view rest = input.substr(input.empty() ? 0 : 1);
  const std::size_t line = rest.find('\n');
  if (line != std::string_view::npos) {
    const std::string value(rest.substr(0, line));
    response.headers = {{"NextPageUri", value}, {"Date", value}, {"Content-Type", value}};
    require(m365::with_publisher(value, kTenant).size() >= value.size());
    rest.remove_prefix(line + 1);
  }
  response.body = rest;
  fuzz_page(response);
  (void)m365::parse_subscriptions(response);
  (void)m365::parse_started(response);
  (void)m365::parse_openid(response);
  (void)m365::server_time(response);
  const m365::ApiError error = m365::interpret_error(response);
  require(error.row != nullptr);
  require(!m365::to_failure(error, "fuzzing").cause.empty());
  fuzz_call(line == std::string_view::npos ? std::string_view{} : input.substr(1, line),
            response.body);
  fuzz_blob(response.body);
  return 0;
}
