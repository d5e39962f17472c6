#include "destinations/file/file_destination.hpp"

#include "destinations/file/file_settings.hpp"
#include "destinations/file/file_writer.hpp"
#include "destinations/file/standard_output.hpp"

#include <unistd.h>

namespace cistern::destinations {
namespace {

Result<std::unique_ptr<runtime::Destination>> make(const config::Values& values,
                                                   const runtime::DestinationContext& context) {
  FileSettings settings = file_settings(values);
  if (is_standard_output(settings.path)) {
    return make_stream_destination(STDOUT_FILENO, settings.compression);
  }
  return std::unique_ptr<runtime::Destination>(
      std::make_unique<FileDestination>(std::move(settings), context, make_system_platform()));
}

}  // namespace

runtime::DestinationType file_destination_type() {
  return {.name = "file",
          .summary = "Files of one event a line, exactly once, or standard output for pipes.",
          .options = file_options(),
          .check = check_file_options,
          .make = make};
}

}  // namespace cistern::destinations
