// Messages of an event stream as records. Pure; safe on any thread.
#pragma once

#include "base/record.hpp"
#include "net/amqp091/message_assembler.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cistern::connectors::cisco_secure_endpoint {

/// Messages of one queue that belong into one commit.
struct StreamGroup {
  std::shared_ptr<const RecordBatch> batch;
  std::uint64_t tag = 0;  ///< Of the last message; with it all of them are acknowledged.
};

/// One record for each message, in their order, cut into groups that fit into a commit.
///
/// A body is one event as REST has it, and gets the identity that it has there, so that whatever
/// brings it first is kept and the other dropped as repeated; so is a message that the broker hands
/// out again because our acknowledgement was lost. What is no JSON object is kept as it came, with
/// the reason, and known by its bytes.
std::vector<StreamGroup> decode_messages(const std::string& cloud,
                                         std::vector<net::amqp091::Delivery> messages);

}  // namespace cistern::connectors::cisco_secure_endpoint
