// Decisions of the doctor about the audit feed itself: an answer becomes a conclusion. Pure, but
// for what they note in the facts.
#pragma once

#include "connectors/microsoft_365/doctor_facts.hpp"

namespace cistern::connectors::microsoft_365::doctor {

/// How far back content is looked for: the widest window that the vendor answers.
inline constexpr Duration kLookBack = std::chrono::hours{24};

/// Notes the subscriptions.
runtime::ProbeResult subscriptions(Examination& at, const Answer& answer);
/// Why the content of a type is not asked for; nothing when it is.
std::optional<std::string> content_left_aside(const Examination& at, std::string_view type);
/// Counts what became available of one content type.
runtime::ProbeResult content(Examination& at, std::string_view type, const Answer& answer);

/// The content type whose subscription is to be started to learn whether auditing is on; nothing
/// when that is known already, or when no start would be harmless.
///
/// Only a start says that auditing is off: lists are merely empty. It is harmless where `run` would
/// start as well (no subscription), and where one is enabled without a webhook (AF20024, nothing
/// changes); a start without a webhook would remove one that somebody registered.
std::optional<std::string> to_be_started(const Examination& at);
/// `answer` is that of the start, or null when none was asked for.
runtime::ProbeResult auditing(const Examination& at, const Answer* answer);

}  // namespace cistern::connectors::microsoft_365::doctor
