// The export as one bucket shows it: below the customer's folder, or at the root of his own.
#pragma once

#include "lab/aws/s3_server.hpp"
#include "lab/cisco_umbrella/export_index.hpp"
#include "lab/cisco_umbrella/object_maker.hpp"
#include "lab/cisco_umbrella/umbrella_demand.hpp"

#include <functional>
#include <map>
#include <string>

namespace cistern::lab {

struct UmbrellaBucketOptions {
  std::string name;
  std::string folder;  ///< With its slash, or empty.
  /// Objects of others in the same bucket: texts by their keys.
  std::map<std::string, std::string, std::less<>> strangers;
  bool some_encoded = false;  ///< Some objects say Content-Encoding: gzip.
};

/// Safe to call from any thread.
class UmbrellaBucket final : public S3Bucket {
 public:
  UmbrellaBucket(UmbrellaBucketOptions options, ExportIndex& index, ObjectMaker& maker,
                 UmbrellaDemand& demand, std::function<TimePoint()> now)
      : options_(std::move(options)),
        index_(index),
        maker_(maker),
        demand_(demand),
        now_(std::move(now)) {}

  [[nodiscard]] std::optional<std::string> next_key(std::string_view after,
                                                    std::string_view prefix) const override;
  std::optional<S3Object> describe(const std::string& key) override;
  std::optional<S3Body> read(const std::string& key) override;
  [[nodiscard]] const std::string& folder() const { return options_.folder; }

 private:
  [[nodiscard]] std::optional<std::string> next_stranger(std::string_view after,
                                                         std::string_view prefix) const;
  [[nodiscard]] std::optional<std::string> next_object(std::string_view after,
                                                       std::string_view prefix) const;

  const UmbrellaBucketOptions options_;
  ExportIndex& index_;
  ObjectMaker& maker_;
  UmbrellaDemand& demand_;
  const std::function<TimePoint()> now_;
};

}  // namespace cistern::lab
