#include "base/files.hpp"

#include "base/file_errors.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cistern {
namespace {

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "cistern-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }
  std::string in(const std::string& name) const { return folder_ + "/" + name; }
  std::unique_ptr<File> create(const std::string& name) {
    return files_->open(in(name), OpenMode::create_new).value();
  }
  static unsigned mode_of(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
  }

  std::string folder_;
  std::unique_ptr<Files> files_ = make_system_files();
};

TEST_F(FilesTest, ReadsBackWhatWasWritten) {
  const auto file = create("a");
  ASSERT_TRUE(file->write_at(0, "hello world"));
  ASSERT_TRUE(file->write_at(6, "there"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->read_at(0, 100).value(), "hello there");
  EXPECT_EQ(file->read_at(6, 3).value(), "the");
  EXPECT_EQ(file->read_at(50, 3).value(), "");
  EXPECT_EQ(file->size().value(), 11U);
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(file->read_at(0, 100).value(), "hello");
}

TEST_F(FilesTest, ANewFileIsForItsUserOnly) {
  const auto file = create("a");
  EXPECT_EQ(mode_of(in("a")), 0600U);
  ASSERT_TRUE(files_->make_directory(in("x/y/z")));
  ASSERT_TRUE(files_->make_directory(in("x/y/z")));
  EXPECT_EQ(mode_of(in("x")), 0700U);
  EXPECT_EQ(mode_of(in("x/y/z")), 0700U);
}

TEST_F(FilesTest, AViewStartsAnywhereAndOutlivesTheFile) {
  const std::string text(20'000, 'a');
  std::unique_ptr<FileView> view;
  {
    const auto file = create("a");
    ASSERT_TRUE(file->write_at(0, text + "end"));
    view = file->view(10'001, 1'000'000).value();
    EXPECT_EQ(file->view(5, 3).value()->bytes(), "aaa");
    EXPECT_EQ(file->view(20'003, 3).value()->bytes(), "");
    EXPECT_EQ(file->view(0, 0).value()->bytes(), "");
  }
  ASSERT_TRUE(files_->remove(in("a")));
  EXPECT_EQ(view->bytes(), text.substr(10'001) + "end");
}

TEST_F(FilesTest, ModesOfOpening) {
  EXPECT_EQ(files_->open(in("a"), OpenMode::read).error().code, "file/missing");
  EXPECT_EQ(files_->open(in("a"), OpenMode::write_existing).error().code, "file/missing");
  ASSERT_TRUE(files_->open(in("a"), OpenMode::create_or_open).value()->write_at(0, "kept"));
  EXPECT_EQ(files_->open(in("a"), OpenMode::create_new).error().code, "file/exists");
  EXPECT_EQ(files_->open(in("a"), OpenMode::create_or_open).value()->read_at(0, 9).value(), "kept");
  ASSERT_TRUE(files_->open(in("a"), OpenMode::write_existing).value()->write_at(0, "K"));
  const auto reader = files_->open(in("a"), OpenMode::read).value();
  EXPECT_EQ(reader->read_at(0, 9).value(), "Kept");
  EXPECT_FALSE(reader->write_at(0, "x"));
  EXPECT_EQ(reader->inode().value(),
            files_->open(in("a"), OpenMode::read).value()->inode().value());
}

TEST_F(FilesTest, ListsRenamesAndRemoves) {
  create("b");
  create("a");
  ASSERT_TRUE(files_->make_directory(in("c")));
  EXPECT_EQ(files_->list(folder_).value(), (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_TRUE(files_->rename(in("b"), in("a")));
  ASSERT_TRUE(files_->sync_directory(folder_));
  EXPECT_FALSE(files_->exists(in("b")).value());
  EXPECT_TRUE(files_->exists(in("a")).value());
  EXPECT_FALSE(files_->exists(in("a/below")).value());
  ASSERT_TRUE(files_->remove(in("a")));
  ASSERT_TRUE(files_->remove(in("c")));
  EXPECT_TRUE(files_->list(folder_).value().empty());
  EXPECT_GT(files_->free_bytes(folder_).value(), 0U);
}

TEST_F(FilesTest, FailuresNameThePathAndTheCure) {
  create("a");
  const Failure below_file = files_->make_directory(in("a/b")).error();
  EXPECT_EQ(below_file.code, "file/bad-path");
  const Failure missing = files_->list(in("none")).error();
  EXPECT_EQ(missing.code, "file/missing");
  EXPECT_NE(missing.cause.find(in("none")), std::string::npos);
  EXPECT_FALSE(missing.next_step.empty());
  EXPECT_FALSE(files_->rename(in("none"), in("x")));
  EXPECT_FALSE(files_->remove(in("none")));
  EXPECT_FALSE(files_->sync_directory(in("none")));
  EXPECT_FALSE(files_->free_bytes(in("none")));
  EXPECT_EQ(files_->make_directory("").error().code, "file/missing");
}

TEST(FileFailure, SaysWhatCanBeTriedAgain) {
  struct Case {
    int error;
    Verdict verdict;
    const char* code;
  };
  for (const Case& expected :
       {Case{ENOSPC, Verdict::retry, "file/no-space"},
        Case{EDQUOT, Verdict::retry, "file/no-space"},
        Case{EROFS, Verdict::retry, "file/read-only"}, Case{EIO, Verdict::stop, "file/io"},
        Case{ENOENT, Verdict::stop, "file/missing"}, Case{EACCES, Verdict::stop, "file/permission"},
        Case{EMFILE, Verdict::retry, "file/too-many-open"},
        Case{ENXIO, Verdict::stop, "file/system"}}) {
    const Failure failure = file_failure("write", "/store/a\n", expected.error);
    EXPECT_EQ(failure.verdict, expected.verdict) << expected.code;
    EXPECT_EQ(failure.code, expected.code);
    EXPECT_FALSE(failure.next_step.empty());
    EXPECT_EQ(failure.cause.find('\n'), std::string::npos);
  }
}

TEST(SystemFiles, AFullDiskIsARetry) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  const auto file = make_system_files()->open("/dev/full", OpenMode::write_existing);
  ASSERT_TRUE(file);
  const Status written = (*file)->write_at(0, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, "file/no-space");
  EXPECT_EQ(written.error().verdict, Verdict::retry);
}

}  // namespace
}  // namespace cistern
