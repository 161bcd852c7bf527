#include "runtime/tls/handshake_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/shard.h"

#include "tests/unit/runtime/tls_test_peer.h"

namespace tocsin::runtime {
namespace {

using Outcome = absl::StatusOr<Handshaken>;

// A pool behind a listening socket, and what it made of the connections.
class PoolServer {
 public:
  explicit PoolServer(HandshakeThreadsOptions options = {})
      : pool_(*HandshakePool::create(test_certificates().identity, options)) {}

  // Take the next connection of the kernel's queue to the pool; whether it had room.
  bool admit_next() {
    const int fd = listener_.accept_one();
    TOCSIN_CHECK(fd >= 0);
    if (pool_->submit(fd, [this](Outcome outcome) { on_done(std::move(outcome)); })) return true;
    close(fd);
    return false;
  }

  Outcome next_outcome() {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, std::chrono::milliseconds(patience_ms),
                           [this] { return !outcomes_.empty(); })) {
      return absl::DeadlineExceededError("no handshake ended");
    }
    Outcome outcome = std::move(outcomes_.front());
    outcomes_.pop_front();
    return outcome;
  }

  uint16_t port() const { return listener_.port(); }
  HandshakePool& pool() { return *pool_; }
  void drop_pool() { pool_.reset(); }

 private:
  void on_done(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.push_back(std::move(outcome));
    arrived_.notify_one();
  }

  LoopbackListener listener_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Outcome> outcomes_;  // guarded by mutex_
  std::unique_ptr<HandshakePool> pool_;
};

// The server's end of a connection, with blocking reads for tests.
struct ServerEnd {
  explicit ServerEnd(Handshaken from) : handshaken(std::move(from)) {}

  // Feed what arrives until `bytes` bytes of data are there.
  std::string read(size_t bytes) {
    Bytes in = std::move(handshaken.early_input);
    Bytes data;
    while (true) {
      const auto fed = handshaken.session.feed(engine, in, data, reply);
      in.erase(in.begin(), in.begin() + static_cast<ptrdiff_t>(fed.used));
      if (fed.code != wire::Code::ok || data.size() >= bytes) break;
      pollfd readable{handshaken.socket.fd(), POLLIN, 0};
      if (poll(&readable, 1, patience_ms) != 1) break;
      uint8_t buffer[4096];
      const ssize_t got = recv(handshaken.socket.fd(), buffer, sizeof buffer, 0);
      if (got <= 0) break;
      append(in, {buffer, static_cast<size_t>(got)});
    }
    return std::string(as_text(data));
  }

  void write(std::string_view text) {
    Bytes out;
    ASSERT_EQ(handshaken.session.seal(engine, as_bytes(text), out), wire::Code::ok);
    ASSERT_EQ(send(handshaken.socket.fd(), out.data(), out.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(out.size()));
  }

  wire::TlsEngine engine;
  Handshaken handshaken;
  Bytes reply;
};

// Wait for the other side to close, reading what it still says; false when it does not.
bool is_closed_by_server(int fd) {
  uint8_t byte = 0;
  ssize_t got = 0;
  while ((got = recv(fd, &byte, 1, 0)) > 0) {
  }
  return got == 0 || errno == ECONNRESET;
}

TEST(HandshakePool, HandsOutSessionsThatTalk) {
  PoolServer server;
  OpensslClient client;
  std::thread connecting([&] { EXPECT_TRUE(client.connect(server.port())); });
  ASSERT_TRUE(server.admit_next());
  Outcome outcome = server.next_outcome();
  connecting.join();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(server.pool().in_flight(), 0u);
  ServerEnd end(*std::move(outcome));
  EXPECT_EQ(end.handshaken.exporter, client.exporter());
  ASSERT_TRUE(client.write("up"));
  EXPECT_EQ(end.read(2), "up");
  end.write("down");
  EXPECT_EQ(client.read(4), "down");
}

TEST(HandshakePool, ManyAtOnceOverSeveralThreadsAllTalk) {
  PoolServer server({.threads = 3, .in_flight_max = 64, .deadline_ms = patience_ms});
  constexpr size_t clients = 40;
  std::vector<std::thread> threads;
  std::atomic<size_t> answered{0};
  for (size_t i = 0; i < clients; ++i) {
    threads.emplace_back([&] {
      OpensslClient client;
      if (client.connect(server.port()) && client.write("x") && client.read(1) == "y") ++answered;
    });
  }
  for (size_t i = 0; i < clients; ++i) EXPECT_TRUE(server.admit_next());
  for (size_t i = 0; i < clients; ++i) {
    Outcome outcome = server.next_outcome();
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    if (!outcome.ok()) continue;
    ServerEnd end(*std::move(outcome));
    EXPECT_EQ(end.read(1), "x");
    end.write("y");
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered.load(), clients);
  EXPECT_EQ(server.pool().in_flight(), 0u);
}

TEST(HandshakePool, Resumes) {
  PoolServer server;
  OpensslClient first;
  std::thread connecting([&] {
    EXPECT_TRUE(first.connect(server.port()));
    EXPECT_EQ(first.read(1), "!");  // the ticket comes in front
  });
  ASSERT_TRUE(server.admit_next());
  Outcome outcome = server.next_outcome();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  {
    ServerEnd end(*std::move(outcome));
    end.write("!");
    connecting.join();
  }
  ASSERT_TRUE(first.has_session());

  OpensslClient second;
  second.resume(first);
  connecting = std::thread([&] { EXPECT_TRUE(second.connect(server.port())); });
  ASSERT_TRUE(server.admit_next());
  outcome = server.next_outcome();
  connecting.join();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_TRUE(second.resumed());
  ServerEnd end(*std::move(outcome));
  ASSERT_TRUE(second.write("again"));
  EXPECT_EQ(end.read(5), "again");
}

TEST(HandshakePool, GivesUpOnASilentPeerAtTheDeadline) {
  PoolServer server({.threads = 1, .in_flight_max = 4, .deadline_ms = 50});
  const int silent = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(server.pool().in_flight(), 0u);
  EXPECT_TRUE(is_closed_by_server(silent));
  close(silent);
}

TEST(HandshakePool, TheDeadlineHoldsForADribblingPeerToo) {
  PoolServer server({.threads = 1, .in_flight_max = 4, .deadline_ms = 100});
  const int slow = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  const uint8_t record_head[] = {22, 3, 1, 0x02, 0x00};
  ASSERT_EQ(send(slow, record_head, sizeof record_head, MSG_NOSIGNAL), 5);
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kDeadlineExceeded);
  close(slow);
}

