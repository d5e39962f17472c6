#include "connectors/microsoft_365/options_webhook.hpp"

#include "base/bytes.hpp"
#include "base/http.hpp"
#include "net/safe_url.hpp"
#include "runtime/settings.hpp"

#include <array>
#include <utility>

namespace cistern::connectors::microsoft_365 {

namespace {

using config::Problem;

constexpr std::size_t kLeastAuthId = 16;
constexpr std::size_t kMostAuthId = 128;

constexpr std::array<std::string_view, 4> kOthers{"webhook_auth_id", "webhook_certificate",
                                                  "webhook_private_key",
                                                  "webhook_private_key_passphrase"};

void add(const config::Values& values, std::vector<Problem>& problems, std::string_view option,
         std::string what, std::string next_step) {
  Problem problem;
  problem.place = values.place(option);
  problem.what = std::move(what);
  problem.next_step = std::move(next_step);
  problems.push_back(std::move(problem));
}

/// "/o365" of "https://collector.example.com/o365"; "/" where there is none.
std::string path_of(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  const std::size_t slash = url.find('/', host);
  return slash == std::string_view::npos ? "/" : std::string(url.substr(slash));
}

bool is_public_address(const std::string& url) {
  const auto origin = url_origin(url);
  if (!origin || !origin->starts_with("https://") || url.size() > 2000) return false;
  for (const char c : url) {
    if (c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '%' || c == '\\') return false;
  }
  return true;
}

bool is_auth_id(std::string_view text) {
  if (text.size() < kLeastAuthId || text.size() > kMostAuthId) return false;
  for (const char c : text) {
    // It travels in a header.
    if (c <= ' ' || c >= 0x7f) return false;
  }
  return true;
}

std::string host_of(const runtime::ListenAddress& listen) {
  return listen.host.find(':') == std::string::npos ? listen.host : "[" + listen.host + "]";
}

void check_listen(const config::Values& values, std::vector<Problem>& problems) {
  const auto listen = runtime::parse_listen(values.text("webhook_listen"));
  if (!listen || listen->host.empty() || listen->port == 0) {
    return add(values, problems, "webhook_listen",
               "'webhook_listen' is not an address and port to listen on",
               "write it as 127.0.0.1:8443, 0.0.0.0:443 or [::1]:8443");
  }
  if (!values.boolean("webhook_behind_proxy")) return;
  if (net::is_loopback("http://" + host_of(*listen))) return;
  add(values, problems, "webhook_listen",
      "'webhook_listen' would take calls without TLS from other machines",
      "with `webhook_behind_proxy` write a loopback address, such as 127.0.0.1:8443");
}

void check_certificate(const config::Values& values, std::vector<Problem>& problems) {
  const bool certificate = values.has("webhook_certificate");
  const bool behind_proxy = values.boolean("webhook_behind_proxy");
  if (certificate && behind_proxy) {
    add(values, problems, "webhook_behind_proxy",
        "there are both 'webhook_certificate' and 'webhook_behind_proxy'",
        "remove one: behind a reverse proxy it is the proxy that shows the certificate");
  } else if (!certificate && !behind_proxy) {
    add(values, problems, "webhook_url",
        "there is neither 'webhook_certificate' nor 'webhook_behind_proxy'",
        "Microsoft calls https addresses only: give the certificate for the name in 'webhook_url', "
        "or set `webhook_behind_proxy: true` if a reverse proxy shows it");
  }
}

Result<net::ServerCertificate> read_certificate(const config::Values& values,
                                                const ReadFile& read_file) {
  net::ServerCertificate out;
  auto certificate = read_file(values.text("webhook_certificate"));
  if (!certificate) return fail(certificate.error());
  out.certificate_pem = std::move(*certificate);
  auto key = values.has("webhook_private_key") ? read_file(values.text("webhook_private_key"))
                                               : Result<std::string>{out.certificate_pem};
  if (!key) return fail(key.error());
  out.private_key_pem = Secret{std::move(*key)};
  if (values.has("webhook_private_key_passphrase"))
    out.passphrase = values.secret("webhook_private_key_passphrase");
  return out;
}

}  // namespace

void check_webhook(const config::Values& values, std::vector<Problem>& problems) {
  if (!values.has("webhook_url")) {
    for (const std::string_view option : kOthers) {
      if (!values.has(option)) continue;
      add(values, problems, option, "there is '" + std::string(option) + "' without 'webhook_url'",
          "add the public address as 'webhook_url', or remove this option");
    }
    return;
  }
  if (!is_public_address(values.text("webhook_url"))) {
    add(values, problems, "webhook_url",
        "'webhook_url' is not an address of the form https://host/path",
        "write the https address that Microsoft can reach, without query or escapes");
  }
  if (!values.has("webhook_auth_id")) {
    add(values, problems, "webhook_url", "there is no 'webhook_auth_id'",
        "make one with `openssl rand -hex 24` and give it as ${file:...} or ${credential:...}");
  }
  check_listen(values, problems);
  check_certificate(values, problems);
}

Result<WebhookSettings> make_webhook(const config::Values& values, const ReadFile& read_file) {
  const auto listen = runtime::parse_listen(values.text("webhook_listen"));
  if (!listen) return fail(listen.error());
  WebhookSettings out;
  out.registered.address = values.text("webhook_url");
  if (values.has("webhook_auth_id")) out.registered.auth_id = values.secret("webhook_auth_id");
  out.registered.lifetime = values.duration("webhook_lifetime");
  out.receiver.address = listen->host;
  out.receiver.port = listen->port;
  out.receiver.path = path_of(out.registered.address);
  out.receiver.auth_id = out.registered.auth_id;
  if (values.boolean("webhook_behind_proxy")) return out;
  // A file that cannot be read just now must not keep the connector from polling.
  auto certificate = read_certificate(values, read_file);
  if (certificate) {
    out.receiver.certificate = std::move(*certificate);
  } else {
    out.receiver.unusable = certificate.error();
  }
  return out;
}

Status verify_webhook(const config::Values& values, const ReadFile& read_file, TimePoint now) {
  const auto webhook = make_webhook(values, read_file);
  if (!webhook) return fail(webhook.error());
  if (!webhook->registered.auth_id.use(is_auth_id)) {
    return fail_stop("microsoft_365/webhook-auth-id",
                     "`webhook_auth_id` is not a text of 16 to 128 printable characters without "
                     "blanks",
                     "make one with `openssl rand -hex 24`");
  }
  if (webhook->receiver.unusable) return fail(*webhook->receiver.unusable);
  if (!webhook->receiver.certificate) return {};
  return net::check_server_certificate(*webhook->receiver.certificate, now);
}

}  // namespace cistern::connectors::microsoft_365
