// Who gets in: limits per client address, and handshakes that never end.
//
// Loopback has 2^24 addresses, so one machine is enough to be several clients.
#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"

#include "tests/e2e/raw_device.h"
#include "tests/e2e/test_server.h"

namespace tocsin::e2e {
namespace {

constexpr char crowded[] = "127.0.0.2";
constexpr char quiet[] = "127.0.0.3";

std::unique_ptr<RawDevice> connect_from(const TestServer& server, const std::string& address) {
  return RawDevice::connect(server.gateway_port(), server.ca_pem(), address);
}

// Try again until one gets in; nullptr after 20 s.
std::unique_ptr<RawDevice> keep_trying(const TestServer& server, const std::string& address) {
  const uint64_t deadline_ms = monotonic_ms() + 20'000;
  while (monotonic_ms() < deadline_ms) {
    if (auto device = connect_from(server, address)) return device;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return nullptr;
}

// Connect until one is refused; how many got in. They stay open in `devices`.
size_t fill(const TestServer& server, std::vector<std::unique_ptr<RawDevice>>& devices) {
  constexpr size_t enough = 1000;
  while (devices.size() < enough) {
    auto device = connect_from(server, crowded);
    if (device == nullptr) break;
    devices.push_back(std::move(device));
  }
  return devices.size();
}

// Whether /metrics comes to hold `line`: what a connection ended by is counted a moment later.
bool wait_for_metric(TestServer& server, const std::string& line) {
  const uint64_t deadline_ms = monotonic_ms() + 10'000;
  while (monotonic_ms() < deadline_ms) {
    const std::string text = server.call("GET", "/metrics", server.admin_key()).body;
    if (text.find(line + "\n") != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(AdmissionTest, AnAddressHasItsNumberOfConnectionsAndNoMore) {
  TestServer server({"--gateway_shards", "1", "--gateway_connections_per_address_max", "3"});
  server.start();
  std::vector<std::unique_ptr<RawDevice>> devices;
  EXPECT_EQ(fill(server, devices), 3u);
  EXPECT_NE(connect_from(server, quiet), nullptr);
  EXPECT_TRUE(wait_for_metric(server, "tocsin_connections_limited_total 1"));
  EXPECT_NE(server.log_text().find("127.0.0.2, over gateway_connections_per_address_max = 3"),
            std::string::npos)
      << server.log_text();

  devices.pop_back();
  EXPECT_NE(keep_trying(server, crowded), nullptr) << "a closed connection must make room";
}

TEST(AdmissionTest, AHandshakeThatFailsMakesRoomAgain) {
  TestServer server({"--gateway_shards", "1", "--gateway_connections_per_address_max", "1"});
  server.start();
  for (int i = 0; i < 3; ++i) {
    const int fd = connect_tcp(server.gateway_port(), crowded);
    ASSERT_GE(fd, 0);
    close(fd);
    EXPECT_NE(keep_trying(server, crowded), nullptr);
  }
}

TEST(AdmissionTest, AnAddressThatShakesHandsTooOftenWaitsForItsBucket) {
  TestServer server({"--gateway_shards", "1", "--gateway_handshakes_per_address_per_s", "1"});
  server.start();
  std::vector<std::unique_ptr<RawDevice>> devices;
  const size_t admitted = fill(server, devices);
  EXPECT_GE(admitted, limits::handshake_burst_s);
  EXPECT_LT(admitted, 1000u);
  EXPECT_NE(connect_from(server, quiet), nullptr);
  EXPECT_NE(server.log_text().find("127.0.0.2, over gateway_handshakes_per_address_per_s = 1"),
            std::string::npos)
      << server.log_text();
  EXPECT_NE(keep_trying(server, crowded), nullptr) << "the bucket must refill";
}

// One byte at a time keeps a connection busy, but does not move its deadline.
TEST(AdmissionTest, ASlowHandshakeIsCutOffAtItsDeadline) {
  constexpr uint64_t deadline_ms = 400;
  TestServer server({"--handshake_deadline_ms", std::to_string(deadline_ms)});
  server.start();
  const uint64_t begun_ms = monotonic_ms();
  const int fd = connect_tcp(server.gateway_port(), crowded);
  ASSERT_GE(fd, 0);
  timeval patience{.tv_sec = 0, .tv_usec = 20'000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  // The head of a ClientHello's record, and then zeros: never enough for OpenSSL to judge it.
  const std::vector<uint8_t> head = {0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0x00, 0x3f, 0xfc};
  bool cut_off = false;
  for (size_t i = 0; !cut_off && monotonic_ms() < begun_ms + 20'000; ++i) {
    const uint8_t byte = i < head.size() ? head[i] : 0;
    cut_off = send(fd, &byte, 1, MSG_NOSIGNAL) < 0;
    uint8_t answer = 0;
    if (recv(fd, &answer, 1, 0) >= 0 || errno == ECONNRESET) cut_off = true;
  }
  EXPECT_TRUE(cut_off);
  EXPECT_GE(monotonic_ms() - begun_ms, deadline_ms);
  close(fd);
  EXPECT_TRUE(wait_for_metric(server, "tocsin_handshake_failures_total 1"));
  EXPECT_NE(connect_from(server, quiet), nullptr);
}

}  // namespace
}  // namespace tocsin::e2e
