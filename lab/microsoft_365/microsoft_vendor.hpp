// Microsoft 365 in the lab's table of vendors: the login host and the Management Activity API.
#pragma once

#include "lab/entra/crypto.hpp"
#include "lab/entra/directory.hpp"
#include "lab/entra/token_service.hpp"
#include "lab/microsoft_365/activity_api.hpp"
#include "lab/microsoft_365/blob_store.hpp"
#include "lab/microsoft_365/generator.hpp"
#include "lab/microsoft_365/timeline.hpp"
#include "lab/vendor.hpp"

namespace cistern::lab {

class MicrosoftVendor final : public Vendor {
 public:
  MicrosoftVendor(const VendorContext& context, Key signing_key);

  [[nodiscard]] std::string_view name() const override { return kMicrosoftVendor; }
  [[nodiscard]] std::string_view switches() const override { return {}; }
  /// Everything: what is no API call is one to the login host.
  [[nodiscard]] bool serves(const Request&) const override { return true; }
  [[nodiscard]] RequestFacts facts_of(const Request& request) const override;
  Response answer(const Request& request, const RequestFacts& facts) override;
  [[nodiscard]] Response refusal(const Request& request, const RequestFacts& facts,
                                 const Fault& fault) const override;
  [[nodiscard]] std::optional<Fault> draw_fault(FaultProfile profile, const RequestFacts& facts,
                                                Dice& dice) const override;
  Status change(std::string_view json) override;
  [[nodiscard]] std::string status_json() const override { return "{}"; }
  std::optional<Response> control(const Request& request) override;
  void add_status(codec::JsonWriter& writer) const override;
  void save(LabState& state) const override;
  Status restore(const LabState& state) override;
  void freeze() override { activity_.freeze(); }

  [[nodiscard]] Directory& directory() { return directory_; }
  [[nodiscard]] const ActivityApi& activity() const { return activity_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const Generator& generator() const { return generator_; }

 private:
  Response login(const Request& request, const RequestFacts& facts);

  const Clock& clock_;
  const std::function<Status()> keep_;
  Directory directory_;
  TokenService tokens_;
  const Timeline timeline_;
  const Generator generator_;
  BlobStore blobs_;
  ActivityApi activity_;
};

}  // namespace cistern::lab
