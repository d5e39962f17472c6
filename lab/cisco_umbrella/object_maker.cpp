#include "lab/cisco_umbrella/object_maker.hpp"

#include "base/bytes.hpp"
#include "lab/harness/http.hpp"

#include <array>

#include <openssl/evp.h>

namespace cistern::lab {

namespace {

// What is in one gzip member; a member may end in the middle of a row.
constexpr std::size_t kMember = 1U << 20U;
constexpr std::size_t kSmallMember = 700;

std::string md5_hex(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), size});
}

// Another version of an object has more rows.
std::uint64_t key_for(const ExportObject& object) {
  return key_of({object.number, object.rows});
}

}  // namespace

ObjectMaker::ObjectMaker(const UmbrellaOptions& options, FaultProfile profile,
                         std::uint64_t cache_bytes)
    : options_(options),
      profile_(profile),
      generator_(profile, options.schema),
      most_(cache_bytes) {}

RowStyle ObjectMaker::style_of(const ExportObject& object) const {
  RowStyle style;
  style.unquoted = object.folder == "firewalllogs" && options_.schema <= 3;
  if (profile_ == FaultProfile::calm) return style;
  const auto roll = key_of({object.number, 0x57F1E});
  style.crlf = roll % 8 == 0;
  style.blank_before = !style.unquoted && roll % 11 == 0;
  return style;
}

void ObjectMaker::rows(const ExportObject& object, const RowSink& sink) const {
  if (object.form != ObjectForm::rows) return;
  const auto* const folder = find_folder(object.folder);
  if (folder == nullptr) return;
  const auto columns = generator_.columns(*folder);
  const auto style = style_of(object);
  const std::uint64_t first = options_.headers ? 2 : 1;
  std::string row;
  RowFacts facts;
  for (std::uint64_t at = 0; at < object.rows; ++at) {
    row.clear();
    generator_.append(row, columns, style, object.number, at, object.slot, object.length, &facts);
    sink(row, first + at, facts);
  }
}

std::string ObjectMaker::gzip_of(const ExportObject& object) const {
  if (object.form == ObjectForm::zero_bytes) return {};
  if (object.form == ObjectForm::empty_gzip) return gzip_fast("");
  const auto style = style_of(object);
  const std::string_view end = style.crlf ? "\r\n" : "\n";
  const auto* const folder = find_folder(object.folder);
  const auto columns = folder != nullptr ? generator_.columns(*folder) : std::vector<ColumnPlan>{};
  const bool small = profile_ != FaultProfile::calm && object.number % 3 == 0 && object.rows < 500;
  const auto member = small ? kSmallMember : kMember;
  std::string out;
  std::string text;
  if (options_.headers) text.append(RowGenerator::header_row(columns)).append(end);
  const auto flush = [&](std::size_t least) {
    while (text.size() > least) {
      const auto take = std::min(text.size(), member);
      out += gzip_fast(std::string_view(text).substr(0, take));
      text.erase(0, take);
    }
  };
  for (std::uint64_t at = 0; at < object.rows; ++at) {
    generator_.append(text, columns, style, object.number, at, object.slot, object.length, nullptr);
    // The last row of some objects has no line end.
    if (at + 1 < object.rows || object.number % 4 != 0) text.append(end);
    if (text.size() > member) flush(member);
  }
  flush(0);
  if (out.empty()) out = gzip_fast("");
  return out;
}

ObjectBytes ObjectMaker::make(const ExportObject& object) {
  const auto key = key_for(object);
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->bytes;
    }
  }
  auto bytes = std::make_shared<const std::string>(gzip_of(object));
  ObjectBytes made{bytes, md5_hex(*bytes)};
  const std::lock_guard lock(mutex_);
  described_[key] = {bytes->size(), made.etag};
  made_ += bytes->size();
  if (bytes->size() > most_ || by_key_.contains(key)) return made;
  held_ += bytes->size();
  entries_.push_front({key, made});
  by_key_[key] = entries_.begin();
  while (held_ > most_) {
    held_ -= entries_.back().bytes.bytes->size();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return made;
}

ObjectMaker::Description ObjectMaker::describe(const ExportObject& object) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = described_.find(key_for(object));
    if (found != described_.end()) return found->second;
  }
  const auto made = make(object);
  return {made.bytes->size(), made.etag};
}

std::uint64_t ObjectMaker::bytes_made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

}  // namespace cistern::lab
