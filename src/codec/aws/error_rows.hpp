// The rows of the error table: what a person reads.
#pragma once

#include "codec/aws/error_table.hpp"

namespace cistern::codec::aws::rows {

Verdict verdict_of(Remedy remedy);

extern const ErrorRow kUnknownKey;
extern const ErrorRow kAccount;
extern const ErrorRow kSignature;
extern const ErrorRow kSessionToken;
extern const ErrorRow kClock;
extern const ErrorRow kRegion;
extern const ErrorRow kRegionUntold;
extern const ErrorRow kListDenied;
extern const ErrorRow kGetDenied;
extern const ErrorRow kQueueDenied;
extern const ErrorRow kEncryptionKey;
extern const ErrorRow kNoBucket;
extern const ErrorRow kGone;
extern const ErrorRow kChanged;
extern const ErrorRow kRange;
extern const ErrorRow kArchived;
extern const ErrorRow kObjectRefused;
extern const ErrorRow kToken;
extern const ErrorRow kNoQueue;
extern const ErrorRow kReceipt;
extern const ErrorRow kUnknownRequest;
extern const ErrorRow kRefused;
extern const ErrorRow kThrottled;
extern const ErrorRow kInFlight;
extern const ErrorRow kUnavailable;
extern const ErrorRow kStranger;

}  // namespace cistern::codec::aws::rows
