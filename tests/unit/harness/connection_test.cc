// The queue behind a full socket and the incomplete record in front of it, over real sockets.
#include "harness/client/connection.h"

#include <algorithm>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/client/loopback.h"
#include "runtime/net/listener.h"

namespace tocsin::bench {
namespace {

using testing::HasSubstr;

constexpr int patience_ms = 10'000;
constexpr uint32_t token = 42;

wire::TlsSession session_of(wire::TlsSession::Role role) {
  wire::TlsSession session;
  EXPECT_EQ(session.take_over(role, wire::CipherSuite::aes_128_gcm_sha256, {}, {}, 0,
                              limits::tls_plaintext_bytes_max),
            wire::Code::ok);
  return session;
}

// Both ends have agreed on their keys without a word.
class NoHandshake final : public ClientHandshake {
 public:
  Step feed(ByteView, Bytes&) override { return Step::done; }
  const absl::Status& error() const override { return error_; }
  absl::StatusOr<runtime::Detached> detach(wire::TlsEngine&) override {
    runtime::Detached left;
    left.session = session_of(wire::TlsSession::Role::client);
    return left;
  }

 private:
  absl::Status error_;
};

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest() {
    // Inherited by what it accepts, so that little lies between the two ends.
    const int few = 4096;
    setsockopt(listener_.fd(), SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
  }
  ~ConnectionTest() override {
    if (peer_ >= 0) ::close(peer_);
  }

  uint32_t wait() {
    epoll_event event{};
    EXPECT_EQ(epoll_wait(workspace_.epoll_fd, &event, 1, patience_ms), 1);
    EXPECT_EQ(event.data.u32, token);
    return event.events;
  }
  absl::Status on_ready() {
    return connection_.on_ready([] { return std::make_unique<NoHandshake>(); }, workspace_);
  }
  void connect() {
    ASSERT_TRUE(connection_.open(loopback(listener_.port()), {token}, workspace_).ok());
    EXPECT_TRUE((wait() & EPOLLOUT) != 0);
    ASSERT_TRUE(on_ready().ok());
    ASSERT_EQ(connection_.state(), Connection::State::established);
    peer_ = accept(listener_.fd(), nullptr, nullptr);
    ASSERT_GE(peer_, 0);
  }
  // Send bytes that count on from `sent_` until the kernel takes no more.
  void fill() {
    while (!connection_.has_unsent() && sent_ < (64u << 20)) send_chunk(16 * 1024);
    ASSERT_TRUE(connection_.has_unsent());
  }
  void send_chunk(size_t bytes) {
    Bytes chunk(bytes);
    for (uint8_t& byte : chunk) byte = static_cast<uint8_t>(sent_++ % 251);
    ASSERT_TRUE(connection_.send(chunk, workspace_).ok());
  }
  Bytes sealed(std::string_view text) {
    Bytes record;
    EXPECT_EQ(peer_session_.seal(workspace_.engine, as_bytes(text), record), wire::Code::ok);
    return record;
  }
  void say(ByteView bytes) {
    ASSERT_EQ(::send(peer_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

  size_t sent_ = 0;
  runtime::Listener listener_ = *runtime::Listener::open(free_loopback_port);
  int peer_ = -1;
  wire::TlsSession peer_session_ = session_of(wire::TlsSession::Role::server);
  Workspace workspace_;
  Connection connection_;
};

TEST_F(ConnectionTest, WhatTheKernelDoesNotTakeIsSentLaterAndInOrder) {
  connect();
  fill();
  send_chunk(1000);  // behind what is queued
  Bytes unread;
  Bytes buffer(64 * 1024);
  Bytes answers;
  size_t got = 0;
  while (got < sent_) {
    const ssize_t n = recv(peer_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    append(unread, ByteView(buffer.data(), static_cast<size_t>(std::max<ssize_t>(n, 0))));
    Bytes plaintext;
    const auto fed = peer_session_.feed(workspace_.engine, unread, plaintext, answers);
    ASSERT_EQ(fed.code, wire::Code::ok);
    unread.erase(unread.begin(), unread.begin() + static_cast<ptrdiff_t>(fed.used));
    for (const uint8_t byte : plaintext) ASSERT_EQ(byte, static_cast<uint8_t>(got++ % 251));
    if (n > 0 || !connection_.has_unsent()) continue;
    EXPECT_TRUE((wait() & EPOLLOUT) != 0);
    ASSERT_TRUE(on_ready().ok());
  }
  EXPECT_FALSE(connection_.has_unsent());
  epoll_event event{};
  EXPECT_EQ(epoll_wait(workspace_.epoll_fd, &event, 1, 0), 0) << "nobody waits for room any more";
}

TEST_F(ConnectionTest, APeerThatDoesNotReadIsGivenUpOn) {
  connect();
  fill();
  const Bytes chunk(16 * 1024);
  absl::Status status;
  for (size_t bytes = 0; status.ok() && bytes <= limits::unsent_bytes_max; bytes += chunk.size()) {
    status = connection_.send(chunk, workspace_);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ConnectionTest, HalfARecordIsKeptUntilTheRestComes) {
  connect();
  const Bytes record = sealed("all of it");
  say(ByteView(record).first(7));
  EXPECT_EQ(wait(), uint32_t{EPOLLIN});
  ASSERT_TRUE(on_ready().ok());
  EXPECT_EQ(as_text(workspace_.plaintext), "");
  say(ByteView(record).subspan(7));
  say(sealed(", and more"));
  wait();
  ASSERT_TRUE(on_ready().ok());
  EXPECT_EQ(as_text(workspace_.plaintext), "all of it, and more");
  connection_.hold_back(as_bytes("more"));
  say(sealed(" to come"));
  wait();
  ASSERT_TRUE(on_ready().ok());
  EXPECT_EQ(as_text(workspace_.plaintext), "more to come");
  ::close(std::exchange(peer_, -1));
  wait();
  EXPECT_EQ(on_ready().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ConnectionTest, RecordsThatAreNoneAreAnsweredWithAnAlertAndRefused) {
  connect();
  say(Bytes(100, 0x15));
  wait();
  const absl::Status opened = on_ready();
  EXPECT_EQ(opened.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(opened.message()), HasSubstr("record layer"));
  uint8_t answer = 0;
  EXPECT_EQ(recv(peer_, &answer, 1, 0), 1);
  EXPECT_EQ(answer, 0x17) << "an alert looks like any record";
}

TEST_F(ConnectionTest, AServerThatGreetsIsHeardInTheClearFirst) {
  ASSERT_TRUE(connection_.open(loopback(listener_.port()), {token, true}, workspace_).ok());
  wait();
  ASSERT_TRUE(on_ready().ok());
  EXPECT_EQ(connection_.state(), Connection::State::in_clear);
  peer_ = accept(listener_.fd(), nullptr, nullptr);
  say(as_bytes("hello"));
  wait();
  ASSERT_TRUE(on_ready().ok());
  EXPECT_EQ(as_text(workspace_.plaintext), "hello");
  ASSERT_TRUE(
      connection_.start_tls([] { return std::make_unique<NoHandshake>(); }, workspace_).ok());
  EXPECT_EQ(connection_.state(), Connection::State::established);
}

TEST_F(ConnectionTest, NobodyListening) {
  const uint16_t port = listener_.port();
  { const runtime::Listener closed = std::move(listener_); }
  ASSERT_TRUE(connection_.open(loopback(port), {token}, workspace_).ok());
  wait();
  EXPECT_THAT(std::string(on_ready().message()), HasSubstr("refused"));
  connection_.close(workspace_);
  EXPECT_EQ(connection_.state(), Connection::State::closed);
}

}  // namespace
}  // namespace tocsin::bench
