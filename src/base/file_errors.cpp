#include "base/file_errors.hpp"

#include "base/bytes.hpp"

#include <array>
#include <cerrno>
#include <system_error>

namespace cistern {
namespace {

struct Meaning {
  int error;
  Verdict verdict;
  std::string_view code;
  std::string_view next_step;
};

// A full or read-only file system is repaired beside the running program, so it is tried again.
// After an I/O error the kernel may have dropped the pages that it could not write; a second sync
// would succeed without them, so nothing is tried again.
constexpr std::array kMeanings = {
    Meaning{ENOSPC, Verdict::retry, "file/no-space",
            "free space on this file system or enlarge it; work goes on by itself"},
    Meaning{EDQUOT, Verdict::retry, "file/no-space",
            "raise the disk quota of this user or free space; work goes on by itself"},
    Meaning{
        EROFS, Verdict::retry, "file/read-only",
        "find out why the file system became read-only (see dmesg) and mount it writable again"},
    Meaning{EIO, Verdict::stop, "file/io", "check the disk (dmesg, smartctl), then start again"},
    Meaning{ENOENT, Verdict::stop, "file/missing",
            "check the path; create the file or folder if it should be there"},
    Meaning{EACCES, Verdict::stop, "file/permission",
            "give the user that runs cistern access to the file and to every folder above it"},
    Meaning{EPERM, Verdict::stop, "file/permission",
            "give the user that runs cistern access to the file and to every folder above it"},
    Meaning{EEXIST, Verdict::stop, "file/exists", "move the existing file away"},
    Meaning{EMFILE, Verdict::retry, "file/too-many-open",
            "raise the limit of open files (LimitNOFILE, ulimit -n)"},
    Meaning{ENFILE, Verdict::retry, "file/too-many-open",
            "raise the system's limit of open files (fs.file-max)"},
    Meaning{
        EFBIG, Verdict::stop, "file/too-large",
        "raise the limit of file sizes (ulimit -f) or use a file system that allows larger files"},
    Meaning{ENOTDIR, Verdict::stop, "file/bad-path",
            "one part of the path is a file and not a folder; correct the path"},
    Meaning{EISDIR, Verdict::stop, "file/bad-path", "the path names a folder; name a file in it"},
    Meaning{ENAMETOOLONG, Verdict::stop, "file/bad-path", "use a shorter path"},
    Meaning{ELOOP, Verdict::stop, "file/bad-path", "remove the circle of symbolic links"},
};

constexpr Meaning kOther{0, Verdict::stop, "file/system",
                         "see the system's words; correct the cause, then start again"};

const Meaning& meaning_of(int error) {
  for (const Meaning& meaning : kMeanings)
    if (meaning.error == error) return meaning;
  return kOther;
}

}  // namespace

Failure file_failure(std::string_view what, const std::string& path, int error) {
  const Meaning& meaning = meaning_of(error);
  Failure failure;
  failure.verdict = meaning.verdict;
  failure.code = meaning.code;
  failure.cause = "cannot " + std::string{what} + " " + excerpt(path, 1024) + ": " +
                  std::generic_category().message(error);
  failure.next_step = meaning.next_step;
  if (meaning.verdict == Verdict::retry) failure.wait = std::chrono::seconds{1};
  return failure;
}

}  // namespace cistern
