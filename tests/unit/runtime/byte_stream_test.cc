// What a stream says after a read: whoever trusts it waits for the socket's next event.
#include "runtime/http_server/byte_stream.h"

#include <array>
#include <string>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "runtime/http_server/https_context.h"

#include "tests/support/https_identity.h"

namespace tocsin::runtime {
namespace {

using Outcome = ByteStream::Outcome;

struct SocketPair {
  SocketPair() {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    ours = Socket(ends[0]);
    peers = Socket(ends[1]);
  }
  Socket ours;
  Socket peers;
};

ByteStream::Result read(ByteStream& stream, size_t bytes_max) {
  std::string into(bytes_max, '\0');
  return stream.read(into.data(), bytes_max);
}

TEST(PlainStreamTest, IsDrainedWhenThereWasLessThanAskedFor) {
  SocketPair pair;
  const auto stream = make_plain_stream(std::move(pair.ours));
  ASSERT_EQ(write(pair.peers.fd(), "0123456789", 10), 10);
  EXPECT_FALSE(read(*stream, 4).drained);
  EXPECT_FALSE(read(*stream, 6).drained) << "there might have been more";
  ASSERT_EQ(write(pair.peers.fd(), "0123456789", 10), 10);
  const auto rest = read(*stream, 11);
  EXPECT_EQ(rest.bytes, 10u);
  EXPECT_TRUE(rest.drained);
  EXPECT_EQ(read(*stream, 11).outcome, Outcome::blocked);
}

// Both ends of a TLS connection after its handshake.
class TlsStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto context = make_https_context(test::https_identity());
    ASSERT_TRUE(context.ok()) << context.status();
    SslPtr server(SSL_new(context->get()));
    SSL_set_fd(server.get(), pair_.ours.fd());
    client_.reset(SSL_new(client_context_.get()));
    SSL_set_fd(client_.get(), pair_.peers.fd());
    SSL_set_accept_state(server.get());
    SSL_set_connect_state(client_.get());
    for (int i = 0; i < 4; ++i) {
      SSL_do_handshake(client_.get());
      SSL_do_handshake(server.get());
    }
    ASSERT_TRUE(SSL_is_init_finished(server.get()) && SSL_is_init_finished(client_.get()));
    stream_ = make_tls_stream(std::move(pair_.ours), std::move(server));
  }

  void send(size_t bytes) {
    const std::string text(bytes, 'x');
    ASSERT_EQ(SSL_write(client_.get(), text.data(), static_cast<int>(bytes)),
              static_cast<int>(bytes));
  }

  SocketPair pair_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> client_context_{SSL_CTX_new(TLS_client_method()),
                                                               SSL_CTX_free};
  SslPtr client_;
  std::unique_ptr<ByteStream> stream_;
};

TEST_F(TlsStreamTest, IsDrainedAfterTheOnlyRecord) {
  send(100);
  const auto all = read(*stream_, 16'384);
  EXPECT_EQ(all.bytes, 100u);
  EXPECT_TRUE(all.drained);
  EXPECT_EQ(read(*stream_, 16'384).outcome, Outcome::blocked);
}

TEST_F(TlsStreamTest, IsNotDrainedWhileOpensslHasMore) {
  send(100);
  send(200);
  EXPECT_FALSE(read(*stream_, 16'384).drained) << "the second record came with the first";
  // No system call tells of the socket now.
  EXPECT_FALSE(read(*stream_, 16'384).drained);
  send(100);
  EXPECT_FALSE(read(*stream_, 60).drained) << "forty are left";
}

// Bytes come while those of an earlier read are handed out: they have no event of their own any
// more, if this read says that there are none.
TEST_F(TlsStreamTest, WhatWasReadBeforeTellsNothingOfTheSocketNow) {
  send(100);
  EXPECT_EQ(read(*stream_, 60).bytes, 60u);
  send(100);
  const auto rest = read(*stream_, 16'384);
  EXPECT_EQ(rest.bytes, 40u);
  EXPECT_FALSE(rest.drained);
  EXPECT_EQ(read(*stream_, 16'384).bytes, 100u);
}

// Records padded to the full (RFC 8446 section 5.4): little text, as many bytes as a read takes.
TEST_F(TlsStreamTest, PaddedRecordsAreReadToTheLast) {
  SSL_set_block_padding(client_.get(), 16'384);
  constexpr int records = 8;
  for (int i = 0; i < records; ++i) send(10);
  size_t got = 0;
  for (auto result = read(*stream_, 16'384); result.outcome == Outcome::moved;
       result = read(*stream_, 16'384)) {
    got += result.bytes;
    EXPECT_TRUE(!result.drained || got == records * 10u);
  }
  EXPECT_EQ(got, records * 10u);
}

}  // namespace
}  // namespace tocsin::runtime
