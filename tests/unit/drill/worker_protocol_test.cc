#include "drill/worker_protocol.h"

#include <algorithm>
#include <poll.h>
#include <thread>

#include <gtest/gtest.h>

#include "drill/channel.h"

namespace tocsin::drill {
namespace {

using wire::Code;

Plan some_plan() {
  Plan plan;
  plan.first_device = 18'000;
  plan.devices = 17'999;
  plan.fleet_devices = 36'000;
  plan.rounds = 3;
  plan.handshakes = 64;
  plan.heartbeat_s = 30;
  plan.stuck_percent = 10;
  plan.resume_percent = 99;
  plan.spread_sources = true;
  plan.seed = 0xfedcba9876543210;
  plan.app = "drill";
  plan.mark = "drill-1234";
  plan.gateways.resize(2);
  plan.gateways[0].devices = 10'000;
  plan.gateways[0].address = "127.0.0.1";
  plan.gateways[0].port = 7443;
  plan.gateways[0].server_name = "localhost";
  plan.gateways[0].ca_pem = std::string(3000, 'c');
  plan.gateways[0].registration_key.fill(0xa5);
  plan.gateways[1] = plan.gateways[0];
  plan.gateways[1].devices = 7'999;
  plan.gateways[1].port = 7444;
  return plan;
}

Status some_status() {
  return Status{17'000,
                2,
                1,
                16'999,
                uint64_t{1} << 40,
                7,
                3,
                "connect: Connection refused",
                uint64_t{5} << 33,
                uint64_t{3} << 34};
}

std::vector<WorkerMessage> one_of_each() {
  return {some_plan(), Arm{7}, Stop{}, some_status(), Failed{"no memory"}};
}

TEST(WorkerProtocolTest, EveryMessageComesBackAsItWas) {
  Bytes stream;
  for (const WorkerMessage& message : one_of_each()) append_worker_message(message, stream);
  ByteView rest = stream;
  for (const WorkerMessage& message : one_of_each()) {
    WorkerMessage read;
    size_t used = 0;
    ASSERT_EQ(read_worker_message(rest, read, used), Code::ok);
    EXPECT_EQ(read, message);
    rest = rest.subspan(used);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(WorkerProtocolTest, AnyFrontPartIsIncomplete) {
  Bytes bytes;
  append_worker_message(some_status(), bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    WorkerMessage read;
    size_t used = 0;
    EXPECT_EQ(read_worker_message(ByteView(bytes).first(size), read, used), Code::incomplete);
  }
}

TEST(WorkerProtocolTest, AListLongerThanItsMessageIsMalformed) {
  Plan plan = some_plan();
  plan.gateways.clear();
  Bytes bytes;
  append_worker_message(plan, bytes);
  std::fill(bytes.end() - 4, bytes.end(), uint8_t{0xff});  // four billion gateways
  WorkerMessage read;
  size_t used = 0;
  EXPECT_EQ(read_worker_message(bytes, read, used), Code::malformed);
}

TEST(WorkerProtocolTest, RefusesWhatIsNotTheProtocol) {
  const auto code_of = [](Bytes bytes) {
    WorkerMessage read;
    size_t used = 0;
    return read_worker_message(bytes, read, used);
  };
  EXPECT_EQ(code_of({0, 0, 0, 0}), Code::malformed);      // no type
  EXPECT_EQ(code_of({1, 0, 0, 0, 99}), Code::malformed);  // unknown type
  EXPECT_EQ(code_of({0, 0, 0, 0x7f, 1}), Code::too_large);
  EXPECT_EQ(code_of({3, 0, 0, 0, 1, 7, 0}), Code::malformed);           // Arm cut short
  EXPECT_EQ(code_of({6, 0, 0, 0, 1, 7, 0, 0, 0, 0}), Code::malformed);  // Arm with more after it
  EXPECT_EQ(code_of({5, 0, 0, 0, 4, 9, 0, 0, 0}), Code::malformed);     // text longer than the body
}

TEST(ChannelTest, MessagesCrossInOrderAndTheEndIsSeen) {
  auto ends = Channel::create_pair();
  ASSERT_TRUE(ends.ok());
  Channel reader = std::move(ends->second);
  std::thread writer([channel = std::move(ends->first)]() mutable {
    for (uint32_t i = 0; i < 200; ++i) {
      ASSERT_TRUE(channel.send(some_plan()).ok());
      ASSERT_TRUE(channel.send(Arm{i}).ok());
    }
  });
  uint32_t arms = 0;
  bool is_open = true;
  while (is_open) {
    pollfd waited{reader.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&waited, 1, 10'000), 1) << "nothing came for 10 s";
    is_open = reader.receive().ok();
    WorkerMessage message;
    for (auto next = reader.next(message); *next; next = reader.next(message)) {
      const Arm* arm = std::get_if<Arm>(&message);
      if (arm == nullptr) continue;
      EXPECT_EQ(arm->round, arms);
      ++arms;
    }
  }
  writer.join();
  EXPECT_EQ(arms, 200u);
}

TEST(ChannelTest, SendingToNobodyIsAnErrorNotASignal) {
  auto ends = Channel::create_pair();
  ASSERT_TRUE(ends.ok());
  { const Channel gone = std::move(ends->second); }
  EXPECT_EQ(ends->first.send(Stop{}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ends->first.receive().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tocsin::drill
