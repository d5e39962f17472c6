// What a file of the Falcon SIEM Connector asks for, in cistern's words. Pure values.
#pragma once

#include "base/secret.hpp"
#include "codec/ini.hpp"
#include "connectors/crowdstrike_falcon/siem_connector/findings.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cistern::connectors::crowdstrike_falcon {

/// Where the reading begins when the store knows nothing of a feed.
struct StartOffsets {
  std::map<std::string, std::string> by_feed;  ///< Feed id or partition -> decimal offset.
  std::string start;                           ///< "oldest", "now" or a decimal offset.
};

struct ImportedConnector {
  std::string name;  ///< Of the connector and of what belongs to it.

  std::string cloud;      ///< "us-1"; empty when `api_url` is given.
  std::string api_url;    ///< "https://host" of a host that is no known cloud.
  std::string token_url;  ///< With `api_url`.
  std::string client_id;
  Secret client_secret;
  std::string app_id;
  std::string partition;  ///< Empty: all.
  std::string proxy;
  std::string proxy_user;
  Secret proxy_password;
  std::uint64_t connect_seconds = 10;
  std::vector<std::string> event_types;          ///< Only these; empty: all.
  std::vector<std::string> exclude_event_types;  ///< But these.
  StartOffsets offsets;
  std::string offset_path;

  bool json = false;          ///< Pretty printed JSON; otherwise lines made by `template_text`.
  std::string file_path;      ///< Empty: no file; "-": standard output.
  std::string syslog;         ///< "udp://host:514"; empty: none.
  std::string template_text;  ///< A template file; empty with `json`.
  std::uint64_t rotate_megabytes = 0;  ///< 0: never.
  std::uint64_t keep_files = 0;        ///< 0: all.
  std::uint64_t keep_days = 0;         ///< 0: for ever.
  /// Texts that stand before an offset in the old output, to find the highest one.
  std::vector<std::string> offset_marks;
};

struct ImportResult {
  ImportedConnector connector;
  std::vector<Finding> findings;
};

/// What the user decides about a conversion.
struct ImportRequest {
  std::string name;  ///< Of the connector.
  /// Of codec::template_choices(), by name; `zone` is `local` when it is not given.
  std::map<std::string, std::string> choices;
};

/// Converts one file. Everything that is not carried over, or differently, is a finding; the secret
/// appears nowhere but in the result's secrets.
ImportResult import_connector(const codec::IniFile& file, const ImportRequest& request);

/// The [Template], [Sections] and mapping sections for the text output of the file.
std::string template_of(const codec::IniFile& file, const ImportRequest& request,
                        FindingList& findings);

}  // namespace cistern::connectors::crowdstrike_falcon
