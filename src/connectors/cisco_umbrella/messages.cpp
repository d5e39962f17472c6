#include "connectors/cisco_umbrella/messages.hpp"

#include "base/bytes.hpp"
#include "connectors/cisco_umbrella/machine.hpp"

#include <utility>

namespace cistern::connectors::cisco_umbrella::messages {

namespace {

constexpr std::string_view kLogManagement =
    "Umbrella > Admin > Log Management (Secure Access: Admin > Log Management)";

std::string text(std::string_view words) {
  return std::string{words};
}

std::string mebibytes(std::uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MiB";
}

Failure notice(std::string_view code, std::string cause, std::string consequence,
               std::string next_step) {
  return {.verdict = Verdict::retry,
          .code = text(code),
          .cause = std::move(cause),
          .consequence = std::move(consequence),
          .next_step = std::move(next_step)};
}

std::string rotate() {
  return "rotate the key under " + text(kLogManagement) +
         " and write the new key as access_key_id and secret_access_key; the old one stops working "
         "at that moment, and nothing is missed as long as it happens within the retention";
}

}  // namespace

Failure refusal(Failure failure, const codec::aws::AwsError& error, bool managed,
                std::string_view source) {
  if (error.code == "InvalidAccessKeyId") {
    failure.consequence =
        "nothing is collected; the vendor keeps objects for the retention, so "
        "nothing is lost until then";
    failure.next_step = managed
                            ? "the key was rotated, or its 90 days are over: " + rotate()
                            : "write a key that exists; in AWS: IAM > Users > Security credentials";
  } else if (error.code == "SignatureDoesNotMatch") {
    failure.next_step =
        "copy secret_access_key again: it has exactly 40 characters, and a clipped or doubled "
        "character looks like this; a Cisco-managed key that cannot be copied any more must be "
        "rotated";
  } else if (error.code == "AccessDenied" || (error.status == 403 && error.code.empty())) {
    failure.next_step =
        managed
            ? "compare data_path with the one shown under " + text(kLogManagement) +
                  " (now: " + excerpt(source, 200) +
                  "); if it is the same, the key has reached its 90 days: " + rotate()
            : "give the key s3:ListBucket on the bucket and s3:GetObject on its objects below " +
                  excerpt(source, 200) + " (with SSE-KMS kms:Decrypt as well)";
  } else if (error.code == "NoSuchBucket") {
    failure.next_step = "copy the data path again from " + text(kLogManagement);
  }
  return failure;
}

Failure no_logs(std::string_view source, std::string_view organisations) {
  Failure out = notice(
      "cisco_umbrella/no-logs", "there is no log folder below " + excerpt(source, 200),
      "nothing can be collected yet; it is looked again every 5 minutes",
      "the first objects come up to 2 hours after the export was switched on; if it is older, "
      "compare data_path with the one shown under " +
          text(kLogManagement));
  if (!organisations.empty()) {
    out.next_step = "the bucket holds folders of organisations (" + excerpt(organisations, 200) +
                    "): set `folder` to one, and give each organisation a connector of its own";
  }
  return out;
}

Failure too_many_logs(std::string_view log, std::size_t most) {
  return notice("cisco_umbrella/too-many-logs",
                "there are more than " + std::to_string(most) + " folders; " + excerpt(log, 60) +
                    " and those behind it are left out",
                "objects in them are not collected", "name the folders to collect in `logs`");
}

Failure foreign_keys(std::string_view log, std::uint64_t count, std::string_view example) {
  return notice("cisco_umbrella/foreign-keys",
                std::to_string(count) + " keys in " + excerpt(log, 60) +
                    " are not named like objects of the export, such as " + excerpt(example, 200) +
                    "; they are left alone",
                {}, {});
}

Failure listing_stands_still(std::string_view log) {
  return notice("cisco_umbrella/listing-loop",
                "the listing of " + excerpt(log, 60) + " says that more follows and repeats itself",
                "it is asked again later, and holds what counts as complete",
                "check `endpoint`, and that no proxy answers in S3's place");
}

Failure no_new_objects(std::string_view log, Duration age) {
  return notice("cisco_umbrella/no-new-objects",
                "the newest object of " + excerpt(log, 60) + " is " + format_duration(age) +
                    " old, and the vendor usually uploads every 10 minutes",
                "nothing is missing here; either nobody uses the service, or the vendor's export "
                "is late or switched off",
                "look under " + text(kLogManagement) +
                    " whether the export is on and its last sync is recent; with an own bucket "
                    "whether its policy still lets Umbrella write");
}

Failure new_objects_came(std::string_view log) {
  return notice("cisco_umbrella/no-new-objects", "new objects of " + excerpt(log, 60) + " came", {},
                {});
}

Failure ledger_full(std::string_view log, TimePoint floor) {
  return notice("cisco_umbrella/ledger-full",
                excerpt(log, 60) + " has more objects than are remembered; those before " +
                    format_time(floor) + " are forgotten",
                "an object that is uploaded late for a time before that is not found any more; all "
                "others are",
                "set `retention` to how long the bucket really keeps objects");
}

Failure new_version(std::string_view key) {
  return notice("cisco_umbrella/object-replaced",
                "object " + excerpt(key, 200) +
                    " was read, and stands there in another version now; rows that follow those "
                    "that are stored are read, a version that begins otherwise is read whole",
                {}, {});
}

Failure changed_while_read(std::string_view key) {
  return notice("cisco_umbrella/object-replaced",
                "object " + excerpt(key, 200) +
                    " was replaced while it was being read; it is read "
                    "again as a new version",
                {}, {});
}

Failure read_as_new(std::string_view key) {
  return notice(
      "cisco_umbrella/object-rewritten",
      "object " + excerpt(key, 200) +
          " was replaced by one that begins otherwise; all of it is read as a new version",
      "rows that both versions have are stored twice, with the same cistern.id where "
      "they stand in the same place",
      "find out what rewrites objects of the export; nothing needs to be done here");
}

Failure no_piece(std::string_view key) {
  return notice("cisco_umbrella/no-piece",
                "a piece of object " + excerpt(key, 200) + " could not be decoded",
                "it is fetched again", "if it stays so, report it to the project");
}

Failure object_too_large(std::string_view key, std::uint64_t size, std::uint64_t limit) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_umbrella/object-over-limit",
          .cause = "object " + excerpt(key, 200) + " has " + mebibytes(size) +
                   ", more than max_object_size (" + mebibytes(limit) + ")",
          .consequence =
              "its rows are not collected and hold what counts as complete; the other "
              "objects go on",
          .next_step =
              "raise max_object_size before the object is purged; reading takes no more "
              "memory for it"};
}

