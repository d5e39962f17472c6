#include "ecs/write.hpp"

#include "ecs/out_buffer.hpp"

#include <bit>
#include <span>
#include <string_view>
#include <vector>

namespace cistern::ecs {
namespace {

class DocumentWriter {
 public:
  DocumentWriter(const Program& program, ViewScratch& scratch, std::string& out)
      : program_(program), scratch_(scratch), result_(out), out_(scratch.document) {}

  void run() {
    out_.clear();
    out_.put('{');
    const Plan& plan = program_.plan;
    scratch_.set_bits[plan.vendor / 64] |= std::uint64_t{1} << (plan.vendor % 64);
    for (std::size_t word = 0; word < scratch_.set_bits.size(); ++word) {
      for (std::uint64_t left = scratch_.set_bits[word]; left != 0; left &= left - 1) {
        write(plan.fields[word * 64 + static_cast<std::size_t>(std::countr_zero(left))]);
      }
    }
    for (std::size_t open = open_.size() + 1; open > 0; --open)
      out_.put('}');
    result_.append(out_.text());
  }

 private:
  void write(const PlanField& field) {
    switch (field.kind) {
      case PlanField::Kind::field:
        name(field);
        out_.put(scratch_.values[field.target].json);
        break;
      case PlanField::Kind::set:
        name(field);
        set(scratch_.values[field.target]);
        break;
      case PlanField::Kind::vendor:
        vendor(field);
        break;
    }
  }

  /// Closes the objects that end before this field, opens those that begin, and writes its name.
  void name(const PlanField& field) {
    if (field.parent != parent_) enter(field);
    prefix(field.prefix);
  }

  void enter(const PlanField& field) {
    const std::vector<ObjectId>& path = field.path;
    std::size_t shared = 0;
    while (shared < open_.size() && shared < path.size() && open_[shared] == path[shared])
      ++shared;
    for (std::size_t close = shared; close < open_.size(); ++close)
      out_.put('}');
    for (std::size_t open = shared; open < path.size(); ++open)
      prefix(program_.plan.objects[path[open]]);
    open_ = path;
    parent_ = field.parent;
  }

  /// Every prefix begins with the comma, which the first member of an object does without.
  void prefix(std::string_view text) { out_.put(out_.last() == '{' ? text.substr(1) : text); }

  void set(const TargetValue& value) {
    out_.put('[');
    for (std::uint32_t at = value.first; at != 0; at = scratch_.entries[at - 1].next) {
      if (at != value.first) out_.put(',');
      out_.put(scratch_.entries[at - 1].json);
    }
    out_.put(']');
  }

  /// Everything of the record that did not move into a field. Neighbours that both stay are copied
  /// together with the comma between them.
  void vendor(const PlanField& field_of_vendor) {
    bool begun = false;
    const std::vector<Field>& fields = scratch_.fields;
    for (std::size_t i = 0; i < fields.size();) {
      const Field& field = fields[i];
      if (field.state == Field::State::left_out) {
        ++i;
        continue;
      }
      if (!begun) {
        name(field_of_vendor);
        out_.put('{');
        begun = true;
      } else {
        out_.put(',');
      }
      if (field.state == Field::State::replaced) {
        out_.put(std::string_view(field.begin, field.key_size));
        out_.put(':');
        replacement(scratch_.replacements[field.replacement]);
        ++i;
        continue;
      }
      const char* end = field.end;
      for (++i; i < fields.size() && fields[i].state == Field::State::kept &&
                fields[i].begin == end + 1 && *end == ',';
           ++i) {
        end = fields[i].end;
      }
      words(field.begin, end);
    }
    if (begun) out_.put('}');
  }

  /// The vendor's own words from `at` to `end`, with what functions put in their places.
  void words(const char* at, const char* end) {
    const auto put = [this](const char* from, const char* to) {
      out_.put(std::string_view(from, static_cast<std::size_t>(to - from)));
    };
    for (const Splice& splice : scratch_.splices) {
      if (splice.json.data() < at || splice.json.data() >= end) continue;
      put(at, splice.json.data());
      replacement(scratch_.replacements[splice.replacement]);
      at = splice.json.data() + splice.json.size();
    }
    put(at, end);
  }

  void replacement(const Replacement& by) {
    if (!by.whole.empty()) {
      out_.put(by.whole);
      return;
    }
    out_.put('{');
    for (std::uint32_t at = by.first; at != 0; at = scratch_.members[at - 1].next) {
      const Member& member = scratch_.members[at - 1];
      if (at != by.first) out_.put(',');
      out_.put(member.key_json);
      out_.put(':');
      values(member);
    }
    out_.put('}');
  }

  /// One value, or a list where the key came more than once.
  void values(const Member& member) {
    if (member.same == 0) {
      out_.put(member.json);
      return;
    }
    std::vector<std::string_view> later;
    for (std::uint32_t at = member.same; at != 0; at = scratch_.members[at - 1].same) {
      later.push_back(scratch_.members[at - 1].json);
    }
    out_.put('[');
    out_.put(member.json);
    for (auto json = later.rbegin(); json != later.rend(); ++json) {
      out_.put(',');
      out_.put(*json);
    }
    out_.put(']');
  }

  const Program& program_;
  ViewScratch& scratch_;
  std::string& result_;
  OutBuffer& out_;
  std::span<const ObjectId> open_;  ///< The path of the last field,
  ObjectId parent_ = 0;             ///< and its last object.
};

}  // namespace

void write_document(const Program& program, ViewScratch& scratch, std::string& out) {
  DocumentWriter(program, scratch, out).run();
}

}  // namespace cistern::ecs
