#include "net/ssh/push_channel.hpp"

#include <utility>

namespace cistern::net::ssh {
namespace {

/// A protocol is given so much at once, so that the bound on unwritten bytes is looked at between.
constexpr std::size_t kPiece = 256U << 10;

bool is_empty(const PushStep& step) {
  return step.reply.empty() && step.orders.empty() && step.remarks.empty();
}

}  // namespace

PushChannel::PushChannel(std::unique_ptr<PushProtocol> protocol, PushPeer peer,
                         FileReceiver& receiver, std::shared_ptr<Executor> home,
                         PushChannelListener listener)
    : protocol_(std::move(protocol)),
      peer_(std::move(peer)),
      receiver_(receiver),
      home_(std::move(home)),
      listener_(std::move(listener)) {}

void PushChannel::start() {
  PushStep step;
  protocol_->start(step);
  perform(std::move(step));
}

bool PushChannel::has_room() const {
  return unwritten_ < kMaxUnwritten && output_.size() < kMaxUnread;
}

std::size_t PushChannel::receive(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && has_room()) {
    PushStep step;
    const std::size_t part = protocol_->take(bytes.substr(taken, kPiece), step);
    taken += part;
    if (part == 0 && is_empty(step)) break;
    perform(std::move(step));
  }
  return taken;
}

void PushChannel::ended() {
  PushStep step;
  protocol_->ended(step);
  perform(std::move(step));
}

void PushChannel::perform(PushStep step) {
  while (!is_empty(step)) {
    output_ += step.reply;
    for (const PushRemark& remark : step.remarks)
      listener_.remarked(remark);
    PushStep next;
    for (PushOrder& order : step.orders)
      carry_out(order, next);
    step = std::move(next);
  }
}

void PushChannel::carry_out(PushOrder& order, PushStep& next) {
  if (order.kind == PushOrder::Kind::open) return open(order, next);
  const auto found = files_.find(order.file);
  if (found == files_.end()) return;
  switch (order.kind) {
    case PushOrder::Kind::open:
      return;
    case PushOrder::Kind::append:
      return append(found->second, order);
    case PushOrder::Kind::finish:
      return finish(found->second, order);
    case PushOrder::Kind::discard:
      files_.erase(found);
      return;
  }
}

void PushChannel::open(const PushOrder& order, PushStep& next) {
  auto file = receiver_.begin(peer_, order.facts);
  if (!file) return protocol_->opened(order.file, fail(file.error()), next);
  files_[order.file] = {order.facts, std::move(*file), 0};
  protocol_->opened(order.file, {}, next);
}

void PushChannel::append(Open& open, PushOrder& order) {
  const std::size_t size = order.bytes.size();
  open.size += size;
  unwritten_ += size;
  open.file->append(std::move(order.bytes), [weak = weak_from_this(), home = home_,
                                             file = order.file, size](Status status) {
    home->post([weak, file, size, status = std::move(status)] {
      if (const auto self = weak.lock()) self->on_written(file, size, status);
    });
  });
}

void PushChannel::on_written(std::uint32_t file, std::size_t bytes, const Status& status) {
  unwritten_ -= bytes;
  if (!status) protocol_->write_failed(file, status.error());
}

void PushChannel::finish(Open& open, const PushOrder& order) {
  ++storing_;
  open.file->finish(order.modified,
                    [weak = weak_from_this(), home = home_, file = order.file](Status status) {
                      home->post([weak, file, status = std::move(status)] {
                        if (const auto self = weak.lock()) self->on_stored(file, status);
                      });
                    });
}

void PushChannel::on_stored(std::uint32_t file, const Status& status) {
  const auto found = files_.find(file);
  if (found == files_.end()) return;
  --storing_;
  if (status) listener_.stored(found->second.facts, found->second.size);
  files_.erase(found);
  PushStep step;
  protocol_->stored(file, status, step);
  perform(std::move(step));
}

}  // namespace cistern::net::ssh
