#include "runtime/batch_sender.h"

#include <array>
#include <cerrno>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace tocsin::runtime {
namespace {

struct SocketPair {
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~SocketPair() {
    for (const int end : ends) close(end);
  }
  std::string received() const {
    std::array<char, 4096> buffer;
    const ssize_t count = recv(ends[1], buffer.data(), buffer.size(), 0);
    return count < 0 ? "" : std::string(buffer.data(), static_cast<size_t>(count));
  }
  std::array<int, 2> ends;
};

// The text must live until the batch is sent.
BatchSender::Send send_of(int fd, const std::string& text) {
  return {fd, as_bytes(text).data(), static_cast<uint32_t>(text.size()), 0};
}

class BatchSenderTest : public ::testing::TestWithParam<BatchSender::Way> {
 protected:
  BatchSender sender_{GetParam()};
};

TEST_P(BatchSenderTest, EachSocketGetsItsOwnBytesInBatchesOfAnySize) {
  for (const size_t size : {size_t{1}, size_t{2}, size_t{BatchSender::batch_max}, size_t{150}}) {
    std::vector<SocketPair> pairs(size);
    std::vector<std::string> texts;
    for (size_t i = 0; i < size; ++i) texts.push_back("record " + std::to_string(i));
    std::vector<BatchSender::Send> batch;
    for (size_t i = 0; i < size; ++i) batch.push_back(send_of(pairs[i].ends[0], texts[i]));
    sender_.send(batch);
    for (size_t i = 0; i < size; ++i) {
      EXPECT_EQ(batch[i].result, static_cast<int32_t>(texts[i].size()));
      EXPECT_EQ(pairs[i].received(), texts[i]);
    }
  }
}

TEST_P(BatchSenderTest, AFullSocketDoesNotHoldUpTheOthersAndSaysSo) {
  std::vector<SocketPair> pairs(3);
  const std::string filling(65536, 'f');
  while (::send(pairs[1].ends[0], filling.data(), filling.size(), MSG_DONTWAIT) > 0) {
  }
  std::vector<BatchSender::Send> batch;
  const std::string text = "alert";
  for (const SocketPair& pair : pairs) batch.push_back(send_of(pair.ends[0], text));
  sender_.send(batch);
  EXPECT_EQ(batch[0].result, 5);
  EXPECT_EQ(batch[1].result, -EAGAIN);
  EXPECT_EQ(batch[2].result, 5);
  EXPECT_EQ(pairs[2].received(), "alert");
}

TEST_P(BatchSenderTest, BrokenAndClosedSocketsAreErrorsOfTheirOwnAlone) {
  sender_.uses_io_uring();  // opened now, or the ring would take the number of the closed socket
  std::vector<SocketPair> pairs(3);
  close(pairs[0].ends[1]);
  pairs[0].ends[1] = dup(pairs[0].ends[0]);
  const int closed = dup(pairs[1].ends[0]);
  close(closed);
  const std::string text = "alert";
  std::vector<BatchSender::Send> batch = {send_of(pairs[0].ends[0], text), send_of(closed, text),
                                          send_of(pairs[2].ends[0], text)};
  sender_.send(batch);
  EXPECT_EQ(batch[0].result, -EPIPE);  // and no SIGPIPE
  EXPECT_EQ(batch[1].result, -EBADF);
  EXPECT_EQ(batch[2].result, 5);
}

TEST_P(BatchSenderTest, APartlyTakenRecordSaysHowMuch) {
  SocketPair pair;
  SocketPair other;
  const std::string large(8 * 1024 * 1024, 'l');
  const std::string text = "alert";
  std::vector<BatchSender::Send> batch = {send_of(pair.ends[0], large),
                                          send_of(other.ends[0], text)};
  sender_.send(batch);
  EXPECT_GT(batch[0].result, 0);
  EXPECT_LT(batch[0].result, static_cast<int32_t>(large.size()));
}

INSTANTIATE_TEST_SUITE_P(Ways, BatchSenderTest,
                         ::testing::Values(BatchSender::Way::best, BatchSender::Way::send_loop),
                         [](const auto& way) {
                           return way.param == BatchSender::Way::best ? "Best" : "SendLoop";
                         });

TEST(BatchSenderWayTest, TheLoopNeverOpensARing) {
  BatchSender loop(BatchSender::Way::send_loop);
  EXPECT_FALSE(loop.uses_io_uring());
}

}  // namespace
}  // namespace tocsin::runtime
