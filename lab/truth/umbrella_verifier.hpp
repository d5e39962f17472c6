// Umbrella's rows beside what a collector stored and delivered: each by its object's key and its
// number in the object.
#pragma once

#include "lab/truth/vendor_verifier.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cistern::lab {

class UmbrellaVerifier final : public VendorVerifier {
 public:
  UmbrellaVerifier(const VerifyOptions& options, Proof& proof);

  [[nodiscard]] std::string_view vendor() const override { return "cisco_umbrella"; }
  Status add_line(std::string_view line) override;
  [[nodiscard]] Status check_end() const override;
  bool store_line(std::string_view line, std::string_view raw, std::string_view meta) override;
  bool raw_output(const std::string& place, std::string_view raw) override;
  bool document(const std::string& place, std::string_view document,
                const DocumentKeys& keys) override;
  void add_up(bool has_store, bool has_outputs) override;

 private:
  using Digest = std::array<std::uint8_t, 16>;  // First half of the SHA-256.
  struct Object {
    std::string name;  // "bucket/key"
    std::uint32_t first_row = 0;
    std::uint32_t rows = 0;
    bool owed = false;
  };
  struct Row {
    Digest digest{};
    TimePoint time{};
    std::uint32_t object = 0;
    std::uint32_t number = 0;
    std::uint32_t first_value = 0;
    std::uint16_t values = 0;
    std::uint16_t in_store = 0;
    std::uint16_t in_outputs = 0;
  };

  Status add_object(std::string_view line);
  Status add_row(std::string_view line);
  [[nodiscard]] std::string name_of(const Row& row) const;
  /// The row that a record's meta names, or null.
  Row* row_at(std::string_view meta);
  Row* row_of(std::string_view document, const DocumentKeys& keys);
  void count(std::uint16_t& seen, const std::string& place, const Row& row);
  /// What of the row is missing in the document, or nothing.
  [[nodiscard]] std::optional<std::string> difference(std::string_view document,
                                                      const Row& row) const;
  static Digest digest_of(std::string_view raw);

  const VerifyOptions& options_;
  Findings findings_;
  std::vector<Object> objects_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> values_;                                // Fingerprints.
  std::unordered_map<std::string, std::uint32_t> identities_;        // cistern.id to row.
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_digest_;  // For raw outputs.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> promised_;
};

}  // namespace cistern::lab
