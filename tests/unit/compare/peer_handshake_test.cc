#include "compare/peer_handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "harness/files.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::bench::compare {
namespace {

using ::testing::HasSubstr;

// A plain OpenSSL server, as the peers are, between two memory BIOs.
class PlainServer {
 public:
  explicit PlainServer(const runtime::TlsIdentity& identity, const char* suites)
      : context_(SSL_CTX_new(TLS_server_method())) {
    const runtime::BioPtr chain = runtime::bio_of(identity.certificate_chain_pem);
    const runtime::BioPtr key_text = runtime::bio_of(identity.private_key_pem);
    const runtime::X509Ptr certificate{PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)};
    const runtime::PkeyPtr key{PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr)};
    EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), certificate.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), key.get()), 1);
    EXPECT_EQ(SSL_CTX_set_ciphersuites(context_.get(), suites), 1);
    SSL_CTX_set_options(context_.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  // Take what the client sent, and go on.
  bool accept(Bytes& from_client) {
    give(from_client);
    return SSL_do_handshake(ssl_.get()) == 1;
  }
  void give(Bytes& from_client) {
    BIO_write(SSL_get_rbio(ssl_.get()), from_client.data(), static_cast<int>(from_client.size()));
    from_client.clear();
  }
  void say(std::string_view text) {
    EXPECT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  std::string heard() {
    std::string text(100, '\0');
    const int n = SSL_read(ssl_.get(), text.data(), static_cast<int>(text.size()));
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return text;
  }
  Bytes to_client() {
    Bytes bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())));
    BIO_read(SSL_get_wbio(ssl_.get()), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }

 private:
  std::unique_ptr<SSL_CTX, runtime::OpensslFree<SSL_CTX_free>> context_;
  runtime::SslPtr ssl_;
};

runtime::DevCertificates certificates() {
  static const auto folder = TempDir::create();
  return *runtime::load_or_make_dev_certificates(folder->path() + "/tls");
}

TEST(PeerHandshake, leaves_a_session_that_both_ends_can_use) {
  const runtime::DevCertificates made = certificates();
  const auto context = PeerHandshake::context(made.ca_pem);
  ASSERT_TRUE(context.ok());
  // The server would rather have another.
  PlainServer server(made.identity, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
  PeerHandshake client(*context);
  Bytes to_server;
  ASSERT_EQ(client.feed({}, to_server), PeerHandshake::Step::more);
  server.accept(to_server);
  ASSERT_EQ(client.feed(server.to_client(), to_server), PeerHandshake::Step::done);
  wire::TlsEngine engine;
  absl::StatusOr<runtime::Detached> left = client.detach(engine);
  ASSERT_TRUE(left.ok()) << left.status().ToString();
  wire::TlsSession& session = left->session;
  Bytes& early = left->early_input;
  EXPECT_EQ(session.suite(), wire::CipherSuite::aes_128_gcm_sha256);
  ASSERT_TRUE(server.accept(to_server));
  server.say("hello");

  Bytes data;
  Bytes reply;
  append(early, server.to_client());  // two tickets, then hello
  ASSERT_EQ(session.feed(engine, early, data, reply).code, wire::Code::ok);
  EXPECT_EQ(as_text(data), "hello");
  ASSERT_EQ(session.seal(engine, as_bytes("and back"), to_server), wire::Code::ok);
  server.give(to_server);
  EXPECT_EQ(server.heard(), "and back");
}

TEST(PeerHandshake, refuses_a_server_without_that_suite) {
  const auto context = PeerHandshake::context(certificates().ca_pem);
  ASSERT_TRUE(context.ok());
  PlainServer server(certificates().identity, "TLS_CHACHA20_POLY1305_SHA256");
  PeerHandshake client(*context);
  Bytes to_server;
  client.feed({}, to_server);
  server.accept(to_server);
  EXPECT_EQ(client.feed(server.to_client(), to_server), PeerHandshake::Step::failed);
}

TEST(PeerHandshake, trusts_nobody_else) {
  const auto other_folder = TempDir::create();
  const auto other = runtime::load_or_make_dev_certificates(other_folder->path() + "/tls");
  ASSERT_TRUE(other.ok());
  const auto context = PeerHandshake::context(other->ca_pem);
  ASSERT_TRUE(context.ok());
  PlainServer server(certificates().identity, "TLS_AES_128_GCM_SHA256");
  PeerHandshake client(*context);
  Bytes to_server;
  client.feed({}, to_server);
  server.accept(to_server);
  EXPECT_EQ(client.feed(server.to_client(), to_server), PeerHandshake::Step::failed);
  EXPECT_THAT(client.error().ToString(), HasSubstr("certificate verify failed"));
}

}  // namespace
}  // namespace tocsin::bench::compare
