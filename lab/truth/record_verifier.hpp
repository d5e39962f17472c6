// The proof for vendors whose records are found by their bytes: Duo and Secure Endpoint. Equal
// records are counted, because rows without an id may stand in a log twice.
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

class RecordVerifier final : public VendorVerifier {
 public:
  /// What a record says of itself, when its bytes are nobody's: its event id, or the beginning of
  /// its id in the truth. Nothing: it is not this vendor's.
  using Claim = std::optional<std::string> (*)(std::string_view raw);

  /// `title` names the vendor's share of the proof.
  RecordVerifier(std::string_view vendor, std::string_view title, Claim claim,
                 const VerifyOptions& options, Proof& proof);

  [[nodiscard]] std::string_view vendor() const override { return vendor_; }
  Status add_line(std::string_view line) override;
  [[nodiscard]] Status check_end() const override;
  bool store_line(std::string_view line, std::string_view raw, std::string_view meta) override;
  bool raw_output(const std::string& place, std::string_view raw) override;
  bool document(const std::string& place, std::string_view document,
                const DocumentKeys& keys) override;
  void add_up(bool has_store, bool has_outputs) override;

 private:
  struct Form {
    std::uint32_t in_store = 0;
    std::uint32_t in_outputs = 0;
  };
  struct Record {
    std::string id;
    std::string event_id;
    TimePoint time{};
    std::vector<std::uint32_t> values;  // Fingerprints of what a document has to hold.
    std::uint64_t count = 0;            // Owed.
    std::uint64_t most = 1;
    std::vector<Form> forms;
    bool versions = false;

    [[nodiscard]] std::uint64_t stored() const;
    [[nodiscard]] std::uint64_t delivered() const;
  };
  struct Place {
    std::uint32_t record = 0;
    std::uint32_t form = 0;
  };

  Status add_record(std::string_view line);
  [[nodiscard]] bool is_due(TimePoint from) const;
  [[nodiscard]] const Place* find(std::string_view raw) const;
  const Place* claimed(const std::string& place, std::string_view raw, bool& mine);
  void count(std::uint32_t Form::*seen, const Place& at, const std::string& place);
  [[nodiscard]] std::optional<std::string> difference(std::string_view document,
                                                      const Record& record, const Place& at) const;

  const std::string vendor_;
  const std::string title_;
  const Claim claim_;
  const VerifyOptions& options_;
  Findings findings_;
  const bool with_values_;
  std::vector<Record> records_;
  std::unordered_map<std::string, Place> digests_;
  std::unordered_map<std::string, Place> by_name_;     // By event id, or id in the truth.
  std::unordered_map<std::string, Place> identities_;  // By cistern.id.
  std::uint64_t gaps_ = 0;
  std::optional<std::uint64_t> promised_;
};

/// Whose a record is, by its members.
std::optional<std::string> duo_claim(std::string_view raw);
std::optional<std::string> endpoint_claim(std::string_view raw);

}  // namespace cistern::lab
