#include "ecs/write.hpp"

#include "ecs/out_buffer.hpp"

#include <algorithm>
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
    for (std::uint32_t at = 0; at < program_.plan.size(); ++at)
      step(at, program_.plan[at]);
    out_.put('}');
    result_.append(out_.text());
  }

 private:
  [[nodiscard]] bool any_set(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t place = first; place < last;) {
      const std::uint32_t to = std::min<std::uint32_t>(last, (place / 64 + 1) * 64);
      const std::uint64_t bits = scratch_.set_bits[place / 64] >> (place % 64);
      const std::uint32_t count = to - place;
      if ((count == 64 ? bits : bits & ((std::uint64_t{1} << count) - 1)) != 0) return true;
      place = to;
    }
    return false;
  }

  void step(std::uint32_t at, const PlanStep& step) {
    switch (step.kind) {
      case PlanStep::Kind::open:
        scratch_.open.push_back(at);
        break;
      case PlanStep::Kind::close:
        close();
        break;
      case PlanStep::Kind::field:
        if (const auto json = scratch_.values[step.target].json; !json.empty()) {
          name(step);
          out_.put(json);
        }
        break;
      case PlanStep::Kind::set:
        if (scratch_.values[step.target].first != 0) {
          name(step);
          set(scratch_.values[step.target]);
        }
        break;
      case PlanStep::Kind::vendor:
        vendor(step);
        break;
    }
  }

  /// Objects are opened when their first field comes, so that none stays empty.
  void name(const PlanStep& step) {
    for (const std::uint32_t open : scratch_.open) {
      comma();
      out_.put(program_.plan[open].prefix);
      out_.put('{');
    }
    scratch_.open.clear();
    comma();
    out_.put(step.prefix);
  }

  void comma() {
    if (out_.last() != '{') out_.put(',');
  }

  void close() {
    if (!scratch_.open.empty()) {
      scratch_.open.pop_back();
    } else {
      out_.put('}');
    }
  }

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
  void vendor(const PlanStep& step) {
    bool begun = false;
    const std::vector<Field>& fields = scratch_.fields;
    for (std::size_t i = 0; i < fields.size();) {
      const Field& field = fields[i];
      if (field.state == Field::State::left_out) {
        ++i;
        continue;
      }
      if (!begun) {
        name(step);
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
      out_.put(std::string_view(field.begin, static_cast<std::size_t>(end - field.begin)));
    }
    if (begun) out_.put('}');
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
};

}  // namespace

void write_document(const Program& program, ViewScratch& scratch, std::string& out) {
  DocumentWriter(program, scratch, out).run();
}

}  // namespace cistern::ecs