TEST(HandshakePool, RefusesMoreThanItsBoundAndTakesAgainAfterwards) {
  PoolServer server({.threads = 2, .in_flight_max = 3, .deadline_ms = patience_ms});
  EXPECT_EQ(server.pool().in_flight_max(), 3u);
  std::vector<int> silent;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(connect_to_loopback(server.port()));
    ASSERT_TRUE(server.admit_next());
  }
  EXPECT_EQ(server.pool().in_flight(), 3u);
  const int fourth = connect_to_loopback(server.port());
  EXPECT_FALSE(server.admit_next());
  close(fourth);
  close(silent.back());
  silent.pop_back();
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server.pool().in_flight(), 2u);
  const int fifth = connect_to_loopback(server.port());
  EXPECT_TRUE(server.admit_next());
  close(fifth);
  for (const int fd : silent) close(fd);
}

TEST(HandshakePool, WhoHasMadeNoStepForLongestMakesRoom) {
  PoolServer server({.in_flight_max = 2, .deadline_ms = patience_ms, .shed_longest_waiting = true});
  const int first = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  const int second = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  // Bytes that are no step do not help.
  const uint8_t record_head[] = {22, 3, 1, 0x02, 0x00};
  ASSERT_EQ(send(first, record_head, sizeof record_head, MSG_NOSIGNAL), 5);
  OpensslClient honest;
  std::thread connecting([&] { EXPECT_TRUE(honest.connect(server.port())); });
  ASSERT_TRUE(server.admit_next());
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(is_closed_by_server(first));
  EXPECT_TRUE(server.next_outcome().ok());
  connecting.join();
  uint8_t byte = 0;
  EXPECT_EQ(recv(second, &byte, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, EAGAIN);
  close(first);
  close(second);
}

TEST(HandshakePool, AsManyAsItsBoundWaitForAThreadAndNoMore) {
  PoolServer server({.in_flight_max = 1, .deadline_ms = patience_ms, .shed_longest_waiting = true});
  std::vector<int> silent;
  size_t refused = 0;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(connect_to_loopback(server.port()));
    refused += server.admit_next() ? 0 : 1;
    EXPECT_LE(server.pool().in_flight(), 2u);
  }
  for (size_t ended = refused; ended + 2 < silent.size(); ++ended) {
    EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kResourceExhausted);
  }
  for (const int fd : silent) close(fd);
}

TEST(HandshakePool, DropsWhatIsInFlightWhenItEnds) {
  PoolServer server;
  const int silent = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  server.drop_pool();
  EXPECT_TRUE(is_closed_by_server(silent));
  close(silent);
}

TEST(HandshakePool, ClosesTheSocketOfAHandshakeThatNobodyTakes) {
  PoolServer server;
  OpensslClient client;
  std::thread connecting([&] { EXPECT_TRUE(client.connect(server.port())); });
  ASSERT_TRUE(server.admit_next());
  Outcome outcome = server.next_outcome();
  connecting.join();
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const int fd = outcome->socket.fd();
  ASSERT_NE(fcntl(fd, F_GETFD), -1);
  {
    Shard stopped("stopped");
    stopped.post([dropped = std::move(outcome)] {});
    ASSERT_NE(fcntl(fd, F_GETFD), -1);
  }
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
  EXPECT_EQ(client.read(1), "");  // end of file, not silence
}

void expect_refused_with(const ClientOptions& options, int alert) {
  PoolServer server;
  OpensslClient client(options);
  std::thread connecting([&] { EXPECT_FALSE(client.connect(server.port())); });
  ASSERT_TRUE(server.admit_next());
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kInvalidArgument);
  connecting.join();
  EXPECT_EQ(client.alert_received(), alert);
}

TEST(HandshakePool, SendsNoApplicationProtocolForAWrongAlpn) {
  expect_refused_with({.alpn = "http/1.1"}, SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST(HandshakePool, SendsNoApplicationProtocolForNoAlpn) {
  expect_refused_with({.alpn = ""}, SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST(HandshakePool, SendsProtocolVersionForTls12) {
  expect_refused_with({.version_max = TLS1_2_VERSION}, SSL_AD_PROTOCOL_VERSION);
}

TEST(HandshakePool, ClosesOnGarbage) {
  PoolServer server;
  const int fd = connect_to_loopback(server.port());
  ASSERT_TRUE(server.admit_next());
  const std::string garbage = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_GT(send(fd, garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
  EXPECT_EQ(server.next_outcome().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(is_closed_by_server(fd));
  close(fd);
}

TEST(HandshakePool, RefusesOptionsAndIdentitiesThatCannotWork) {
  const TlsIdentity& good = test_certificates().identity;
  EXPECT_EQ(HandshakePool::create({}, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(HandshakePool::create(good, {.threads = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(HandshakePool::create(good, {.in_flight_max = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(HandshakePool::create(good, {.in_flight_max = limits::handshakes_in_flight_max + 1})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tocsin::runtime
