// The bodies of blobs, made when they are asked for and kept while there is room.
#pragma once

#include "lab/microsoft_365/generator.hpp"
#include "lab/microsoft_365/timeline.hpp"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cistern::lab {

/// The JSON array of a blob's records.
std::string blob_text(const Generator& generator, unsigned tenant, const Blob& blob);

/// Safe to call from any thread. Two threads may make the same blob at once; one of the two stays.
class BlobStore {
 public:
  BlobStore(const Generator& generator, std::uint64_t cache_bytes)
      : generator_(generator), most_(cache_bytes) {}

  /// The body as a gzip member, kept for the next time.
  std::shared_ptr<const std::string> gzipped(unsigned tenant, const Blob& blob);
  /// The body as it is; made anew each time.
  std::shared_ptr<const std::string> plain(unsigned tenant, const Blob& blob) const;
  /// Bytes of the bodies made so far, before compression.
  [[nodiscard]] std::uint64_t bytes_made() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const std::string> body;
  };
  std::shared_ptr<const std::string> look_up(const std::string& key);
  void keep(const std::string& key, std::shared_ptr<const std::string> body);

  const Generator& generator_;
  const std::uint64_t most_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // Latest used first.
  std::map<std::string, std::list<Entry>::iterator> by_key_;
  std::uint64_t bytes_ = 0;
  mutable std::uint64_t made_ = 0;
};

}  // namespace cistern::lab
