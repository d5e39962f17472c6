// The sentences of this connector that belong to no answer of the vendor.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "connectors/microsoft_365/window_plan.hpp"
#include "connectors/microsoft_365/wire.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::microsoft_365::messages {

Failure tenant_mismatch(std::string_view configured, std::string_view of_token);
Failure audience_mismatch(std::string_view wanted, std::string_view of_token);
/// `roles` is what the token holds instead; nothing at all and the retired role alone have words of
/// their own.
Failure role_missing(std::string_view role, const std::vector<std::string>& roles);
/// DLP.All is not collected because its role is missing and nobody asked for it by name.
Failure dlp_left_out();

/// A webhook that somebody registered for our application does not work.
Failure webhook_broken(std::string_view content_types, std::string_view status);
/// Ours, by the reason for which nothing is told any more.
Failure webhook_refused(std::string_view content_types, std::string_view address,
                        std::string_view vendor_words);
Failure webhook_disabled(std::string_view content_types, std::string_view address);
Failure webhook_expired(std::string_view content_types, std::string_view address);
Failure webhook_missing(std::string_view content_types, std::string_view address);
/// Registered and enabled, and nobody calls.
Failure webhook_silent(std::string_view address);
/// The address cannot be listened on; polling goes on.
Failure webhook_not_listening(std::string_view address, const Failure& why);
/// Asked from this machine, the public address does not answer as cistern does.
Failure webhook_unreachable(std::string_view address, std::string_view seen);
/// The end of the trouble with this code.
Failure webhook_works(std::string_view code);

/// Everything works, and nothing has been made available in the last 24 hours.
Failure no_content();
/// The end of no_content().
Failure content_came();
Failure certificate_expires_soon(TimePoint valid_until, TimePoint now);

Failure clock_skew(Duration ahead);
Failure clock_right();

Failure foreign_link(std::string_view content_type, std::string_view host, std::string_view ours);
Failure unreadable_items(std::string_view content_type, std::size_t count);
Failure paging_loop(std::string_view content_type, const Interval& window, std::size_t pages);

Failure window_lost(std::string_view content_type, const Interval& window);
Failure blob_lost(std::string_view content_type, const BlobRef& blob, std::string_view reason);
Failure blobs_lost(std::string_view content_type, std::size_t count, const Interval& between);
/// The store lost `count` contents (0: it is not known which), which are asked for again.
Failure asked_again(std::string_view content_type, std::size_t count);
/// The end of asked_again().
Failure all_asked_again();
Failure blob_too_large(std::string_view content_type, const BlobRef& blob, std::uint64_t limit);
Failure blob_unfinished(std::string_view content_type, const BlobRef& blob);
Failure other_tenant(std::string_view before, std::string_view now);

}  // namespace cistern::connectors::microsoft_365::messages
