#include "gateway/socket_io.h"

#include <algorithm>
#include <array>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace tocsin::gateway {
namespace {

using wire::TlsSession;
using SendEnd = SocketIo::SendEnd;

// A connection of the table, and the device at its other end.
class Device {
 public:
  Device(ConnectionTable& table, SocketIo& io, uint8_t number) {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    fd_ = ends[1];
    index_ = table.take(ends[0]);
    TlsSession::TrafficSecret up, down;
    up.fill(number);
    down.fill(static_cast<uint8_t>(number + 100));
    Slot& slot = table[index_];
    constexpr auto suite = wire::CipherSuite::aes_128_gcm_sha256;
    EXPECT_EQ(slot.tls.take_over(TlsSession::Role::server, suite, up, down, 0, 16384),
              wire::Code::ok);
    EXPECT_EQ(tls_.take_over(TlsSession::Role::client, suite, down, up, 0, 16384), wire::Code::ok);
    EXPECT_TRUE(io.watch(index_, slot));
  }
  Device(Device&& from) noexcept
      : fd_(std::exchange(from.fd_, -1)), index_(from.index_), tls_(std::move(from.tls_)) {}
  ~Device() {
    if (fd_ >= 0) close(fd_);
  }

  uint32_t index() const { return index_; }
  void hang_up() { close(std::exchange(fd_, -1)); }
  // Everything that can be read now, decrypted.
  std::string read() {
    std::vector<uint8_t> buffer(1 << 20);
    for (ssize_t count; (count = recv(fd_, buffer.data(), buffer.size(), 0)) > 0;) {
      append(unread_, ByteView(buffer).first(static_cast<size_t>(count)));
    }
    Bytes plain, reply;
    const auto fed = tls_.feed(engine(), unread_, plain, reply);
    EXPECT_EQ(fed.code, wire::Code::ok);
    unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(fed.used));
    return std::string(as_text(plain));
  }

 private:
  static wire::TlsEngine& engine() {
    static wire::TlsEngine one;
    return one;
  }
  int fd_;
  uint32_t index_;
  TlsSession tls_;
  Bytes unread_;
};

class SocketIoBatchTest : public ::testing::TestWithParam<bool> {
 protected:
  ~SocketIoBatchTest() override {
    for (uint32_t i = 0; i < table_.high_water(); ++i) close(table_[i].fd);
  }
  void connect(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      devices_.emplace_back(table_, io_, static_cast<uint8_t>(i));
      indices_.push_back(devices_.back().index());
    }
  }
  std::vector<SendEnd> send(std::string_view text) {
    std::vector<SendEnd> ends(indices_.size(), SendEnd::broken);
    io_.send_batch(table_, indices_, as_bytes(text), ends);
    return ends;
  }

  ConnectionTable table_{100};
  SocketIo io_{SocketIo::Means{GetParam(), GetParam()}};
  std::vector<Device> devices_;
  std::vector<uint32_t> indices_;
};

TEST_P(SocketIoBatchTest, EveryDeviceOfAFullBatchOpensItsOwnRecord) {
  connect(SocketIo::batch_max);
  for (const std::string text : {"first", "second"}) {
    for (const SendEnd end : send(text)) EXPECT_EQ(end, SendEnd::sent);
    for (Device& device : devices_) EXPECT_EQ(device.read(), text);
  }
}

TEST_P(SocketIoBatchTest, ADeviceThatDoesNotReadGetsAllInOrderLaterAndHoldsUpNobody) {
  connect(3);
  const std::string large(4000, 'l');
  std::string expected;
  SendEnd end = SendEnd::sent;
  while (end == SendEnd::sent) {  // until the socket of device 1 is full
    const std::vector<SendEnd> ends = send(large);
    end = ends[1];
    expected += large;
    EXPECT_EQ(ends[0], SendEnd::sent);
    EXPECT_EQ(ends[2], SendEnd::sent);
    devices_[0].read();
    devices_[2].read();
  }
  ASSERT_EQ(end, SendEnd::waiting);
  EXPECT_EQ(send("alert")[1], SendEnd::waiting);  // after what is already waiting
  EXPECT_EQ(devices_[0].read(), "alert");
  std::string got = devices_[1].read();
  for (int i = 0; i < 100 && got.size() < expected.size() + 5; ++i) {
    io_.flush(indices_[1], table_[indices_[1]]);
    got += devices_[1].read();
  }
  EXPECT_EQ(got, expected + "alert");
}

TEST_P(SocketIoBatchTest, ADeviceThatIsGoneIsBrokenAndTheOthersAreServed) {
  connect(4);
  devices_[2].hang_up();
  const std::vector<SendEnd> ends = send("alert");
  EXPECT_EQ(ends, (std::vector{SendEnd::sent, SendEnd::sent, SendEnd::broken, SendEnd::sent}));
  EXPECT_EQ(devices_[3].read(), "alert");
}

TEST_P(SocketIoBatchTest, MoreThanTheBoundWaitingIsSlow) {
  connect(1);
  const std::string large(8000, 'l');
  SendEnd end = SendEnd::sent;
  for (int i = 0; i < 10'000 && end != SendEnd::slow; ++i) end = send(large)[0];
  EXPECT_EQ(end, SendEnd::slow);
  EXPECT_LE(table_[indices_[0]].aux->unsent.size(), limits::unsent_bytes_max);
}

INSTANTIATE_TEST_SUITE_P(Means, SocketIoBatchTest, ::testing::Bool(), [](const auto& means) {
  return means.param ? "IoUringAndIpsecMb" : "SendAndOpenSsl";
});

}  // namespace
}  // namespace tocsin::gateway