Failure object_denied(std::string_view key, const Failure& why) {
  return {.verdict = Verdict::retry,
          .code = why.code,
          .cause = "object " + excerpt(key, 200) + ": " + why.cause,
          .consequence =
              "it may be listed and not read; it is tried again every 15 minutes, and "
              "the others go on",
          .next_step =
              "with SSE-KMS give the key kms:Decrypt, otherwise s3:GetObject; where the "
              "key may not list, a purged object is answered like this as well"};
}

Failure poisoned(std::string_view key, const Failure& why) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_umbrella/object-poisoned",
          .cause = "object " + excerpt(key, 200) +
                   " could not be read three times within 30 "
                   "minutes: " +
                   why.cause,
          .consequence =
              "its bytes are stored as they came, in one event with the problem; rows "
              "before the fault are stored as usual",
          .next_step =
              "see the event in the store (`cistern quarantine list` names what a "
              "destination refused); ask the vendor for the object if its rows matter"};
}

Failure purged(std::string_view key, const Failure& why) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_umbrella/object-lost",
          .cause = "object " + excerpt(key, 200) + " was purged before it could be read (" +
                   excerpt(why.cause, 200) + ")",
          .consequence = "its rows are missing in the store; the ledger names it",
          .next_step = "choose a longer retention under " + text(kLogManagement) +
                       ", and see in `cistern status` why reading is behind"};
}

Failure objects_gone(std::string_view log, std::size_t count) {
  return {.verdict = Verdict::set_aside,
          .code = "cisco_umbrella/object-lost",
          .cause = std::to_string(count) + " more objects of " + excerpt(log, 60) +
                   " cannot be read any more",
          .consequence = "their rows are missing in the store; `cistern coverage` names each",
          .next_step = "choose a longer retention under " + text(kLogManagement) +
                       ", and see in `cistern status` why reading is behind"};
}

