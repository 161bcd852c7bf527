#include "runtime/tls/fast_gcm.h"

#include <memory>

#include <gtest/gtest.h>

namespace tocsin::runtime {
namespace {

using wire::TlsEngine;
using wire::TlsSession;

constexpr wire::CipherSuite suite = wire::CipherSuite::aes_128_gcm_sha256;

TlsSession session_of(TlsSession::Role role) {
  TlsSession::TrafficSecret client;
  TlsSession::TrafficSecret server;
  client.fill(0x31);
  server.fill(0x32);
  TlsSession session;
  const bool is_server = role == TlsSession::Role::server;
  EXPECT_EQ(session.take_over(role, suite, is_server ? client : server, is_server ? server : client,
                              0, limits::tls_plaintext_bytes_max),
            wire::Code::ok);
  return session;
}

TEST(FastGcmTest, SealsTheSameRecordsAsOpenSslAndItsPeerOpensThem) {
  auto sealer = make_fast_gcm();
  if (sealer == nullptr) GTEST_SKIP() << "this build or CPU has no ipsec-mb";
  TlsEngine fast, plain;
  ASSERT_TRUE(fast.use(std::move(sealer)));
  TlsSession of_fast = session_of(TlsSession::Role::server);
  TlsSession of_plain = session_of(TlsSession::Role::server);
  TlsSession client = session_of(TlsSession::Role::client);
  // Past fast_bytes_max, so that both of its sides and the change between them are seen.
  for (size_t bytes = 1; bytes <= TlsEngine::fast_bytes_max + 20; ++bytes) {
    const Bytes data(bytes, static_cast<uint8_t>(bytes));
    Bytes record, expected;
    ASSERT_EQ(of_fast.seal(fast, data, record), wire::Code::ok);
    ASSERT_EQ(of_plain.seal(plain, data, expected), wire::Code::ok);
    ASSERT_EQ(record, expected) << bytes;
    Bytes opened, reply;
    ASSERT_EQ(client.feed(plain, record, opened, reply).code, wire::Code::ok) << bytes;
    ASSERT_EQ(opened, data);
  }
}

// Right but for one length.
class Wrong final : public wire::Aes128GcmSealer {
 public:
  void seal(const uint8_t* key, const std::array<uint8_t, 12>& nonce, ByteView header,
            MutableBytes in_out, uint8_t* tag) override {
    right_->seal(key, nonce, header, in_out, tag);
    if (in_out.size() == 151) tag[15] ^= 1;
  }

 private:
  std::unique_ptr<wire::Aes128GcmSealer> right_ = make_fast_gcm();
};

TEST(FastGcmTest, ASealerThatIsWrongForOneLengthIsNotUsed) {
  if (make_fast_gcm() == nullptr) GTEST_SKIP() << "this build or CPU has no ipsec-mb";
  TlsEngine engine, plain;
  EXPECT_FALSE(engine.use(std::make_unique<Wrong>()));
  EXPECT_FALSE(engine.use(nullptr));
  TlsSession server = session_of(TlsSession::Role::server);
  TlsSession client = session_of(TlsSession::Role::client);
  const Bytes data(150, 7);  // 151 with the inner type
  Bytes record, opened, reply;
  ASSERT_EQ(server.seal(engine, data, record), wire::Code::ok);
  EXPECT_EQ(client.feed(plain, record, opened, reply).code, wire::Code::ok);
  EXPECT_EQ(opened, data);
}

}  // namespace
}  // namespace tocsin::runtime
