// What the doctor's probes know and conclude: values only.
#pragma once

#include "codec/aws/aws_error.hpp"
#include "codec/aws/error_table.hpp"
#include "connectors/cisco_umbrella/options.hpp"
#include "runtime/connector.hpp"
#include "runtime/doctor/probe_runner.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_umbrella {

/// One connector under examination, and what earlier probes found out.
struct Examination {
  Result<Settings> settings;
  TimePoint now{};
  std::optional<Duration> clock_ahead = {};  ///< Of this machine before the vendor.
  std::string told_region = {};              ///< Where the bucket is, by its own word.
  /// The refusal of the signed listing, if it was one.
  std::optional<codec::aws::AwsError> error = {};
  std::optional<codec::aws::Remedy> remedy = {};
  std::optional<Failure> refusal = {};
  std::vector<std::string> logs = {};    ///< Folders found.
  std::vector<std::string> others = {};  ///< Folders that are no logs.
  std::string newest = {};               ///< Key of the newest object found.
};

using Answer = Result<HttpResponse>;

namespace doctor {

runtime::ProbeResult configuration(Examination& at);
runtime::ProbeResult bucket_host(Examination& at, const Answer& answer);
runtime::ProbeResult clock(Examination& at);
runtime::ProbeResult region(Examination& at, const Answer& answer);
runtime::ProbeResult access_key(Examination& at);
runtime::ProbeResult data_path(Examination& at);
runtime::ProbeResult logs(Examination& at);
runtime::ProbeResult key_age(Examination& at);
runtime::ProbeResult newest_objects(Examination& at, const Answer* answer);
runtime::ProbeResult reading(Examination& at, const Answer* answer);
runtime::ProbeResult queue(Examination& at, const Answer* answer);

/// The log whose newest objects are looked at: the one that never sleeps, if it is there.
std::optional<std::string> log_to_look_at(const Examination& at);

}  // namespace doctor

}  // namespace cistern::connectors::cisco_umbrella
