#include "codec/aws/error_rows.hpp"

namespace cistern::codec::aws::rows {
namespace {

constexpr std::string_view kKept =
    "nothing is collected meanwhile; the objects stay in the bucket for its retention, and what is "
    "missing is read afterwards";
constexpr std::string_view kQueueKept =
    "no notification is received meanwhile; the queue keeps them for its retention, and the "
    "listing finds what they would have named";
constexpr std::string_view kAgain = "no position moved; it is tried again with growing delays";
constexpr std::string_view kNothing = "nothing, it goes on by itself";

}  // namespace

Verdict verdict_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::refused:
    case Remedy::denied:
      return Verdict::stop;
    case Remedy::set_aside:
    case Remedy::object_gone:
    case Remedy::forget_message:
      return Verdict::set_aside;
    case Remedy::adopt_region:
    case Remedy::correct_clock:
      return Verdict::renew_credentials;
    case Remedy::retry:
    case Remedy::throttled:
    case Remedy::restart_listing:
    case Remedy::object_changed:
    case Remedy::restart_object:
      return Verdict::retry;
  }
  return Verdict::retry;
}

const ErrorRow kUnknownKey{
    Remedy::refused, "aws/unknown-key",
    "the access key does not exist: it was rotated or deleted, or was mistyped", kKept,
    "create or look up the current key pair and set access_key_id and secret_access_key together; "
    "a rotation ends the old pair at once, and a new one may need a minute to be known"};

const ErrorRow kAccount{
    Remedy::refused, "aws/account", "the account behind the key or the bucket is shut", kKept,
    "ask the owner of the AWS account (with a vendor's own bucket: the vendor's support)"};

const ErrorRow kSignature{
    Remedy::refused, "aws/signature",
    "the signature is not accepted: the secret does not belong to the access key", kKept,
    "set secret_access_key again, whole and without blanks (AWS's have exactly 40 characters), "
    "together with the access_key_id that was shown beside it"};

const ErrorRow kSessionToken{
    Remedy::refused, "aws/session-token", "the session token has expired or is not valid", kKept,
    "obtain new temporary credentials and set access_key_id, secret_access_key and session_token "
    "together; a key pair of an IAM user does not expire"};

const ErrorRow kClock{
    Remedy::correct_clock, "aws/clock",
    "the clock of this machine is too far from the server's for a signature to be accepted",
    "requests are signed with the server's time; the times of collected events do not depend on it",
    "set this machine's clock (for example `timedatectl set-ntp true`)"};

const ErrorRow kRegion{Remedy::adopt_region, "aws/region",
                       "the bucket or queue is in another region",
                       "the region that the answer tells is used until the configuration says it",
                       "set `region` to it, which saves a refused request at each start"};

const ErrorRow kRegionUntold{
    Remedy::refused, "aws/region-untold",
    "the bucket or queue is in another region, and the answer does not say in which", kKept,
    "set `region` to the one shown beside the bucket's name (S3 console, Properties), or in the "
    "queue's URL; addresses out of an answer are not followed, because the request is signed"};

const ErrorRow kListDenied{
    Remedy::denied, "aws/list-denied", "the key is known but may not list this bucket or folder",
    kKept,
    "check the bucket and the folder letter by letter, and that the key belongs to them; in an own "
    "bucket allow s3:ListBucket on the bucket. A vendor's key that was not rotated within its 90 "
    "days may be refused like this as well: rotate it"};

const ErrorRow kGetDenied{
    Remedy::denied, "aws/object-denied", "the key is known but may not read this object", kKept,
    "allow s3:GetObject on the bucket's objects, and kms:Decrypt where they are encrypted with a "
    "key of your own (SSE-KMS). Without s3:ListBucket an object that was deleted is refused like "
    "this as well"};

const ErrorRow kQueueDenied{
    Remedy::denied, "aws/queue-denied", "the key is known but may not use this queue", kQueueKept,
    "allow sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and "
    "sqs:GetQueueAttributes on the queue"};

const ErrorRow kEncryptionKey{Remedy::denied, "aws/encryption-key",
                              "what is stored is encrypted with a KMS key that cannot be used",
                              kKept,
                              "in KMS check that the key is enabled, and allow kms:Decrypt on it"};

const ErrorRow kNoBucket{Remedy::refused, "aws/no-bucket", "the bucket does not exist", kKept,
                         "check the bucket's name, and the endpoint if one is set"};

const ErrorRow kGone{
    Remedy::object_gone, "aws/object-gone",
    "the object was deleted between being named and being read",
    "what it held cannot be read any more and is named as missing",
    "nothing for this one; a longer retention of the bucket, or shorter interruptions, avoid it"};

const ErrorRow kChanged{Remedy::object_changed, "aws/object-changed",
                        "the object was replaced since it was listed",
                        "it is listed and read again", kNothing};

const ErrorRow kRange{Remedy::restart_object, "aws/range", "the object is shorter than it was",
                      "it is read again from its beginning", kNothing};

const ErrorRow kArchived{Remedy::set_aside, "aws/object-archived",
                         "the object was moved to an archive class and cannot be read from there",
                         "it is set aside; the others are read",
                         "let lifecycle rules archive objects only after they were collected; what "
                         "this one holds has to "
                         "be restored from the archive by hand"};

const ErrorRow kObjectRefused{
    Remedy::set_aside, "aws/object-refused",
    "the request for this object is refused for a reason of the object's own",
    "it is set aside; the others are read",
    "read the vendor's sentence: objects encrypted with a key of the writer's (SSE-C) cannot be "
    "read by anybody else"};

const ErrorRow kToken{Remedy::restart_listing, "aws/listing-token",
                      "the listing cannot be continued",
                      "it is begun again; what was read already is not read twice", kNothing};

const ErrorRow kNoQueue{Remedy::refused, "aws/no-queue", "the queue does not exist",
                        "objects are found by listing alone",
                        "copy the queue's URL from the SQS console into queue_url"};

const ErrorRow kReceipt{Remedy::forget_message, "aws/receipt",
                        "a message's receipt is no longer valid: its time of invisibility was over",
                        "the message comes again, and what it names is known by then", kNothing};

const ErrorRow kUnknownRequest{
    Remedy::refused, "aws/unknown-request", "the server does not know this request", kKept,
    "check the endpoint: it must speak ListObjectsV2 (S3), or SQS's JSON protocol (a queue)"};

const ErrorRow kRefused{
    Remedy::refused, "aws/refused", "the request is refused", kKept,
    "read the vendor's sentence; if it says nothing about the configuration, report this message "
    "to the project"};

const ErrorRow kThrottled{
    Remedy::throttled, "aws/throttled", "the service asks for fewer requests", kAgain,
    "nothing, if it passes; otherwise look for other readers of the same bucket or queue"};

const ErrorRow kInFlight{
    Remedy::throttled, "aws/in-flight", "too many messages of the queue are under way", kAgain,
    "look for other readers that receive messages of this queue and do not delete them"};

const ErrorRow kUnavailable{Remedy::retry, "aws/unavailable",
                            "the service is not available just now", kAgain, kNothing};

const ErrorRow kStranger{
    Remedy::retry, "aws/stranger",
    "something that is neither S3 nor SQS has answered in their place", kAgain,
    "look at what stands between here and the endpoint: a proxy that blocks the host, a login "
    "page, or an endpoint that is no S3 server"};

}  // namespace cistern::codec::aws::rows
