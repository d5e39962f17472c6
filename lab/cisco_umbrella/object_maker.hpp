// The bytes of the export's objects, made when they are asked for and kept while there is room.
#pragma once

#include "lab/cisco_umbrella/export_plan.hpp"
#include "lab/cisco_umbrella/row_generator.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace cistern::lab {

struct ObjectBytes {
  std::shared_ptr<const std::string> bytes;
  std::string etag;  ///< MD5, as of an object that was put in one part.
};

/// Safe to call from any thread.
class ObjectMaker {
 public:
  ObjectMaker(const UmbrellaOptions& options, FaultProfile profile, std::uint64_t cache_bytes);

  ObjectBytes make(const ExportObject& object);
  /// Size and ETag; once made, they are known for good.
  struct Description {
    std::uint64_t size = 0;
    std::string etag;
  };
  Description describe(const ExportObject& object);

  /// Every row of the object without its line end, in order, and which row of the file it is (a
  /// header row counts).
  using RowSink =
      std::function<void(std::string_view row, std::uint64_t number, const RowFacts& facts)>;
  void rows(const ExportObject& object, const RowSink& sink) const;
  [[nodiscard]] std::uint64_t bytes_made() const;

 private:
  [[nodiscard]] RowStyle style_of(const ExportObject& object) const;
  [[nodiscard]] std::string gzip_of(const ExportObject& object) const;

  const UmbrellaOptions options_;
  const FaultProfile profile_;
  const RowGenerator generator_;
  const std::uint64_t most_;
  mutable std::mutex mutex_;
  struct Kept {
    std::uint64_t key = 0;
    ObjectBytes bytes;
  };
  std::list<Kept> entries_;  // Latest used first.
  std::unordered_map<std::uint64_t, std::list<Kept>::iterator> by_key_;
  std::unordered_map<std::uint64_t, Description> described_;
  std::uint64_t held_ = 0;
  std::uint64_t made_ = 0;
};

}  // namespace cistern::lab
