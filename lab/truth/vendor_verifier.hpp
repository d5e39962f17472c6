// A vendor's part of the proof: its lines of the truth beside what was stored and delivered.
#pragma once

#include "lab/lab.hpp"
#include "lab/truth/document.hpp"
#include "lab/truth/findings.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cistern::lab {

class VendorVerifier {
 public:
  virtual ~VendorVerifier() = default;
  /// As in the truth's lines: "cisco_umbrella".
  [[nodiscard]] virtual std::string_view vendor() const = 0;
  /// A line of the truth that names this vendor.
  virtual Status add_line(std::string_view line) = 0;
  /// After the last line: whether this vendor's part was whole.
  [[nodiscard]] virtual Status check_end() const = 0;

  /// A line of the store, its raw bytes and its meta (an object, "{}" without one). Whether it was
  /// this vendor's; then it has been counted, and what is wrong with it found.
  virtual bool store_line(std::string_view line, std::string_view raw, std::string_view meta) = 0;
  /// A delivered raw record, by its bytes.
  virtual bool raw_output(const std::string& place, std::string_view raw) = 0;
  /// A delivered document, by its identity in the store, its original, or what it says itself.
  virtual bool document(const std::string& place, std::string_view document,
                        const DocumentKeys& keys) = 0;
  /// Counts what was owed, stored, waiting, delivered and lost, and adds its share.
  virtual void add_up(bool has_store, bool has_outputs) = 0;
};

/// One of each. `options` and `proof` outlive them.
std::vector<std::unique_ptr<VendorVerifier>> make_vendor_verifiers(const VerifyOptions& options,
                                                                   Proof& proof);

}  // namespace cistern::lab
