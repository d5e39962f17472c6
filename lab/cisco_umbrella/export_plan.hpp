// Which objects the export uploads, and when: everything but their bytes.
//
// It follows from seed, start and options. A slot of the history is ten minutes long, a later one
// as long as the options say, so that a minute of the clock holds many objects of one kind, told
// apart by four characters that sort in no order of time.
#pragma once

#include "base/time.hpp"
#include "lab/cisco_umbrella/log_folder.hpp"
#include "lab/harness/faults.hpp"
#include "lab/lab.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cistern::lab {

enum class ObjectForm : std::uint8_t { rows, zero_bytes, empty_gzip };

struct ExportObject {
  std::string name;  ///< "dnslogs/2026-01-05/2026-01-05-08-30-1f0c.csv.gz"
  std::string folder;
  TimePoint slot{};  ///< Its beginning.
  Duration length{0};
  TimePoint visible{};
  std::uint64_t number = 0;  ///< What its rows follow from.
  std::uint64_t rows = 0;
  ObjectForm form = ObjectForm::rows;
};

/// "dnslogs/2026-01-05/2026-01-05-08-30-1f0c.csv.gz"
std::string object_name(std::string_view folder, TimePoint slot, std::string_view suffix);

class ExportPlan {
 public:
  ExportPlan(const UmbrellaOptions& options, std::uint64_t seed, FaultProfile profile,
             TimePoint start);

  [[nodiscard]] std::uint64_t slots_until(TimePoint time) const;  ///< That have begun by then.
  /// The objects of all kinds of one slot, numbered from 0 (the oldest of the history).
  [[nodiscard]] std::vector<ExportObject> slot(std::uint64_t number) const;
  [[nodiscard]] const std::vector<const FolderPlan*>& folders() const { return folders_; }
  [[nodiscard]] TimePoint start() const { return start_; }

 private:
  struct Span {
    TimePoint begin{};
    Duration length{0};
    bool history = false;
  };
  [[nodiscard]] Span span_of(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t rows_of(const FolderPlan& folder, const Span& span, Dice& dice) const;
  void add_objects(std::vector<ExportObject>& out, const FolderPlan& folder, std::uint64_t number,
                   const Span& span) const;
  [[nodiscard]] TimePoint visible_at(const Span& span, Dice& dice) const;

  const UmbrellaOptions options_;
  const std::uint64_t seed_;
  const FaultProfile profile_;
  const TimePoint start_;
  TimePoint first_slot_;
  std::uint64_t history_slots_ = 0;
  std::vector<const FolderPlan*> folders_;
};

}  // namespace cistern::lab
