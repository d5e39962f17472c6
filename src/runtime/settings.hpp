// The options of the file that belong to no single component: store, telemetry, and what every
// connector and every destination understands.
#pragma once

#include "config/options.hpp"
#include "journal/journal.hpp"
#include "runtime/destination.hpp"

#include <span>
#include <string>

namespace cistern::runtime {

std::span<const config::Option> store_options();
std::span<const config::Option> telemetry_options();
std::span<const config::Option> common_connector_options();
std::span<const config::Option> common_destination_options();

/// What the values below `store:` mean for the journal.
journal::JournalOptions journal_options(const config::Values& store);

/// What a destination's common values mean for its delivery.
DeliveryOptions delivery_options(const std::string& name, const config::Values& values);

/// An address to listen on.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
};

/// "127.0.0.1:9477", "[::1]:9477"; "off" gives a port of 0 and an empty host. Fails with
/// "config/listen" on anything else.
Result<ListenAddress> parse_listen(std::string_view text);

}  // namespace cistern::runtime
