// Decisions of the doctor about the webhook: what the vendor says of it, and whether its address
// answers. Pure.
#pragma once

#include "connectors/microsoft_365/doctor_facts.hpp"

namespace cistern::connectors::microsoft_365::doctor {

/// From the subscriptions that were listed: registered, enabled, and until when.
runtime::ProbeResult webhook_registered(const Examination& at);
/// `answer` is that of the public address to a notification of nothing, with our AuthID.
runtime::ProbeResult webhook_answers(const Examination& at, const Answer& answer);

}  // namespace cistern::connectors::microsoft_365::doctor
