#include "lab/microsoft_365/webhook_caller.hpp"

#include <array>
#include <cstddef>
#include <memory>

#include <curl/curl.h>

namespace cistern::lab {

namespace {

constexpr long kMostSeconds = 10;
constexpr curl_off_t kMostBody = 64 * 1024;

struct FreeCurl {
  void operator()(CURL* it) const { curl_easy_cleanup(it); }
  void operator()(curl_slist* it) const { curl_slist_free_all(it); }
};

std::size_t ignore(char* /*bytes*/, std::size_t size, std::size_t count, void* total) {
  auto& seen = *static_cast<curl_off_t*>(total);
  seen += static_cast<curl_off_t>(size * count);
  return seen > kMostBody ? 0 : size * count;
}

}  // namespace

WebhookReply call_webhook(const WebhookRequest& request) {
  const std::unique_ptr<CURL, FreeCurl> curl{curl_easy_init()};
  if (curl == nullptr) return {.status = 0, .error = "no memory for a request"};
  std::unique_ptr<curl_slist, FreeCurl> headers;
  for (const Header& header : request.headers) {
    const std::string line = header.name + ": " + header.value;
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_off_t seen = 0;
  CURL* const it = curl.get();
  curl_easy_setopt(it, CURLOPT_URL, request.address.c_str());
  curl_easy_setopt(it, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(it, CURLOPT_POST, 1L);
  curl_easy_setopt(it, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
  curl_easy_setopt(it, CURLOPT_POSTFIELDS, request.body.c_str());
  curl_easy_setopt(it, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(it, CURLOPT_TIMEOUT, kMostSeconds);
  curl_easy_setopt(it, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(it, CURLOPT_PROXY, "");
  curl_easy_setopt(it, CURLOPT_WRITEFUNCTION, &ignore);
  curl_easy_setopt(it, CURLOPT_WRITEDATA, &seen);
  curl_easy_setopt(it, CURLOPT_ERRORBUFFER, error.data());
  if (!request.authority.empty()) {
    curl_blob authority{.data = const_cast<char*>(request.authority.data()),
                        .len = request.authority.size(),
                        .flags = CURL_BLOB_COPY};
    curl_easy_setopt(it, CURLOPT_CAINFO_BLOB, &authority);
  }
  const CURLcode done = curl_easy_perform(it);
  if (done != CURLE_OK) {
    return {.status = 0, .error = error[0] != 0 ? error.data() : curl_easy_strerror(done)};
  }
  long status = 0;
  curl_easy_getinfo(it, CURLINFO_RESPONSE_CODE, &status);
  return {.status = static_cast<int>(status), .error = {}};
}

}  // namespace cistern::lab
