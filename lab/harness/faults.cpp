#include "lab/harness/faults.hpp"

#include "base/bytes.hpp"
#include "codec/json.hpp"
#include "lab/harness/zero_bomb.hpp"

#include <algorithm>

namespace cistern::lab {

namespace {

constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::end) + 1;

// Where a live body is cut when a fault does not say.
constexpr std::uint64_t kLiveBytes = 64 * 1024;

constexpr std::string_view kGatewayPage =
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

}  // namespace

std::optional<FaultProfile> fault_profile_from(std::string_view name) {
  if (name == "calm") return FaultProfile::calm;
  if (name == "ordinary") return FaultProfile::ordinary;
  if (name == "hostile") return FaultProfile::hostile;
  return std::nullopt;
}

std::string_view to_string(FaultKind kind) {
  switch (kind) {
    case FaultKind::error:
      return "error";
    case FaultKind::html:
      return "html";
    case FaultKind::wrong_type:
      return "wrong_type";
    case FaultKind::empty:
      return "empty";
    case FaultKind::text:
      return "text";
    case FaultKind::delay:
      return "delay";
    case FaultKind::cut:
      return "cut";
    case FaultKind::reset:
      return "reset";
    case FaultKind::slow:
      return "slow";
    case FaultKind::oversize:
      return "oversize";
    case FaultKind::bomb:
      return "bomb";
    case FaultKind::foreign_next:
      return "foreign_next";
    case FaultKind::deep:
      return "deep";
    case FaultKind::headers:
      return "headers";
    case FaultKind::echo:
      return "echo";
    case FaultKind::end:
      return "end";
  }
  return "";
}

FaultPlan::FaultPlan(FaultProfile profile, std::uint64_t seed, const Clock& clock)
    : profile_(profile), seed_(seed), clock_(clock), drawn_(kFaultKinds, 0) {}

std::optional<Fault> FaultPlan::decide(const Request& request, const RequestFacts& facts,
                                       const DrawFault& draw) {
  const std::lock_guard lock(mutex_);
  auto fault = take_planted(request, facts);
  if (!fault && profile_ != FaultProfile::calm) {
    Dice dice(key_of({seed_, 0xFA017, requests_++}));
    fault = draw(profile_, facts, dice);
  }
  if (fault) ++drawn_[static_cast<std::size_t>(fault->kind)];
  return fault;
}

bool FaultPlan::matches(const Planted& planted, const Request& request, const RequestFacts& facts) {
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || equal_ignoring_case(wanted, is);
  };
  return request.target.find(planted.path) != std::string::npos &&
         fits(planted.match.vendor, facts.vendor) &&
         fits(planted.match.operation, facts.operation) &&
         fits(planted.match.tenant, facts.tenant) &&
         fits(planted.match.content_type, facts.content_type);
}

std::optional<Fault> FaultPlan::take_planted(const Request& request, const RequestFacts& facts) {
  const auto now = clock_.steady();
  for (auto& planted : planted_) {
    const bool over = planted.until ? now >= *planted.until : planted.left == 0;
    if (over || !matches(planted, request, facts)) continue;
    if (planted.skip > 0) {
      --planted.skip;
      continue;
    }
    if (!planted.until) --planted.left;
    ++planted.fired;
    return planted.fault;
  }
  return std::nullopt;
}

void FaultPlan::clear() {
  const std::lock_guard lock(mutex_);
  planted_.clear();
}

Result<std::uint64_t> FaultPlan::plant(std::string_view json) {
  auto planted = parse(json, clock_.steady());
  if (!planted) return tl::unexpected(planted.error());
  const std::lock_guard lock(mutex_);
  if (planted_.size() >= 1000) {
    return fail_stop("lab/too-many-faults", "1000 faults are planted already",
                     "remove them with DELETE /lab/faults");
  }
  planted->id = next_id_++;
  planted_.push_back(std::move(*planted));
  return planted_.back().id;
}

