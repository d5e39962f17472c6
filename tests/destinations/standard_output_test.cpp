#include "destinations/file/standard_output.hpp"

#include "file_harness.hpp"

#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

namespace cistern::destinations {
namespace {

using namespace cistern::testing;

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reader();
    close_writer();
  }
  void close_reader() { close_end(0); }
  void close_writer() { close_end(1); }
  void close_end(int which) {
    if (ends[which] >= 0) ::close(ends[which]);
    ends[which] = -1;
  }
  std::string read_to_end() {
    std::string all;
    char part[4096];
    for (ssize_t got = 0; (got = ::read(ends[0], part, sizeof part)) > 0;) {
      all.append(part, static_cast<std::size_t>(got));
    }
    return all;
  }
  int ends[2] = {-1, -1};
};

TEST(StandardOutput, WritesWholeBatchesToASlowReader) {
  Pipe pipe;
  auto destination = make_stream_destination(pipe.ends[1], Compression::none);
  EXPECT_FALSE(destination->exact());
  std::string got;
  std::thread reader([&] { got = pipe.read_to_end(); });
  ASSERT_TRUE(destination->open(""));
  EXPECT_TRUE(destination->deliver(batch(1, 20000)));  // more than a pipe holds
  EXPECT_TRUE(destination->deliver(batch(20001, 20002)));
  pipe.close_writer();
  reader.join();
  EXPECT_EQ(got, lines(1, 20002));
}

TEST(StandardOutput, CompressesOnRequest) {
  Pipe pipe;
  auto destination = make_stream_destination(pipe.ends[1], Compression::gzip);
  ASSERT_TRUE(destination->deliver(batch(1, 3)));
  ASSERT_TRUE(destination->deliver(batch(4, 5)));
  pipe.close_writer();
  EXPECT_EQ(decode(Compression::gzip, pipe.read_to_end()), lines(1, 5));
}

TEST(StandardOutput, AReaderThatEndedStopsTheDeliveryAndNotTheProgram) {
  Pipe pipe;
  pipe.close_reader();
  auto destination = make_stream_destination(pipe.ends[1], Compression::none);
  const auto delivered = destination->deliver(batch(1, 1));
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().code, "file/pipe-closed");
  EXPECT_EQ(delivered.error().verdict, Verdict::stop);
  EXPECT_FALSE(delivered.error().next_step.empty());
}

TEST(StandardOutput, CancelEndsACallThatWaitsForTheReader) {
  Pipe pipe;
  auto destination = make_stream_destination(pipe.ends[1], Compression::none);
  std::thread canceller([&] { destination->cancel(); });
  const auto delivered = destination->deliver(batch(1, 20000));
  canceller.join();
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().code, "file/cancelled");
}

}  // namespace
}  // namespace cistern::destinations
