// Answers of Entra and of the Management Activity API, as the doctor's decisions meet them.
#pragma once

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "base/result.hpp"
#include "connectors/microsoft_365/fake_vendor.hpp"

#include <string>
#include <string_view>

namespace cistern::connectors::microsoft_365::test {

inline constexpr std::string_view kDate = "Tue, 10 Mar 2026 12:00:00 GMT";
inline constexpr std::string_view kCorrelation = "5c2e7a33-0000-4000-8000-000000000005";

inline HttpResponse reply(int status, std::string body) {
  HttpResponse out;
  out.status = status;
  out.headers = {{"Content-Type", "application/json"}, {"Date", std::string(kDate)}};
  out.body = std::move(body);
  return out;
}

inline HttpResponse entra(unsigned number, std::string_view error, int status = 400) {
  return reply(status, R"({"error":")" + std::string(error) + R"(","error_description":"AADSTS)" +
                           std::to_string(number) + R"(: In the vendor's words. Trace ID: x",)" +
                           R"("error_codes":[)" + std::to_string(number) + R"(],"timestamp":)" +
                           R"("2026-03-10 12:00:00Z","correlation_id":")" +
                           std::string(kCorrelation) + R"("})");
}

inline HttpResponse api(int status, std::string_view code,
                        std::string_view message = "In its words.") {
  return reply(status, R"({"error":{"code":")" + std::string(code) + R"(","message":")" +
                           std::string(message) + R"("}})");
}

inline HttpResponse auditing_off() {
  return api(400, "StartSubscription [CorrId=" + std::string(kCorrelation) + "] failed.",
             "Microsoft.Office.Compliance.Audit.DataServiceException: Tenant x does not exist.");
}

inline HttpResponse openid() {
  return reply(200, R"({"token_endpoint":"https://login/)" + std::string(kTenant) +
                        R"(/oauth2/v2.0/token"})");
}

inline std::string jwt(std::string_view tenant, std::string_view audience, std::string_view roles) {
  return base64url_encode("{}") + "." +
         base64url_encode(R"({"tid":")" + std::string(tenant) + R"(","aud":")" +
                          std::string(audience) + R"(","roles":[)" + std::string(roles) + "]}") +
         "." + base64url_encode("s");
}

inline HttpResponse token_answer(std::string_view roles) {
  return reply(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":")" +
                        jwt(kTenant, kManage, roles) + R"("})");
}

inline Failure network(std::string code) {
  return {.verdict = Verdict::retry,
          .code = std::move(code),
          .cause = "in the network's words",
          .consequence = "requests wait",
          .next_step = "mend the line"};
}

}  // namespace cistern::connectors::microsoft_365::test
