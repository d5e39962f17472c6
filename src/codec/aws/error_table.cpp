#include "codec/aws/error_table.hpp"

#include "codec/aws/error_rows.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace cistern::codec::aws {
namespace {

constexpr auto kList = Operation::list;
constexpr auto kGet = Operation::get;
constexpr auto kQueue = Operation::queue;
constexpr std::optional<Operation> kAny{};

constexpr std::array kTable{
    // The credential.
    KnownError{kAny, "InvalidAccessKeyId", 0, &rows::kUnknownKey},
    KnownError{kAny, "InvalidClientTokenId", 0, &rows::kUnknownKey},
    KnownError{kAny, "UnrecognizedClientException", 0, &rows::kUnknownKey},
    KnownError{kAny, "NotSignedUp", 0, &rows::kAccount},
    KnownError{kAny, "OptInRequired", 0, &rows::kAccount},
    KnownError{kAny, "AllAccessDisabled", 0, &rows::kAccount},
    KnownError{kAny, "AccountProblem", 0, &rows::kAccount},
    KnownError{kAny, "SignatureDoesNotMatch", 0, &rows::kSignature},
    KnownError{kAny, "InvalidSignatureException", 0, &rows::kSignature},
    KnownError{kAny, "InvalidSignature", 0, &rows::kSignature},
    KnownError{kAny, "IncompleteSignature", 0, &rows::kSignature},
    KnownError{kAny, "IncompleteSignatureException", 0, &rows::kSignature},
    KnownError{kAny, "MissingAuthenticationToken", 0, &rows::kSignature},
    KnownError{kAny, "MissingAuthenticationTokenException", 0, &rows::kSignature},
    KnownError{kAny, "XAmzContentSHA256Mismatch", 0, &rows::kSignature},
    KnownError{kAny, "ExpiredToken", 0, &rows::kSessionToken},
    KnownError{kAny, "ExpiredTokenException", 0, &rows::kSessionToken},
    KnownError{kAny, "InvalidToken", 0, &rows::kSessionToken},
    KnownError{kAny, "TokenRefreshRequired", 0, &rows::kSessionToken},

    // Clock and region.
    KnownError{kAny, "RequestTimeTooSkewed", 0, &rows::kClock},
    KnownError{kAny, "RequestExpired", 0, &rows::kClock},
    KnownError{kAny, "AuthorizationHeaderMalformed", 0, &rows::kRegion},
    KnownError{kAny, "PermanentRedirect", 0, &rows::kRegion},
    KnownError{kAny, "Redirect", 0, &rows::kRegion},
    KnownError{kAny, "TemporaryRedirect", 0, &rows::kRegion},
    KnownError{kAny, "IllegalLocationConstraintException", 0, &rows::kRegion},
    KnownError{kAny, "InvalidLocationConstraint", 0, &rows::kRegion},

    // Permission.
    KnownError{kList, "AccessDenied", 0, &rows::kListDenied},
    KnownError{kGet, "AccessDenied", 0, &rows::kGetDenied},
    KnownError{kQueue, "AccessDenied", 0, &rows::kQueueDenied},
    KnownError{kQueue, "AccessDeniedException", 0, &rows::kQueueDenied},
    KnownError{kQueue, "AWS.SimpleQueueService.AccessDenied", 0, &rows::kQueueDenied},
    KnownError{kGet, "KMS.DisabledException", 0, &rows::kEncryptionKey},
    KnownError{kGet, "KMS.NotFoundException", 0, &rows::kEncryptionKey},
    KnownError{kGet, "KMS.KMSInvalidStateException", 0, &rows::kEncryptionKey},
    KnownError{kQueue, "KmsAccessDenied", 0, &rows::kEncryptionKey},
    KnownError{kQueue, "KmsDisabled", 0, &rows::kEncryptionKey},
    KnownError{kQueue, "KmsInvalidState", 0, &rows::kEncryptionKey},
    KnownError{kQueue, "KmsNotFound", 0, &rows::kEncryptionKey},
    KnownError{kQueue, "KmsOptInRequired", 0, &rows::kEncryptionKey},

    // What does not exist, or not like this.
    KnownError{kAny, "NoSuchBucket", 0, &rows::kNoBucket},
    KnownError{kAny, "InvalidBucketName", 0, &rows::kNoBucket},
    KnownError{kGet, "NoSuchKey", 0, &rows::kGone},
    KnownError{kGet, "NoSuchVersion", 0, &rows::kGone},
    KnownError{kGet, "MethodNotAllowed", 0, &rows::kGone},
    KnownError{kGet, "PreconditionFailed", 0, &rows::kChanged},
    KnownError{kGet, "InvalidRange", 0, &rows::kRange},
    KnownError{kGet, "InvalidObjectState", 0, &rows::kArchived},
    KnownError{kGet, "KeyTooLongError", 0, &rows::kObjectRefused},
    KnownError{kGet, "InvalidRequest", 0, &rows::kObjectRefused},
    KnownError{kList, "InvalidArgument", 0, &rows::kToken},
    KnownError{kQueue, "QueueDoesNotExist", 0, &rows::kNoQueue},
    KnownError{kQueue, "AWS.SimpleQueueService.NonExistentQueue", 0, &rows::kNoQueue},
    KnownError{kQueue, "QueueDeletedRecently", 0, &rows::kNoQueue},
    KnownError{kQueue, "InvalidAddress", 0, &rows::kNoQueue},
    KnownError{kQueue, "ReceiptHandleIsInvalid", 0, &rows::kReceipt},
    KnownError{kQueue, "MessageNotInflight", 0, &rows::kReceipt},
    KnownError{kQueue, "AWS.SimpleQueueService.MessageNotInflight", 0, &rows::kReceipt},
    KnownError{kQueue, "InvalidParameterValue", 0, &rows::kReceipt},
    KnownError{kAny, "NotImplemented", 0, &rows::kUnknownRequest},
    KnownError{kQueue, "UnsupportedOperation", 0, &rows::kUnknownRequest},

    // Load and failures.
    KnownError{kAny, "SlowDown", 0, &rows::kThrottled},
    KnownError{kAny, "ServiceUnavailable", 0, &rows::kThrottled},
    KnownError{kAny, "Throttling", 0, &rows::kThrottled},
    KnownError{kAny, "ThrottlingException", 0, &rows::kThrottled},
    KnownError{kAny, "ThrottledException", 0, &rows::kThrottled},
    KnownError{kAny, "RequestThrottled", 0, &rows::kThrottled},
    KnownError{kAny, "RequestThrottledException", 0, &rows::kThrottled},
    KnownError{kAny, "RequestLimitExceeded", 0, &rows::kThrottled},
    KnownError{kAny, "TooManyRequestsException", 0, &rows::kThrottled},
    KnownError{kAny, "BandwidthLimitExceeded", 0, &rows::kThrottled},
    KnownError{kAny, "KmsThrottled", 0, &rows::kThrottled},
    KnownError{kQueue, "OverLimit", 0, &rows::kInFlight},
    KnownError{kAny, "InternalError", 0, &rows::kUnavailable},
    KnownError{kAny, "InternalFailure", 0, &rows::kUnavailable},
    KnownError{kAny, "InternalServerError", 0, &rows::kUnavailable},
    KnownError{kAny, "RequestTimeout", 0, &rows::kUnavailable},
    KnownError{kAny, "OperationAborted", 0, &rows::kUnavailable},

    // Without a code that is known.
    KnownError{kAny, "", 301, &rows::kRegion},
    KnownError{kAny, "", 302, &rows::kRegion},
    KnownError{kAny, "", 307, &rows::kRegion},
    KnownError{kAny, "", 308, &rows::kRegion},
    KnownError{kAny, "", 401, &rows::kSignature},
    KnownError{kList, "", 403, &rows::kListDenied},
    KnownError{kGet, "", 403, &rows::kGetDenied},
    KnownError{kQueue, "", 403, &rows::kQueueDenied},
    KnownError{kList, "", 404, &rows::kNoBucket},
    KnownError{kGet, "", 404, &rows::kGone},
    KnownError{kQueue, "", 404, &rows::kNoQueue},
    KnownError{kAny, "", 408, &rows::kUnavailable},
    KnownError{kAny, "", 409, &rows::kUnavailable},
    KnownError{kGet, "", 412, &rows::kChanged},
    KnownError{kGet, "", 416, &rows::kRange},
    KnownError{kAny, "", 429, &rows::kThrottled},
    KnownError{kAny, "", 501, &rows::kUnknownRequest},
    KnownError{kAny, "", 503, &rows::kThrottled},
};

/// SQS has no code of its own for a clock that is off: the sentence tells it apart from a wrong
/// secret.
bool blames_the_clock(const AwsError& error) {
  return error.message.starts_with("Signature expired") ||
         error.message.starts_with("Signature not yet current");
}

/// Nor one for a signature made in another region's name.
bool blames_the_region(const AwsError& error) {
  return error.message.starts_with("Credential should be scoped to a valid region");
}

/// The same code is said of a message that is no longer ours and of a request that was wrong.
bool blames_another_parameter(const AwsError& error) {
  return error.code == "InvalidParameterValue" &&
         error.message.find("ReceiptHandle") == std::string::npos;
}

const ErrorRow* find_row(Operation operation, std::string_view code, int status) {
  const auto found = std::find_if(kTable.begin(), kTable.end(), [&](const KnownError& known) {
    if (known.only && *known.only != operation) return false;
    return known.vendor_code == code && (known.status == 0 || known.status == status);
  });
  return found == kTable.end() ? nullptr : found->row;
}

const ErrorRow& by_status(Operation operation, int status) {
  if (const ErrorRow* row = find_row(operation, "", status)) return *row;
  return status >= 400 && status < 500 ? rows::kRefused : rows::kUnavailable;
}

}  // namespace

