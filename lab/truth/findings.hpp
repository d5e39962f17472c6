// What a verifier found, counted in the proof and listed up to a bound.
#pragma once

#include "lab/lab.hpp"

#include <string>
#include <utility>

namespace cistern::lab {

class Findings {
 public:
  explicit Findings(Proof& proof) : proof_(proof) {}

  void lost(const std::string& place, std::string id, std::string detail) {
    ++proof_.lost;
    list("lost", place, std::move(id), std::move(detail));
  }
  void repeated(const std::string& place, std::string id, std::uint64_t times) {
    ++proof_.repeated;
    list("repeated", place, std::move(id), "it is there " + std::to_string(times) + " times");
  }
  void altered(const std::string& place, std::string id, std::string detail) {
    ++proof_.altered;
    list("altered", place, std::move(id), std::move(detail));
  }
  void invented(const std::string& place, std::string id, std::string detail) {
    ++proof_.invented;
    list("invented", place, std::move(id), std::move(detail));
  }
  /// A vendor's part, added to the sums; one that owed nothing is not shown.
  void add_share(VendorShare share) {
    proof_.owed += share.owed;
    proof_.stored += share.stored;
    proof_.delivered += share.delivered;
    if (share.owed > 0) proof_.vendors.push_back(std::move(share));
  }
  [[nodiscard]] Proof& proof() { return proof_; }

 private:
  static constexpr std::size_t kMostFindings = 100;

  void list(std::string kind, const std::string& place, std::string id, std::string detail) {
    if (proof_.findings.size() >= kMostFindings) return;
    proof_.findings.push_back({std::move(kind), place, std::move(id), std::move(detail)});
  }

  Proof& proof_;
};

}  // namespace cistern::lab
