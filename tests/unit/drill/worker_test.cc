// What a worker tells, as the coordinator reads it from another process.
#include "drill/fleet/worker.h"

#include <poll.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "harness/child_process.h"
#include "harness/shared_array.h"

namespace tocsin::bench::drill {
namespace {

constexpr uint64_t patience_ms = 10'000;

TEST(WorkerBoardTest, IsReadWholeWhileAnotherProcessWrites) {
  auto boards = SharedArray<WorkerBoard>::create(2);
  ASSERT_TRUE(boards.ok()) << boards.status().ToString();
  WorkerBoard& board = (*boards)[1];
  auto writer = ChildProcess::fork_off({}, [&board] {
    WorkerStatus status;
    while (true) {
      ++status.live;
      status.handshakes = status.failures = status.live;
      status.set_last_failure(std::to_string(status.live));
      board.tell(status);
    }
    return 0;
  });
  ASSERT_TRUE(writer.ok());
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  uint32_t last = 0;
  for (int reads = 0; reads < 1000 && monotonic_ms() < deadline_ms;) {
    const WorkerStatus status = board.read();
    ASSERT_EQ(status.handshakes, status.live);
    ASSERT_EQ(status.failures, status.live);
    ASSERT_EQ(status.last_failure, status.live == 0 ? "" : std::to_string(status.live));
    reads += status.live != last ? 1 : 0;
    last = status.live;
  }
  EXPECT_GT(last, 0u);
  EXPECT_EQ((*boards)[0].read(), WorkerStatus());
}

TEST(WorkerTest, SaysWhyItCannotGoOn) {
  auto boards = SharedArray<WorkerBoard>::create(1);
  const auto book = ArrivalBook::create(1, 1);
  ASSERT_TRUE(boards.ok() && book.ok());
  sigset_t begin;
  sigemptyset(&begin);
  sigaddset(&begin, begin_signal);
  sigprocmask(SIG_BLOCK, &begin, nullptr);
  Plan plan;
  plan.share.count = 1;  // and no gateway
  auto worker = ChildProcess::fork_off({}, [&] { return run_worker(plan, *book, (*boards)[0]); });
  ASSERT_TRUE(worker.ok());
  EXPECT_FALSE((*boards)[0].read().has_failed) << "it has not begun";
  kill(worker->pid(), begin_signal);
  const uint64_t deadline_ms = monotonic_ms() + patience_ms;
  while (worker->is_running() && monotonic_ms() < deadline_ms) poll(nullptr, 0, 5);
  EXPECT_EQ(worker->how_it_ended(), "exit code 1");
  EXPECT_TRUE((*boards)[0].read().has_failed);
  EXPECT_STREQ((*boards)[0].read().last_failure, "gateways for 0 devices, but there are 1");
}

}  // namespace
}  // namespace tocsin::bench::drill
