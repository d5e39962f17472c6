#include "lab/microsoft_365/blob_store.hpp"

#include "lab/harness/http.hpp"

namespace cistern::lab {

std::string blob_text(const Generator& generator, unsigned tenant, const Blob& blob) {
  std::string out = "[";
  std::string record;
  std::string id;
  std::size_t records = 0;
  for (const auto& range : blob.ranges)
    records += range.count;
  out.reserve(records * 1900 + 16);
  for (const auto& range : blob.ranges) {
    for (std::uint32_t index = range.first; index < range.first + range.count; ++index) {
      if (out.size() > 1) out.append(blob.spaced ? " ,\n" : ",");
      const RecordPlace place{tenant, range.type, range.bucket, range.blob, index, range.created};
      if (!blob.spaced) {
        generator.append(out, place, id);
        continue;
      }
      record.clear();
      // White space inside a text that is no JSON would belong to it.
      const bool odd = generator.append(record, place, id) == RecordForm::odd;
      if (odd) {
        out.append(record);
      } else {
        append_spaced(out, record);
      }
    }
  }
  out += ']';
  return out;
}

std::shared_ptr<const std::string> BlobStore::plain(unsigned tenant, const Blob& blob) const {
  auto text = std::make_shared<const std::string>(blob_text(generator_, tenant, blob));
  const std::lock_guard lock(mutex_);
  made_ += text->size();
  return text;
}

std::shared_ptr<const std::string> BlobStore::gzipped(unsigned tenant, const Blob& blob) {
  const auto key = std::to_string(tenant) + "/" + blob.content_id;
  if (auto found = look_up(key)) return found;
  const auto text = plain(tenant, blob);
  auto body = std::make_shared<const std::string>(gzip_fast(*text));
  keep(key, body);
  return body;
}

std::shared_ptr<const std::string> BlobStore::look_up(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->body;
}

void BlobStore::keep(const std::string& key, std::shared_ptr<const std::string> body) {
  const std::lock_guard lock(mutex_);
  if (body->size() > most_ || by_key_.contains(key)) return;
  bytes_ += body->size();
  entries_.push_front({key, std::move(body)});
  by_key_[key] = entries_.begin();
  while (bytes_ > most_) {
    bytes_ -= entries_.back().body->size();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

std::uint64_t BlobStore::bytes_made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

}  // namespace cistern::lab
