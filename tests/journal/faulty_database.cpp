#include "faulty_database.hpp"

#include <atomic>
#include <cstring>
#include <new>

#include <sqlite3.h>

namespace cistern::test {
namespace {

/// What SQLite allocates for an open file.
struct OpenFile {
  sqlite3_file base;
  FaultyDatabase* database;
  File* file;
  std::string* path;
  bool shared;
};

OpenFile& open_file(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

FaultyDatabase& database_of(sqlite3_vfs* vfs) {
  return *static_cast<FaultyDatabase*>(vfs->pAppData);
}

int code_of(const Status& status, int otherwise) {
  if (status) return SQLITE_OK;
  return status.error().code == "file/no-space" ? SQLITE_FULL : otherwise;
}

int do_close(sqlite3_file* file) {
  OpenFile& open = open_file(file);
  delete open.file;
  delete open.path;
  return SQLITE_OK;
}

int do_read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  auto bytes = open_file(file).file->read_at(static_cast<std::uint64_t>(offset),
                                             static_cast<std::size_t>(size));
  if (!bytes) return SQLITE_IOERR_READ;
  std::memset(out, 0, static_cast<std::size_t>(size));
  std::memcpy(out, bytes->data(), bytes->size());
  return bytes->size() < static_cast<std::size_t>(size) ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int do_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  return code_of(open_file(file).file->write_at(
                     static_cast<std::uint64_t>(offset),
                     {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}),
                 SQLITE_IOERR_WRITE);
}

int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
  return code_of(open_file(file).file->truncate(static_cast<std::uint64_t>(size)),
                 SQLITE_IOERR_TRUNCATE);
}

int do_sync(sqlite3_file* file, int) {
  return code_of(open_file(file).file->sync(), SQLITE_IOERR_FSYNC);
}

int do_size(sqlite3_file* file, sqlite3_int64* size) {
  auto known = open_file(file).file->size();
  if (!known) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*known);
  return SQLITE_OK;
}

int do_lock(sqlite3_file*, int) {
  return SQLITE_OK;
}

int do_check_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}

int do_control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}

int do_sector_size(sqlite3_file*) {
  return 512;
}

int do_characteristics(sqlite3_file*) {
  return 0;
}

int do_map(sqlite3_file* file, int region, int size, int, void volatile** memory) {
  OpenFile& open = open_file(file);
  *memory = open.database->shared_memory(*open.path, static_cast<std::size_t>(region),
                                         static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int do_shared_lock(sqlite3_file*, int, int, int) {
  return SQLITE_OK;
}

void do_barrier(sqlite3_file*) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

int do_unmap(sqlite3_file* file, int remove) {
  OpenFile& open = open_file(file);
  if (remove != 0) open.database->drop_shared_memory(*open.path);
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {2,
                                     do_close,
                                     do_read,
                                     do_write,
                                     do_truncate,
                                     do_sync,
                                     do_size,
                                     do_lock,
                                     do_lock,
                                     do_check_lock,
                                     do_control,
                                     do_sector_size,
                                     do_characteristics,
                                     do_map,
                                     do_shared_lock,
                                     do_barrier,
                                     do_unmap,
                                     nullptr,
                                     nullptr};

int do_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  OpenFile& open = open_file(file);
  open.base.pMethods = nullptr;
  if (path == nullptr) return SQLITE_CANTOPEN;
  OpenMode mode = OpenMode::read;
  if ((flags & SQLITE_OPEN_READWRITE) != 0) mode = OpenMode::write_existing;
  if ((flags & SQLITE_OPEN_CREATE) != 0) mode = OpenMode::create_or_open;
  auto opened = database_of(vfs).files().open(path, mode);
  if (!opened) return SQLITE_CANTOPEN;
  open.database = &database_of(vfs);
  open.file = opened->release();
  open.path = new std::string(path);
  open.base.pMethods = &kMethods;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int do_delete(sqlite3_vfs* vfs, const char* path, int) {
  Files& files = database_of(vfs).files();
  auto there = files.exists(path);
  if (there && !*there) return SQLITE_IOERR_DELETE_NOENT;
  return code_of(files.remove(path), SQLITE_IOERR_DELETE);
}

int do_access(sqlite3_vfs* vfs, const char* path, int, int* answer) {
  auto there = database_of(vfs).files().exists(path);
  if (!there) return SQLITE_IOERR_ACCESS;
  *answer = *there ? 1 : 0;
  return SQLITE_OK;
}

int do_full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

int do_randomness(sqlite3_vfs*, int size, char* out) {
  // Salts of write-ahead logs: what matters is that they differ.
  static std::atomic<unsigned> next{1};
  for (int i = 0; i < size; ++i)
    out[i] = static_cast<char>((next += 2'654'435'761U) >> 24U);
  return size;
}

int do_sleep(sqlite3_vfs*, int microseconds) {
  return microseconds;
}

int do_time(sqlite3_vfs*, sqlite3_int64* milliseconds) {
  *milliseconds = 212'000'000'000'000;
  return SQLITE_OK;
}

int do_old_time(sqlite3_vfs*, double* days) {
  *days = 2'453'703.7;
  return SQLITE_OK;
}

int do_last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

FaultyDatabase::FaultyDatabase(Files& files) : files_(files) {
  static std::atomic<unsigned> number{0};
  name_ = "faulty-" + std::to_string(++number);
  vfs_ = std::make_unique<sqlite3_vfs>();
  vfs_->iVersion = 2;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 1024;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = do_open;
  vfs_->xDelete = do_delete;
  vfs_->xAccess = do_access;
  vfs_->xFullPathname = do_full_path;
  vfs_->xRandomness = do_randomness;
  vfs_->xSleep = do_sleep;
  vfs_->xCurrentTime = do_old_time;
  vfs_->xGetLastError = do_last_error;
  vfs_->xCurrentTimeInt64 = do_time;
  sqlite3_vfs_register(vfs_.get(), 0);
}

FaultyDatabase::~FaultyDatabase() {
  sqlite3_vfs_unregister(vfs_.get());
}

void FaultyDatabase::forget_shared_memory() {
  const std::lock_guard lock{mutex_};
  shared_.clear();
}

char* FaultyDatabase::shared_memory(const std::string& path, std::size_t region, std::size_t size) {
  const std::lock_guard lock{mutex_};
  auto& regions = shared_[path];
  while (regions.size() <= region)
    regions.push_back(std::make_unique<char[]>(size));
  return regions[region].get();
}

void FaultyDatabase::drop_shared_memory(const std::string& path) {
  const std::lock_guard lock{mutex_};
  shared_.erase(path);
}

}  // namespace cistern::test
