#include "lab/cisco_duo/duo_api.hpp"
#include "lab/cisco_secure_endpoint/endpoint_api.hpp"
#include "lab/truth/record_verifier.hpp"
#include "lab/truth/umbrella_verifier.hpp"
#include "lab/truth/vendor_verifier.hpp"

namespace cistern::lab {

std::vector<std::unique_ptr<VendorVerifier>> make_vendor_verifiers(const VerifyOptions& options,
                                                                   Proof& proof) {
  std::vector<std::unique_ptr<VendorVerifier>> all;
  all.push_back(std::make_unique<UmbrellaVerifier>(options, proof));
  all.push_back(std::make_unique<RecordVerifier>(kDuoVendor, "Duo", duo_claim, options, proof));
  all.push_back(std::make_unique<RecordVerifier>(kEndpointVendor, "Secure Endpoint", endpoint_claim,
                                                 options, proof));
  return all;
}

}  // namespace cistern::lab
