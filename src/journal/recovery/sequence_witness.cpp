#include "journal/recovery/sequence_witness.hpp"

#include "journal/store_layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace cistern::journal {
namespace {

constexpr Sequence kReservedAtOnce = 1U << 20;
/// One sector: a disk writes it whole or not at all.
constexpr std::size_t kSize = 512;
constexpr std::string_view kKind = "cistern-sequences";

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

}  // namespace

std::string encode_witness(const WitnessFacts& facts) {
  std::string text = std::string{kKind} + " " + or_dash(facts.store) + " " + or_dash(facts.boot) +
                     " " + std::to_string(facts.last) + " " + std::to_string(facts.reserved);
  text += " " + to_hex(make_identity({text})) + "\n";
  text.resize(std::max(text.size(), kSize), ' ');
  return text;
}

std::optional<WitnessFacts> decode_witness(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  const auto end = line.rfind(' ');
  if (line.size() == text.size() || end == std::string_view::npos) return std::nullopt;
  if (line.substr(end + 1) != to_hex(make_identity({line.substr(0, end)}))) return std::nullopt;
  std::array<std::string_view, 5> words;
  std::string_view rest = line.substr(0, end);
  for (std::string_view& word : words) {
    word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word == "-") word = {};
  }
  if (words[0] != kKind) return std::nullopt;
  return WitnessFacts{.store = std::string{words[1]},
                      .boot = std::string{words[2]},
                      .last = number_of(words[3]),
                      .reserved = number_of(words[4])};
}

WitnessFacts read_witness(const std::string& store, Files& files) {
  auto file = files.open(witness_path(store), OpenMode::read);
  if (!file) return {};
  auto text = (*file)->read_at(0, 2 * kSize);
  if (!text) return {};
  return decode_witness(*text).value_or(WitnessFacts{});
}

Result<std::unique_ptr<SequenceWitness>> SequenceWitness::open(const std::string& store,
                                                               Files& files, WitnessFacts facts) {
  auto file = files.open(witness_path(store), OpenMode::create_or_open);
  if (!file) return fail(file.error());
  // From here on `last` may grow without a sync, so the file must not look orderly closed.
  if (auto status = (*file)->write_at(0, encode_witness(facts)); !status) {
    return fail(status.error());
  }
  if (auto status = (*file)->sync(); !status) return fail(status.error());
  if (auto status = files.sync_directory(store); !status) return fail(status.error());
  return std::unique_ptr<SequenceWitness>{new SequenceWitness(std::move(*file), std::move(facts))};
}

Status SequenceWitness::reserve(Sequence through) {
  if (through <= facts_.reserved) return {};
  WitnessFacts more = facts_;
  more.reserved = through + kReservedAtOnce;
  if (auto status = file_->write_at(0, encode_witness(more)); !status) return status;
  if (auto status = file_->sync(); !status) return status;
  facts_ = std::move(more);
  return {};
}

void SequenceWitness::note(Sequence last) {
  facts_.last = last;
  // A number that could not be written is written with the next group; it is evidence of last
  // resort, and must not stop a commit that is durable.
  static_cast<void>(file_->write_at(0, encode_witness(facts_)));
}

void SequenceWitness::close() {
  facts_.boot.clear();
  if (file_->write_at(0, encode_witness(facts_))) static_cast<void>(file_->sync());
}

}  // namespace cistern::journal
