// tocsin_posix.h against a real TLS server: who is trusted, what is resumed, what survives.
#include <atomic>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <tocsin_posix.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sdk/temporary_folder.h"
#include "tests/sdk/test_gateway.h"

namespace tocsin::sdk {
namespace {

using wire::FrameType;

// A device in a thread of its own, as tocsin_posix_run() would have it.
class Device {
 public:
  Device(const std::string& server, const std::string& ca_file, const std::string& state_file) {
    TOCSIN_CHECK(pipe2(stop_, O_CLOEXEC) == 0);
    const tocsin_posix_options options = {sizeof options, server.c_str(), ca_file.c_str(),
                                          state_file.c_str()};
    opened = tocsin_posix_open(&options, &port_);
    if (opened != TOCSIN_OK) return;
    handlers_.struct_size = sizeof handlers_;
    handlers_.context = this;
    handlers_.on_push = [](void* context, tocsin_client* client, const tocsin_push*) {
      auto& self = *static_cast<Device*>(context);
      ++self.pushes;
      if (self.close_on_push) tocsin_client_close(client, tocsin_posix_now_ms());
    };
    handlers_.on_state = [](void* context, tocsin_client* client, tocsin_state state,
                            tocsin_trouble trouble, const char*, size_t) {
      auto& self = *static_cast<Device*>(context);
      if (trouble == TOCSIN_TROUBLE_NONE || state != TOCSIN_STATE_WAITING) return;
      self.trouble = trouble;
      self.error = tocsin_posix_error(self.port_);
      if (self.close_on_trouble) tocsin_client_close(client, tocsin_posix_now_ms());
    };
    config_.struct_size = sizeof config_;
    config_.app = "demo";
    config_.app_size = 4;
    config_.registration_key = key_.data();
    config_.registration_key_size = key_.size();
    config_.transport = tocsin_posix_transport(port_);
    config_.store = tocsin_posix_store(port_);
    config_.handlers = &handlers_;
    memory_.resize(tocsin_client_memory_bytes(&config_));
    TOCSIN_CHECK(tocsin_client_init(memory_.data(), memory_.size(), &config_, &client_) ==
                 TOCSIN_OK);
  }
  ~Device() {
    stop();
    tocsin_posix_close(port_);
    ::close(stop_[0]);
    ::close(stop_[1]);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  void start() {
    thread_ = std::thread([this] { result = tocsin_posix_run(port_, client_, stop_[0]); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void stop() {
    if (!thread_.joinable()) return;
    TOCSIN_CHECK(write(stop_[1], "x", 1) == 1);
    thread_.join();
  }
  const char* open_error() const { return tocsin_posix_error(port_); }

  tocsin_status opened = TOCSIN_FAILED;
  std::atomic<tocsin_status> result = TOCSIN_PENDING;
  std::atomic<int> pushes = 0;
  bool close_on_push = false;
  bool close_on_trouble = false;
  // Set by the device's thread: read after join().
  tocsin_trouble trouble = TOCSIN_TROUBLE_NONE;
  std::string error;

 private:
  int stop_[2] = {-1, -1};
  tocsin_posix* port_ = nullptr;
  const std::vector<uint8_t> key_ = std::vector<uint8_t>(32, 0x22);
  tocsin_handlers handlers_{};
  tocsin_config config_{};
  std::vector<uint8_t> memory_;
  tocsin_client* client_ = nullptr;
  std::thread thread_;
};

wire::Push push(uint64_t id) {
  wire::Push push;
  push.message = MessageId{id};
  push.title = "title";
  return push;
}

class PosixPortTest : public testing::Test {
 protected:
  std::string ca_of(const TestGateway& gateway) {
    return folder_.write("ca.pem", gateway.ca_pem());
  }
  std::string state() { return folder_.file("state"); }

  TemporaryFolder folder_;
};

TEST_F(PosixPortTest, RegistersReceivesAndAcknowledges) {
  TestGateway gateway;
  Device device(gateway.address(), ca_of(gateway), state());
  ASSERT_EQ(device.opened, TOCSIN_OK) << device.open_error();
  device.close_on_push = true;
  device.start();
  const auto connection = gateway.accept_live();
  ASSERT_NE(connection, nullptr);
  connection->say(push(5));
  wire::Ack ack;
  const Bytes body = connection->expect(FrameType::ack);
  ASSERT_EQ(wire::decode(body, ack), wire::Code::ok);
  EXPECT_EQ(ack.messages[0], MessageId{5});
  EXPECT_FALSE(connection->read().has_value()) << "closed after the push";
  device.join();
  EXPECT_EQ(device.result, TOCSIN_OK);
  EXPECT_EQ(device.pushes, 1);
}

TEST_F(PosixPortTest, AHostNameIsLookedUpAndVerified) {
  TestGateway gateway;
  Device device("localhost:" + std::to_string(gateway.port()), ca_of(gateway), state());
  device.start();
  EXPECT_NE(gateway.accept_live(), nullptr);
}

TEST_F(PosixPortTest, TheIdentityAndTheWindowOutliveTheProcess) {
  TestGateway gateway;
  {
    Device first(gateway.address(), ca_of(gateway), state());
    first.close_on_push = true;
    first.start();
    const auto connection = gateway.accept_live();
    ASSERT_NE(connection, nullptr);
    connection->say(push(5));
    first.join();
  }
  struct stat info {};
  ASSERT_EQ(stat(state().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);

  Device second(gateway.address(), ca_of(gateway), state());
  second.close_on_push = true;
  second.start();
  const auto connection = gateway.accept();
  ASSERT_NE(connection, nullptr);
  connection->expect(FrameType::hello);
  connection->say(wire::Welcome{});
  connection->say(push(5));
  connection->expect(FrameType::ack);
  connection->say(push(6));
  second.join();
  EXPECT_EQ(second.pushes, 1) << "5 was shown in its first life";
}

TEST_F(PosixPortTest, AReconnectResumesTheTlsSession) {
  TestGateway gateway;
  Device device(gateway.address(), ca_of(gateway), state());
  device.start();
  auto connection = gateway.accept_live();
  ASSERT_NE(connection, nullptr);
  EXPECT_FALSE(connection->resumed());
  // The tickets came before the Ack of this push, so they have been read.
  connection->say(push(1));
  connection->expect(FrameType::ack);
  connection->say(wire::GoAway{});
  EXPECT_FALSE(connection->read().has_value());
  connection = gateway.accept_live();
  ASSERT_NE(connection, nullptr);
  EXPECT_TRUE(connection->resumed());
}

TEST_F(PosixPortTest, ACutConnectionIsMadeAnewWithoutASignal) {
  TestGateway gateway;
  Device device(gateway.address(), ca_of(gateway), state());
  device.start();
  for (int round = 0; round < 3; ++round) {
    const auto connection = gateway.accept_live();
    ASSERT_NE(connection, nullptr) << round;
    connection->say(push(1));
    connection->cut();
  }
  device.stop();
  EXPECT_EQ(device.pushes, 1);
}

TEST_F(PosixPortTest, StopEndsTheRunInOrder) {
  TestGateway gateway;
  Device device(gateway.address(), ca_of(gateway), state());
  device.start();
  const auto connection = gateway.accept_live();
  ASSERT_NE(connection, nullptr);
  device.stop();
  EXPECT_EQ(device.result, TOCSIN_OK);
  EXPECT_FALSE(connection->read().has_value());
}

TEST_F(PosixPortTest, AnotherAuthorityIsNotTrusted) {
  TestGateway gateway;
  TestGateway other;
  Device device(gateway.address(), ca_of(other), state());
  device.close_on_trouble = true;
  device.start();
  EXPECT_EQ(gateway.accept(), nullptr);
  device.join();
  EXPECT_EQ(device.trouble, TOCSIN_TROUBLE_UNREACHABLE);
  EXPECT_NE(device.error.find("not trusted"), std::string::npos) << device.error;
}

TEST_F(PosixPortTest, ACertificateForAnotherNameIsNotTrusted) {
  TestGateway gateway({"tocsin/1", "DNS:elsewhere.example,IP:127.0.0.2"});
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    Device device(host + ":" + std::to_string(gateway.port()), ca_of(gateway), state());
    device.close_on_trouble = true;
    device.start();
    EXPECT_EQ(gateway.accept(), nullptr);
    device.join();
    EXPECT_NE(device.error.find("mismatch"), std::string::npos) << device.error;
  }
}

TEST_F(PosixPortTest, AServerOfAnotherProtocolIsRefused) {
  TestGateway gateway({"h2", "IP:127.0.0.1"});
  Device device(gateway.address(), ca_of(gateway), state());
  device.close_on_trouble = true;
  device.start();
  const auto connection = gateway.accept();
  EXPECT_TRUE(connection == nullptr || !connection->read().has_value());
  device.join();
  EXPECT_NE(device.error.find("ALPN"), std::string::npos) << device.error;
}

TEST_F(PosixPortTest, NobodyThereIsToldWithItsName) {
  std::string address;
  std::string ca_file;
  {
    TestGateway gone;
    address = gone.address();
    ca_file = ca_of(gone);
  }
  Device device(address, ca_file, state());
  device.close_on_trouble = true;
  device.start();
  device.join();
  EXPECT_EQ(device.result, TOCSIN_OK) << "closed by the callback";
  EXPECT_EQ(device.trouble, TOCSIN_TROUBLE_UNREACHABLE);
  EXPECT_NE(device.error.find(address), std::string::npos) << device.error;
}

TEST_F(PosixPortTest, AnotherGatewayIsTriedWhenTheUsualOneIsGone) {
  auto first = std::make_unique<TestGateway>();
  TestGateway second;
  const std::string both = first->ca_pem() + second.ca_pem();
  Device device(first->address(), folder_.write("ca.pem", both), state());
  device.start();
  const auto connection = first->accept_live();
  ASSERT_NE(connection, nullptr);
  first.reset();
  wire::GoAway go_away;
  const std::string hint = second.address();
  go_away.gateways.push_back(hint);
  connection->say(go_away);
  EXPECT_NE(second.accept_live(), nullptr);
}

TEST_F(PosixPortTest, OneStateFileServesOneProgramAtATime) {
  TestGateway gateway;
  {
    Device first(gateway.address(), ca_of(gateway), state());
    ASSERT_EQ(first.opened, TOCSIN_OK);
    Device second(gateway.address(), ca_of(gateway), state());
    EXPECT_EQ(second.opened, TOCSIN_FAILED);
    EXPECT_NE(std::string(second.open_error()).find("another program"), std::string::npos);
  }
  Device third(gateway.address(), ca_of(gateway), state());
  EXPECT_EQ(third.opened, TOCSIN_OK);
}

TEST_F(PosixPortTest, BadServerNamesAreToldAtOnce) {
  TestGateway gateway;
  for (const std::string name : {"nowhere", ":1", "host:", "a:b:c", "host:notaport"}) {
    Device device(name, ca_of(gateway), state());
    ASSERT_EQ(device.opened, TOCSIN_OK) << "it is the transport that knows";
    device.close_on_trouble = true;
    device.start();
    device.join();
    EXPECT_EQ(device.trouble, TOCSIN_TROUBLE_UNREACHABLE) << name;
    EXPECT_FALSE(device.error.empty()) << name;
  }
}

}  // namespace
}  // namespace tocsin::sdk
