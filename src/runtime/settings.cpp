#include "runtime/settings.hpp"

#include <array>
#include <charconv>

namespace cistern::runtime {
namespace {

using config::Option;
using config::OptionType;
using config::Reload;

constexpr std::int64_t kMiB = 1LL << 20;

constexpr std::array kLogFormats = {std::string_view{"auto"}, std::string_view{"human"},
                                    std::string_view{"json"}};
constexpr std::array kLogLevels = {std::string_view{"debug"}, std::string_view{"info"},
                                   std::string_view{"warning"}, std::string_view{"error"}};

constexpr std::array kStoreOptions = {
    Option{.name = "path",
           .type = OptionType::path,
           .required = true,
           .example = "/var/lib/cistern",
           .text = "Folder of the store; it is made when it is missing, and holds the only copy of "
                   "events that are not delivered yet.",
           .reload = Reload::restart},
    Option{.name = "keep",
           .type = OptionType::duration,
           .fallback = "30d",
           .example = "90d",
           .text = "How long events stay after every destination has read them; unread events are "
                   "never removed by age.",
           .least = 3600,
           .reload = Reload::restart},
    Option{
        .name = "max_size",
        .type = OptionType::size,
        .fallback = "100GiB",
        .example = "500GiB",
        .text =
            "Most disk space of the store in bytes; when it is reached and nothing read can "
            "be removed, connectors pause until there is room. What is pushed to cistern may use "
            "a tenth more.",
        .least = 64 * kMiB,
        .reload = Reload::restart},
    Option{.name = "segment_size",
           .type = OptionType::size,
           .fallback = "256MiB",
           .example = "64MiB",
           .text = "A new file of the store begins at about this size in bytes; whole files are "
                   "removed, so smaller ones free disk space in finer steps.",
           .least = kMiB,
           .most = 4096 * kMiB,
           .reload = Reload::restart},
    Option{.name = "memory",
           .type = OptionType::size,
           .fallback = "64MiB",
           .example = "512MiB",
           .text = "Most bytes of vendors' answers that are in memory on their way into the store, "
                   "of all connectors together; at the bound requests wait, so a larger one only "
                   "helps where many connectors catch up at once.",
           .least = 16 * kMiB,
           .most = 64 * 1024 * kMiB,
           .reload = Reload::restart},
};

constexpr std::array kTelemetryOptions = {
    Option{.name = "listen",
           .type = OptionType::text,
           .fallback = "127.0.0.1:9477",
           .example = "127.0.0.1:9477",
           .text = "Address and port where /metrics (Prometheus) and /healthz are served without a "
                   "password, or `off`; keep it on a loopback address.",
           .reload = Reload::restart},
    Option{.name = "log_format",
           .type = OptionType::choice,
           .fallback = "auto",
           .example = "json",
           .text = "Log lines for people (`human`) or one JSON object a line (`json`); `auto` "
                   "writes for people on a terminal and JSON otherwise.",
           .choices = kLogFormats,
           .reload = Reload::restart},
    Option{.name = "log_level",
           .type = OptionType::choice,
           .fallback = "info",
           .example = "debug",
           .text = "The least important log lines that are still written.",
           .choices = kLogLevels,
           .reload = Reload::restart},
    Option{.name = "heartbeat",
           .type = OptionType::duration,
           .fallback = "0",
           .example = "1m",
           .text = "How often a line says in the log that the program runs, what it stored and "
                   "what it delivered, for those who watch a log for silence; 0: never.",
           .least = 0,
           .reload = Reload::restart},
};

constexpr std::array kConnectorOptions = {
    Option{.name = "enabled",
           .type = OptionType::boolean,
           .fallback = "true",
           .example = "false",
           .text = "With `false` the connector reads nothing; its position is kept, and it goes on "
                   "from there when enabled again, as far as the vendor still has the events."},
};

constexpr std::array kDestinationOptions = {
    Option{.name = "connectors",
           .type = OptionType::list,
           .example = "[contoso-audit]",
           .text = "Names of the connectors whose events go to this destination; all of them when "
                   "nothing is named."},
    Option{.name = "start",
           .type = OptionType::text,
           .fallback = "now",
           .example = "oldest",
           .text = "Where a destination begins that never ran before: `now`, `oldest` (everything "
                   "in the store), or a duration back from now such as `24h`; later it always "
                   "goes on where it was."},
    Option{.name = "batch_size",
           .type = OptionType::size,
           .fallback = "1MiB",
           .example = "4MiB",
           .text = "About how many bytes are delivered at once; larger batches are faster, and "
                   "more is repeated after a crash where a destination cannot recognise repeats.",
           .least = 4096,
           .most = 64 * kMiB},
};

}  // namespace

std::span<const Option> store_options() {
  return kStoreOptions;
}
std::span<const Option> telemetry_options() {
  return kTelemetryOptions;
}
std::span<const Option> common_connector_options() {
  return kConnectorOptions;
}
std::span<const Option> common_destination_options() {
  return kDestinationOptions;
}

journal::JournalOptions journal_options(const config::Values& store) {
  journal::JournalOptions options;
  options.path = store.text("path");
  options.keep = store.duration("keep");
  options.max_size = store.size("max_size");
  options.segment_size = store.size("segment_size");
  return options;
}

DeliveryOptions delivery_options(const std::string& name, const config::Values& values) {
  DeliveryOptions options;
  options.destination = name;
  if (values.has("connectors")) {
    const auto& connectors = values.list("connectors");
    options.connectors.insert(connectors.begin(), connectors.end());
  }
  options.start = values.text("start");
  options.batch_bytes = values.size("batch_size");
  return options;
}

Result<ListenAddress> parse_listen(std::string_view text) {
  if (text == "off") return ListenAddress{};
  const auto bad = [&] {
    return fail_stop("config/listen", "'" + std::string{text} + "' is not an address to listen on",
                     "write address:port, such as 127.0.0.1:9477, or off");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return bad();
  if (host.empty()) return bad();
  return ListenAddress{.host = std::string{host}, .port = port};
}

}  // namespace cistern::runtime
