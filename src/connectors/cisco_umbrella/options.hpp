// The options of a cisco_umbrella connector, as data, and what they mean together.
#pragma once

#include "base/secret.hpp"
#include "config/options.hpp"
#include "connectors/cisco_umbrella/machine.hpp"
#include "net/aws/aws_authorizer.hpp"
#include "net/http_client.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

std::span<const config::Option> option_table();

/// Checks that concern several options, and forms that a type cannot express.
void check_options(const config::Values& values, std::vector<config::Problem>& problems);

/// A data path as the dashboard shows it, or as people paste it, taken apart.
struct DataPath {
  std::string bucket;
  std::string folder;  ///< Without slashes at its ends.
  /// A known log folder at its end, and what follows: pasted by mistake, no part of `folder`.
  std::string log;
};

/// Takes blanks, quotes, `s3://`, `arn:aws:s3:::`, an https address of S3 and slashes off. Nothing
/// where no bucket is left.
std::optional<DataPath> parse_data_path(std::string_view text);

/// The region in the name of a Cisco-managed bucket: `cisco-managed-eu-west-1`.
std::optional<std::string> managed_region(std::string_view bucket);

/// Everything that an instance is made of.
struct Settings {
  MachineOptions machine;
  net::AwsCredentials credentials;
  net::HttpClientOptions http;

  /// Where the credentials may go, to begin with.
  [[nodiscard]] std::vector<codec::aws::SigningScope> scopes() const;
};

/// Fails when the values cannot work together: no region, an endpoint that is none.
Result<Settings> make_settings(const config::Values& values);

using ReadFile = std::function<Result<std::string>(const std::string& path)>;

/// Whether the secret has its form, and the bundle of authorities holds a certificate.
Status verify_files(const config::Values& values, const ReadFile& read_file);

/// "bucket contoso-umbrella, dnslogs": two connectors with a word in common read the same.
std::vector<std::string> what_is_read(const config::Values& values);

/// Whether the position is one of the same bucket and folder.
bool continues_position(const config::Values& values, const Position& position);

}  // namespace cistern::connectors::cisco_umbrella
