// A planted fault from its JSON.
#include "lab/harness/faults.hpp"

#include <algorithm>
#include <array>

#include <boost/json.hpp>

namespace cistern::lab {

namespace json = boost::json;

namespace {

constexpr std::array kKinds = {
    FaultKind::error, FaultKind::html,     FaultKind::wrong_type, FaultKind::empty,
    FaultKind::text,  FaultKind::delay,    FaultKind::cut,        FaultKind::reset,
    FaultKind::slow,  FaultKind::oversize, FaultKind::bomb,       FaultKind::foreign_next,
    FaultKind::deep,  FaultKind::headers,  FaultKind::echo,       FaultKind::end};

// Both are held in memory while they are sent.
constexpr std::uint64_t kMostLines = 2'000'000;
constexpr std::uint64_t kDeepest = 64ULL << 20;

tl::unexpected<Failure> refused(const std::string& why) {
  return fail_stop("lab/bad-fault", "the fault was not planted: " + why,
                   "send {\"kind\":\"cut\",\"match\":{\"operation\":\"blob\"},\"count\":1}; the "
                   "members are listed in lab/README.md");
}

std::optional<std::uint64_t> whole_number(const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<std::uint64_t>(error);
  if (error) return std::nullopt;
  return number;
}

std::optional<std::string> text_of(const json::value& value) {
  if (!value.is_string()) return std::nullopt;
  return std::string(value.get_string());
}

bool set_kind(Fault& fault, const json::value& value) {
  const auto name = text_of(value);
  const auto* const found = std::find_if(kKinds.begin(), kKinds.end(), [&](FaultKind kind) {
    return name && to_string(kind) == *name;
  });
  if (found == kKinds.end()) return false;
  fault.kind = *found;
  return true;
}

bool set_number(std::uint64_t& target, const json::value& value) {
  const auto number = whole_number(value);
  if (number) target = *number;
  return number.has_value();
}

bool set_text(std::string& target, const json::value& value) {
  auto text = text_of(value);
  if (text) target = std::move(*text);
  return text.has_value();
}

bool set_fault_member(Fault& fault, std::string_view name, const json::value& value) {
  std::uint64_t number = 0;
  if (name == "kind") return set_kind(fault, value);
  if (name == "code") return set_text(fault.code, value);
  if (name == "body") return set_text(fault.body, value);
  if (name == "bytes") return set_number(fault.bytes, value);
  if (name == "lines") return set_number(fault.lines, value) && fault.lines <= kMostLines;
  if (name == "bytes_per_second") return set_number(fault.bytes_per_second, value);
  if (name == "chunked") {
    fault.chunked = value.is_bool() && value.get_bool();
    return value.is_bool();
  }
  if (!set_number(number, value)) return false;
  if (name == "status" && number >= 200 && number < 600) {
    fault.status = static_cast<int>(number);
  } else if (name == "delay_ms" && number <= 3'600'000) {
    fault.delay = std::chrono::milliseconds{number};
  } else if (name == "retry_after") {
    fault.retry_after = number;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<FaultPlan::Planted> FaultPlan::parse(std::string_view text, Duration now) {
  json::error_code error;
  const auto root = json::parse(text, error);
  if (error || !root.is_object()) return refused("it is not a JSON object");
  Planted planted;
  std::optional<Duration> lasts;
  if (!root.get_object().contains("kind")) return refused("it names no kind");
  for (const auto& [name, value] : root.get_object()) {
    bool known = true;
    std::uint64_t number = 0;
    if (name == "count") {
      known = set_number(planted.left, value);
    } else if (name == "skip") {
      known = set_number(planted.skip, value);
    } else if (name == "seconds") {
      known = set_number(number, value) && number <= 31'000'000;
      lasts = std::chrono::seconds{known ? number : 0};
    } else if (name == "match" && value.is_object()) {
      for (const auto& [part, wanted] : value.get_object()) {
        if (part == "path") {
          known = known && set_text(planted.path, wanted);
        } else if (part == "vendor") {
          known = known && set_text(planted.match.vendor, wanted);
        } else if (part == "operation") {
          known = known && set_text(planted.match.operation, wanted);
        } else if (part == "tenant") {
          known = known && set_text(planted.match.tenant, wanted);
        } else if (part == "content_type") {
          known = known && set_text(planted.match.content_type, wanted);
        } else {
          known = false;
        }
      }
    } else {
      known = set_fault_member(planted.fault, name, value);
    }
    if (!known) return refused("'" + std::string(name) + "' is unknown or has no fitting value");
  }
  if (lasts) planted.until = now + *lasts;
  if (planted.fault.kind == FaultKind::slow && planted.fault.bytes_per_second == 0) {
    return refused("a slow answer needs bytes_per_second");
  }
  if ((planted.fault.kind == FaultKind::oversize || planted.fault.kind == FaultKind::bomb) &&
      planted.fault.bytes == 0) {
    return refused("an oversize answer needs bytes");
  }
  if (planted.fault.kind == FaultKind::deep &&
      (planted.fault.bytes == 0 || planted.fault.bytes > kDeepest)) {
    return refused("a deep answer needs bytes, at most 64 MiB");
  }
  if (planted.fault.kind == FaultKind::headers && planted.fault.lines == 0) {
    return refused("an answer with many headers needs lines");
  }
  return planted;
}

}  // namespace cistern::lab
