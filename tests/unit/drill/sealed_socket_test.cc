// The queue in front of a full socket, over real sockets.
#include "drill/sealed_socket.h"

#include <algorithm>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"

namespace tocsin::drill {
namespace {

using testing::HasSubstr;

constexpr int patience_ms = 10'000;
constexpr uint32_t token = 42;

class SealedSocketTest : public testing::Test {
 protected:
  SealedSocketTest() {
    // Inherited by what it accepts, so that little lies between the two ends.
    const int few = 4096;
    setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address_;
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    EXPECT_EQ(bind(listener_, generic, length), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    EXPECT_EQ(getsockname(listener_, generic, &length), 0);
  }
  ~SealedSocketTest() override {
    if (peer_ >= 0) ::close(peer_);
    if (listener_ >= 0) ::close(listener_);
    ::close(workspace_.epoll_fd);
  }

  uint32_t wait() {
    epoll_event event{};
    EXPECT_EQ(epoll_wait(workspace_.epoll_fd, &event, 1, patience_ms), 1);
    EXPECT_EQ(event.data.u32, token);
    return event.events;
  }
  void connect() {
    SealedSocket::Opening how;
    how.token = token;
    ASSERT_TRUE(socket_.connect(address_, how, workspace_).ok());
    EXPECT_TRUE((wait() & EPOLLOUT) != 0);
    ASSERT_TRUE(socket_.finish_connect(workspace_).ok());
    peer_ = accept(listener_, nullptr, nullptr);
    ASSERT_GE(peer_, 0);
  }
  // Send bytes that count on from `sent` until the kernel takes no more.
  void fill() {
    while (!socket_.has_unsent() && sent_ < (64u << 20)) send_chunk(32 * 1024);
    ASSERT_TRUE(socket_.has_unsent());
  }
  void send_chunk(size_t bytes) {
    Bytes chunk(bytes);
    for (uint8_t& byte : chunk) byte = static_cast<uint8_t>(sent_++ % 251);
    ASSERT_TRUE(socket_.send_raw(chunk, workspace_).ok());
  }

  size_t sent_ = 0;
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address_{};
  int peer_ = -1;
  Workspace workspace_{epoll_create1(EPOLL_CLOEXEC)};
  SealedSocket socket_;
};

TEST_F(SealedSocketTest, WhatTheKernelDoesNotTakeIsSentLaterAndInOrder) {
  connect();
  fill();
  send_chunk(1000);  // after what is queued
  Bytes buffer(64 * 1024);
  size_t got = 0;
  while (got < sent_) {
    const ssize_t n = recv(peer_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    for (ssize_t i = 0; i < n; ++i) {
      ASSERT_EQ(buffer[static_cast<size_t>(i)], static_cast<uint8_t>((got + i) % 251));
    }
    got += static_cast<size_t>(std::max<ssize_t>(n, 0));
    if (n > 0 || !socket_.has_unsent()) continue;
    EXPECT_TRUE((wait() & EPOLLOUT) != 0);
    ASSERT_TRUE(socket_.flush(workspace_).ok());
  }
  EXPECT_FALSE(socket_.has_unsent());
  epoll_event event{};
  EXPECT_EQ(epoll_wait(workspace_.epoll_fd, &event, 1, 0), 0) << "nobody waits for room any more";
}

TEST_F(SealedSocketTest, APeerThatDoesNotReadIsGivenUpOn) {
  connect();
  fill();
  const Bytes too_much(limits::unsent_bytes_max);
  EXPECT_EQ(socket_.send_raw(too_much, workspace_).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(SealedSocketTest, WhatIsKeptComesAgainInFrontOfTheNext) {
  connect();
  ASSERT_EQ(::send(peer_, "abcdef", 6, 0), 6);
  EXPECT_EQ(wait(), uint32_t{EPOLLIN});
  absl::StatusOr<MutableBytes> in = socket_.receive(workspace_);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(as_text(*in), "abcdef");
  socket_.keep(in->subspan(3));
  ASSERT_EQ(::send(peer_, "g", 1, 0), 1);
  wait();
  in = socket_.receive(workspace_);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(as_text(*in), "defg");
  ::close(std::exchange(peer_, -1));
  wait();
  EXPECT_EQ(socket_.receive(workspace_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SealedSocketTest, RecordsThatAreNoneAreAnsweredWithAnAlertAndRefused) {
  connect();
  wire::TlsSession session;
  ASSERT_EQ(session.take_over(wire::TlsSession::Role::client, wire::CipherSuite::aes_128_gcm_sha256,
                              {}, {}, 0, limits::tls_plaintext_bytes_max),
            wire::Code::ok);
  socket_.take_over(std::move(session));
  Bytes nonsense(100, 0x15);
  const absl::Status opened = socket_.open_records(nonsense, workspace_);
  EXPECT_EQ(opened.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(opened.message()), HasSubstr("record layer"));
  uint8_t answer = 0;
  EXPECT_EQ(recv(peer_, &answer, 1, 0), 1);
  EXPECT_EQ(answer, 0x17) << "an alert looks like any record";
}

TEST_F(SealedSocketTest, NobodyListening) {
  ::close(std::exchange(listener_, -1));
  SealedSocket::Opening how;
  how.token = token;
  ASSERT_TRUE(socket_.connect(address_, how, workspace_).ok());
  wait();
  EXPECT_THAT(std::string(socket_.finish_connect(workspace_).message()), HasSubstr("refused"));
  socket_.close();
  EXPECT_FALSE(socket_.is_open());
}

}  // namespace
}  // namespace tocsin::drill