Failure asked_again(std::string_view log, std::size_t count) {
  return notice("cisco_umbrella/asked-again",
                "the store lost " + std::to_string(count) + " objects of " + excerpt(log, 60) +
                    " that had been stored",
                "they are fetched again; what the vendor has purged becomes a gap in `cistern "
                "coverage`",
                "check the disk of the store");
}

Failure new_columns(std::string_view log, std::string_view names) {
  return notice(
      "cisco_umbrella/new-columns",
      excerpt(log, 60) + " has columns that this build does not know: " + excerpt(names, 400),
      "the schema is newer than this build; the columns are kept under their own names "
      "or numbers, and no row is lost",
      "update cistern, or name them in `columns`; switching on the header row under " +
          text(kLogManagement) + " makes their names known");
}

Failure other_source(std::string_view before, std::string_view now) {
  return notice(
      "cisco_umbrella/other-source",
      "this connector collected " + excerpt(before, 200) +
          " before, and the configuration now names " + excerpt(now, 200),
      "its position is of no use there: collecting starts like a first start",
      "if that was not meant, restore data_path; give each folder a connector of its own");
}

Failure other_region(std::string_view before, std::string_view now) {
  return notice("cisco_umbrella/other-region",
                "the bucket is in region " + text(now) + ", not in " + text(before),
                "cistern asks there; each start costs one more request",
                "set `region: " + text(now) + "`");
}

Failure clock_skew(Duration ahead) {
  const bool fast = ahead > Duration{0};
  return notice("cisco_umbrella/clock-skew",
                "this machine's clock is " + format_duration(fast ? ahead : -ahead) +
                    (fast ? " ahead of" : " behind") +
                    " the vendor's, which refuses more than 15 minutes",
                "requests bear the vendor's time, so nothing is missed; `received` times in the "
                "store are as wrong as the clock",
                "set the clock: `timedatectl set-ntp true`");
}

Failure key_age(Duration age, TimePoint ends, bool known) {
  if (age < kKeyWarning) return {};
  const auto days = std::chrono::duration_cast<std::chrono::hours>(age).count() / 24;
  const std::string since = known ? "the access key is " + std::to_string(days) + " days old"
                                  : "the access key has been in use here for " +
                                        std::to_string(days) + " days, and may be older";
  const bool alarm = age >= kKeyAlarm;
  return notice(alarm ? "cisco_umbrella/key-ends" : "cisco_umbrella/key-old", since,
                age >= kKeyLife ? "Cisco refuses keys after 90 days: collecting may stop any moment"
                                : "Cisco refuses it from " + format_time(ends) + " on",
                rotate() + (known ? "; write its date as key_created" : ""));
}

Failure key_is_new(std::string_view code) {
  return notice(code, "the access key was rotated", {}, {});
}

Failure queue_works(std::string_view code) {
  return notice(code, "the queue answers as it should", {}, {});
}

Failure foreign_messages(std::uint64_t count) {
  return notice("cisco_umbrella/foreign-messages",
                std::to_string(count) +
                    " messages of the queue name other buckets or folders, or "
                    "are no notifications of S3",
                "they are left in the queue, whose redrive policy decides about them",
                "send only this bucket's ObjectCreated events below the folder to the queue, and "
                "give it a dead-letter queue");
}

Failure repeated_messages(std::uint64_t count) {
  return notice("cisco_umbrella/repeated-messages",
                std::to_string(count) + " messages of the queue were received more than 5 times",
                "nothing is stored twice; a redrive policy may move them away before their objects "
                "are read, which the daily listing then finds",
                "see in `cistern status` why reading is behind, and that no other program takes "
                "from this queue");
}

Failure damaged_messages(std::uint64_t count) {
  return notice("cisco_umbrella/damaged-messages",
                std::to_string(count) + " messages of the queue do not match their checksum",
                "they are left in the queue and come again",
                "check that no proxy between this machine and AWS changes answers");
}

}  // namespace cistern::connectors::cisco_umbrella::messages