std::string FaultPlan::to_json() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  codec::JsonWriter writer(out);
  writer.begin_object().key("planted").begin_array();
  for (const auto& planted : planted_) {
    writer.begin_object().key("id").number(planted.id);
    writer.key("kind").string(to_string(planted.fault.kind));
    writer.key("fired").number(planted.fired).key("left").number(planted.left).end_object();
  }
  writer.end_array().key("fired").begin_object();
  for (std::size_t kind = 0; kind < drawn_.size(); ++kind) {
    if (drawn_[kind] == 0) continue;
    writer.key(to_string(static_cast<FaultKind>(kind))).number(drawn_[kind]);
  }
  writer.end_object().end_object();
  return out;
}

std::optional<Response> answer_without_asking(const Fault& fault) {
  Response response;
  response.status = fault.status;
  if (fault.retry_after) {
    response.headers.push_back({"Retry-After", std::to_string(*fault.retry_after)});
  }
  response.delivery.chunked = fault.chunked;
  response.delivery.delay = fault.delay;
  switch (fault.kind) {
    case FaultKind::html:
      response.content_type = "text/html";
      response.body.text = std::make_shared<const std::string>(kGatewayPage);
      return response;
    case FaultKind::text:
      response.body.text = std::make_shared<const std::string>(fault.body);
      return response;
    case FaultKind::empty:
      return response;
    case FaultKind::reset:
      response.delivery.reset = true;
      return response;
    case FaultKind::oversize:
      response.status = 200;
      response.body.zeros = fault.bytes;
      return response;
    case FaultKind::deep:
      response.status = 200;
      response.body.text = std::make_shared<const std::string>(fault.bytes, '[');
      return response;
    case FaultKind::bomb:
      response.status = 200;
      response.gzipped = true;
      response.body.stream = zero_bomb(fault.bytes);
      return response;
    default:
      return std::nullopt;
  }
}

Response echo_of(const Fault& fault, const Request& request) {
  const auto credentials = std::string(request.header("Authorization").value_or(""));
  const auto told =
      request.method + " " + request.target + " Authorization: " + credentials + " " + request.body;
  // In each member from which a client may take its words.
  std::string body;
  codec::JsonWriter writer(body);
  writer.begin_object().key("error").begin_object();
  writer.key("code").string(told).key("message").string(told).end_object();
  writer.key("error_description").string(told).key("Message").string(told).end_object();
  return text_response(fault.status, std::move(body));
}

void spoil(const Fault& fault, Response& response) {
  response.delivery.delay = std::max(response.delivery.delay, fault.delay);
  response.delivery.chunked = fault.chunked;
  switch (fault.kind) {
    case FaultKind::wrong_type:
      response.content_type = "text/html";
      return;
    case FaultKind::end:
      response.delivery.end_after = fault.bytes > 0 ? fault.bytes : kLiveBytes;
      return;
    case FaultKind::cut: {
      if (response.body.live) {
        response.delivery.cut_after = fault.bytes > 0 ? fault.bytes : kLiveBytes;
        return;
      }
      const std::uint64_t size = response.text().size();
      response.delivery.cut_after = fault.bytes > 0 ? std::min(fault.bytes, size) : size / 2;
      return;
    }
    case FaultKind::headers:
      for (std::uint64_t line = 0; line < fault.lines; ++line)
        response.headers.push_back({"X-Filler-" + std::to_string(line), "0"});
      return;
    case FaultKind::slow:
      response.delivery.bytes_per_second = fault.bytes_per_second;
      return;
    case FaultKind::foreign_next:
      std::erase_if(response.headers, [](const Header& header) {
        return equal_ignoring_case(header.name, "NextPageUri");
      });
      response.headers.push_back(
          {"NextPageUri", "https://manage.office.com.collector.example/api/v1.0/next?nextPage=1"});
      return;
    default:
      return;
  }
}

}  // namespace cistern::lab