std::string_view to_string(Remedy remedy) {
  switch (remedy) {
    case Remedy::retry:
      return "retry";
    case Remedy::throttled:
      return "throttled";
    case Remedy::adopt_region:
      return "adopt_region";
    case Remedy::correct_clock:
      return "correct_clock";
    case Remedy::refused:
      return "refused";
    case Remedy::denied:
      return "denied";
    case Remedy::restart_listing:
      return "restart_listing";
    case Remedy::object_gone:
      return "object_gone";
    case Remedy::object_changed:
      return "object_changed";
    case Remedy::restart_object:
      return "restart_object";
    case Remedy::set_aside:
      return "set_aside";
    case Remedy::forget_message:
      return "forget_message";
  }
  return "retry";
}

const ErrorRow& row_of(Operation operation, const AwsError& error) {
  // What a proxy or a login page says must not be taken for the bucket's word: a 404 of theirs
  // would count as an object that is gone.
  if (!error.from_aws && error.status < 500 && error.status != 429) return rows::kStranger;
  const ErrorRow* row =
      error.code.empty() ? nullptr : find_row(operation, error.code, error.status);
  if (row == nullptr || blames_another_parameter(error)) row = &by_status(operation, error.status);
  if (row == &rows::kSignature && blames_the_clock(error)) row = &rows::kClock;
  if (row == &rows::kSignature && blames_the_region(error)) row = &rows::kRegion;
  if (row->remedy == Remedy::adopt_region && error.region.empty()) return rows::kRegionUntold;
  return *row;
}

Failure to_failure(const ErrorRow& row, const AwsError& error) {
  std::string cause{row.meaning};
  cause += " (status " + std::to_string(error.status);
  if (!error.code.empty()) cause += ", " + error.code;
  if (!error.message.empty()) cause += ": " + error.message;
  if (!error.region.empty()) cause += ", region " + error.region;
  if (!error.request_id.empty()) cause += ", request " + error.request_id;
  cause += ")";
  return {.verdict = rows::verdict_of(row.remedy),
          .code = std::string{row.code},
          .cause = std::move(cause),
          .consequence = std::string{row.consequence},
          .next_step = std::string{row.next_step}};
}

std::span<const KnownError> known_errors() {
  return kTable;
}

}  // namespace cistern::codec::aws
