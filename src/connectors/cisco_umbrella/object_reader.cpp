#include "connectors/cisco_umbrella/object_reader.hpp"

#include "base/bytes.hpp"
#include "codec/csv.hpp"
#include "connectors/cisco_umbrella/object_reader_batch.hpp"
#include "connectors/cisco_umbrella/object_reader_text.hpp"

#include <utility>

namespace cistern::connectors::cisco_umbrella {
namespace {

/// So much new text is taken apart at a time.
constexpr std::size_t kTextPiece = std::size_t{256} << 10;
constexpr std::size_t kLongestKeyInMessage = 200;

}  // namespace

class ObjectReader::Impl {
 public:
  explicit Impl(ObjectSettings settings)
      : settings_(std::move(settings)),
        source_(excerpt(settings_.key, kLongestKeyInMessage), settings_.max_expanded),
        splitter_(kMaxRowBytes),
        recorder_(settings_, facts_) {}

  std::shared_ptr<const RecordBatch> read(std::string piece, bool last) {
    source_.add(std::move(piece), last);
    facts_.compressed = source_.compressed();
    return read_on();
  }

  std::shared_ptr<const RecordBatch> read_on() {
    more_ = true;
    while (take_rows() && more_)
      more_ = find_rows();
    return recorder_.finish();
  }

  std::shared_ptr<const RecordBatch> remainder() {
    if (facts_.failure && !more_) {
      const std::string_view begun = std::string_view(text_).substr(at_ + done_, kMaxRowBytes);
      if (!begun.empty()) recorder_.take_broken(begun, facts_.failure->cause);
      done_ = text_.size() - at_;
    }
    return recorder_.finish();
  }

  [[nodiscard]] bool more() const { return more_; }
  [[nodiscard]] const ObjectFacts& facts() const { return facts_; }

 private:
  /// False: the batch is full before the rows are all taken.
  bool take_rows() {
    while (next_ < rows_.size()) {
      if (!recorder_.take(rows_[next_])) return false;
      ++next_;
    }
    return true;
  }

  /// False: a further piece is needed, or there is nothing more.
  bool find_rows() {
    if (facts_.finished) return false;
    rows_.clear();
    next_ = 0;
    at_ += std::exchange(done_, 0);
    const std::size_t wanted = held_ + kTextPiece;
    if (text_.size() - at_ < wanted && !refill(wanted)) return false;
    const std::string_view text = std::string_view(text_).substr(at_, wanted);
    const bool reaches_end = ended_ && at_ + text.size() == text_.size();
    done_ = splitter_.split(text, reaches_end && !source_.failure(), rows_);
    held_ = text.size() - done_;
    recorder_.expect(text_.size() - at_);
    if (reaches_end) {
      facts_.failure = source_.failure();
      facts_.finished = true;
    }
    return true;
  }

  /// False: a further piece is needed.
  bool refill(std::size_t wanted) {
    if (ended_) return true;
    text_.erase(0, std::exchange(at_, 0));
    const ObjectText::Got got = source_.expand(text_, wanted);
    facts_.expanded = source_.expanded();
    ended_ = got == ObjectText::Got::end || got == ObjectText::Got::failed;
    return got != ObjectText::Got::nothing;
  }

  ObjectSettings settings_;
  ObjectFacts facts_;
  ObjectText source_;
  codec::CsvSplitter splitter_;
  RowRecorder recorder_;
  std::string text_;
  std::size_t at_ = 0;    ///< Where in the text `rows_` begin,
  std::size_t done_ = 0;  ///< and how many bytes they take.
  std::size_t held_ = 0;  ///< Bytes of the row that was begun behind them.
  bool ended_ = false;    ///< The source gives nothing more.
  std::vector<codec::CsvRow> rows_;
  std::size_t next_ = 0;
  bool more_ = false;
};

ObjectReader::ObjectReader(ObjectSettings settings)
    : impl_(std::make_unique<Impl>(std::move(settings))) {}
ObjectReader::~ObjectReader() = default;

std::shared_ptr<const RecordBatch> ObjectReader::read(std::string piece, bool last) {
  return impl_->read(std::move(piece), last);
}
bool ObjectReader::more() const {
  return impl_->more();
}
std::shared_ptr<const RecordBatch> ObjectReader::read_on() {
  return impl_->read_on();
}
std::shared_ptr<const RecordBatch> ObjectReader::remainder() {
  return impl_->remainder();
}
const ObjectFacts& ObjectReader::facts() const {
  return impl_->facts();
}

}  // namespace cistern::connectors::cisco_umbrella
