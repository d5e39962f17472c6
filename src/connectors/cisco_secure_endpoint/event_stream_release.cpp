#include "connectors/cisco_secure_endpoint/event_stream_release.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "connectors/cisco_secure_endpoint/error_table.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_place.hpp"
#include "connectors/cisco_secure_endpoint/event_stream_wire.hpp"
#include "connectors/cisco_secure_endpoint/wire.hpp"

#include <utility>

#include <boost/json.hpp>

namespace cistern::connectors::cisco_secure_endpoint {
namespace {

namespace json = boost::json;

constexpr int kNotFound = 404;

std::string words_of(const KnownStream& stream) {
  return "event stream " + std::to_string(stream.id) + " '" + stream.name + "' at " +
         stream.api_url;
}

std::string by_hand(const KnownStream& stream) {
  return "repeat the command when that is over; or delete it yourself (DELETE " + stream.api_url +
         "/v1/event_streams/" + std::to_string(stream.id) +
         " with a Read & Write key) and repeat the command with --leave-at-vendor";
}

net::HttpClientOptions client_options(const ReleaseKeys& keys) {
  net::HttpClientOptions out;
  out.ca_file = keys.ca_file;
  out.proxy = keys.proxy;
  out.proxy_user = keys.proxy_user;
  out.proxy_password = keys.proxy_password;
  return out;
}

std::string basic(const ReleaseKeys& keys) {
  return keys.api_key.use([&](std::string_view key) {
    return "Basic " + base64_encode(std::string{keys.client_id}.append(":").append(key));
  });
}

/// One request, answered or not.
class Release {
 public:
  Release(KnownStream stream, const ReleaseKeys& keys, runtime::ReleaseContext context)
      : stream_(std::move(stream)),
        context_(std::move(context)),
        http_(net::make_http_client(context_.loop, client_options(keys))) {
    HttpRequest request = delete_stream_request(stream_.api_url, stream_.id);
    request.headers.push_back({"Authorization", basic(keys)});
    request.sensitive = true;
    http_->send(std::move(request), [this](Result<HttpResponse> response) { answered(response); });
  }

 private:
  void answered(const Result<HttpResponse>& response) {
    if (!response) return failed(response.error());
    if (response->status == kNotFound) {
      context_.note(words_of(stream_) + " was gone already");
      return context_.finished({});
    }
    if (response->status >= 200 && response->status <= 299) {
      context_.note(words_of(stream_) + " is removed");
      return context_.finished({});
    }
    failed(to_failure(row_of(response->status), read_error(*response), "the event stream"));
  }

  void failed(const Failure& failure) {
    context_.finished(fail_stop("cisco_secure_endpoint/stream-not-removed",
                                words_of(stream_) + " could not be removed: " + failure.cause,
                                by_hand(stream_)));
  }

  const KnownStream stream_;
  runtime::ReleaseContext context_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace

Secret make_release_keys(const ReleaseKeys& keys) {
  std::string out;
  codec::JsonWriter writer(out);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && is_utf8(value)) writer.key(name).string(value);
  };
  writer.begin_object();
  text("client_id", keys.client_id);
  keys.api_key.use([&](std::string_view key) { text("api_key", key); });
  text("ca_file", keys.ca_file);
  text("proxy", keys.proxy);
  text("proxy_user", keys.proxy_user);
  keys.proxy_password.use([&](std::string_view word) { text("proxy_password", word); });
  writer.end_object();
  return Secret{std::move(out)};
}

Result<ReleaseKeys> read_release_keys(const Secret& text) {
  boost::system::error_code error;
  const auto value = text.use([&](std::string_view whole) { return json::parse(whole, error); });
  if (error || !value.is_object()) {
    return fail_stop("cisco_secure_endpoint/stream-keys",
                     "the position holds no keys to remove the event stream with",
                     "delete the stream yourself, and repeat the command with --leave-at-vendor");
  }
  const auto string = [&](const char* name) {
    const auto* found = value.get_object().if_contains(name);
    return found != nullptr && found->is_string() ? std::string{found->get_string()}
                                                  : std::string{};
  };
  return ReleaseKeys{.client_id = string("client_id"),
                     .api_key = Secret{string("api_key")},
                     .ca_file = string("ca_file"),
                     .proxy = string("proxy"),
                     .proxy_user = string("proxy_user"),
                     .proxy_password = Secret{string("proxy_password")}};
}

std::string event_stream_left_behind(const Position& position) {
  const auto place = read_stream_place(position);
  return place.stream ? words_of(*place.stream) : std::string{};
}

std::shared_ptr<void> start_event_stream_release(runtime::ReleaseContext context) {
  auto place = read_stream_place(context.position);
  const auto done = [&](Status status) -> std::shared_ptr<void> {
    context.loop.post(
        [finished = context.finished, status = std::move(status)] { finished(status); });
    return nullptr;
  };
  if (!place.stream) return done({});
  const auto opened = context.sealer.unseal(keys_name(*place.stream), place.keys);
  if (!opened) {
    return done(
        fail_stop(opened.error().code,
                  words_of(*place.stream) +
                      " cannot be removed, because its keys do not open: " + opened.error().cause,
                  opened.error().next_step + "; or " + by_hand(*place.stream)));
  }
  const auto keys = read_release_keys(*opened);
  if (!keys) return done(fail(keys.error()));
  return std::make_shared<Release>(std::move(*place.stream), *keys, std::move(context));
}

}  // namespace cistern::connectors::cisco_secure_endpoint
