#include "runtime/tls/tls_handshake.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "runtime/tls/tls_context.h"

#include "tests/unit/runtime/tls_test_peer.h"

namespace tocsin::runtime {
namespace {

using Step = TlsHandshake::Step;

TlsContext server_context() { return *TlsContext::server(test_certificates().identity); }
TlsContext client_context() { return *TlsContext::client(test_certificates().ca_pem); }

// Two handshakes mouth to mouth. Bytes travel in pieces of `cut_bytes`.
struct Pair {
  explicit Pair(const TlsContext& server_side = server_context(),
                const TlsContext& client_side = client_context(),
                const std::string& host = "localhost", ByteView ticket = {})
      : server(TlsHandshake::server(server_side)),
        client(TlsHandshake::client(client_side, host, ticket)) {}

  void run(size_t cut_bytes = 1 << 20) {
    client->feed({}, to_server);
    while (!to_server.empty() || !to_client.empty()) {
      const bool server_moved = move(*server, to_server, to_client, cut_bytes);
      const bool client_moved = move(*client, to_client, to_server, cut_bytes);
      if (!server_moved && !client_moved) break;
    }
  }
  // False when the receiver wants no more: what is left travels after the handshake.
  static bool move(TlsHandshake& to, Bytes& from, Bytes& back, size_t cut_bytes) {
    if (from.empty() || to.step() != Step::more) return false;
    const size_t size = std::min(cut_bytes, from.size());
    to.feed({from.data(), size}, back);
    from.erase(from.begin(), from.begin() + static_cast<ptrdiff_t>(size));
    return true;
  }

  std::unique_ptr<TlsHandshake> server;
  std::unique_ptr<TlsHandshake> client;
  Bytes to_server;
  Bytes to_client;
};

// The alert a plaintext alert record at the end of `bytes` carries.
int alert_at_end(const Bytes& bytes) {
  if (bytes.size() < 7 || bytes[bytes.size() - 7] != 21) return -1;
  return bytes.back();
}

void expect_data_flows(wire::TlsEngine& engine, wire::TlsSession& from, wire::TlsSession& to,
                       Bytes before = {}) {
  Bytes sealed = std::move(before);
  ASSERT_EQ(from.seal(engine, as_bytes("hello"), sealed), wire::Code::ok);
  Bytes data;
  Bytes reply;
  EXPECT_EQ(to.feed(engine, sealed, data, reply).code, wire::Code::ok);
  EXPECT_EQ(as_text(data), "hello");
}

void expect_both_detach_and_talk(Pair& pair, bool resumed) {
  ASSERT_EQ(pair.client->step(), Step::done) << pair.client->error();
  ASSERT_EQ(pair.server->step(), Step::done) << pair.server->error();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  auto client = pair.client->detach(engine);
  ASSERT_TRUE(server.ok()) << server.status();
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(server->exporter, client->exporter);
  EXPECT_NE(server->exporter, wire::Exporter{});
  EXPECT_EQ(server->resumed, resumed);
  EXPECT_EQ(client->resumed, resumed);
  expect_data_flows(engine, client->session, server->session);
  // The ticket is still on its way to the client, which passes over it.
  expect_data_flows(engine, server->session, client->session, pair.to_client);
}

TEST(TlsHandshake, BothRolesLeaveSessionsThatTalk) {
  Pair pair;
  pair.run();
  expect_both_detach_and_talk(pair, false);
}

TEST(TlsHandshake, SurvivesEveryByteArrivingAlone) {
  Pair pair;
  pair.run(1);
  expect_both_detach_and_talk(pair, false);
}

TEST(TlsHandshake, TakesOverChaCha20AsWell) {
  const TlsContext client = client_context();
  ASSERT_EQ(SSL_CTX_set_ciphersuites(client.get(), "TLS_CHACHA20_POLY1305_SHA256"), 1);
  Pair pair(server_context(), client);
  pair.run();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->session.suite(), wire::CipherSuite::chacha20_poly1305_sha256);
}

TEST(TlsHandshake, GivesAClientWithoutAesHardwareChaCha20) {
  const TlsContext client = client_context();
  ASSERT_EQ(
      SSL_CTX_set_ciphersuites(client.get(), "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"),
      1);
  Pair pair(server_context(), client);
  pair.run();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->session.suite(), wire::CipherSuite::chacha20_poly1305_sha256);
}

TEST(TlsHandshake, CountsItsOneTicketAsWritten) {
  Pair pair;
  pair.run();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->session.records_written(), 1u);
  EXPECT_EQ(server->session.records_read(), 0u);
}

TEST(TlsHandshake, GivesBackWhatArrivedBehindTheFinished) {
  Pair pair;
  pair.client->feed({}, pair.to_server);
  Pair::move(*pair.server, pair.to_server, pair.to_client, 1 << 20);
  Pair::move(*pair.client, pair.to_client, pair.to_server, 1 << 20);
  ASSERT_EQ(pair.client->step(), Step::done);
  wire::TlsEngine engine;
  auto client = pair.client->detach(engine);
  ASSERT_TRUE(client.ok()) << client.status();
  // Two records glued to the client's Finished, the second not whole.
  Bytes behind;
  ASSERT_EQ(client->session.seal(engine, as_bytes("first"), behind), wire::Code::ok);
  ASSERT_EQ(client->session.seal(engine, as_bytes("second"), behind), wire::Code::ok);
  const Bytes late(behind.end() - 7, behind.end());
  behind.resize(behind.size() - late.size());
  append(pair.to_server, behind);
  ASSERT_EQ(pair.server->feed(pair.to_server, pair.to_client), Step::done);
  auto server = pair.server->detach(engine);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->early_input, behind);
  append(server->early_input, late);
  Bytes data;
  Bytes reply;
  EXPECT_EQ(server->session.feed(engine, server->early_input, data, reply).code, wire::Code::ok);
  EXPECT_EQ(as_text(data), "firstsecond");
}

// -- Resumption ----------------------------------------------------------------------------------

// A ticket from a full handshake with `server_side`, whose client then still talks.
Bytes take_ticket(const TlsContext& server_side) {
  Pair pair(server_side);
  pair.run();
  EXPECT_EQ(pair.client->step(), Step::done) << pair.client->error();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  EXPECT_TRUE(server.ok()) << server.status();
  // In two pieces: OpenSSL must not see the first before the second is there.
  EXPECT_EQ(pair.client->feed_for_ticket(ByteView(pair.to_client).first(5)), Step::done);
  EXPECT_TRUE(pair.client->ticket().empty());
  EXPECT_EQ(pair.client->feed_for_ticket(ByteView(pair.to_client).subspan(5)), Step::done);
  const Bytes ticket = pair.client->ticket();
  auto client = pair.client->detach(engine);
  EXPECT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->session.records_read(), 1u);
  expect_data_flows(engine, server->session, client->session);
  expect_data_flows(engine, client->session, server->session);
  return ticket;
}

TEST(TlsHandshake, ResumesWithATicket) {
  const TlsContext server = server_context();
  const Bytes ticket = take_ticket(server);
  ASSERT_FALSE(ticket.empty());
  Pair pair(server, client_context(), "localhost", ticket);
  pair.run();
  expect_both_detach_and_talk(pair, true);
}

TEST(TlsHandshake, ResumesAtAnotherContextOfTheProcess) {
  const Bytes ticket = take_ticket(server_context());
  Pair pair(server_context(), client_context(), "localhost", ticket);
  pair.run();
  expect_both_detach_and_talk(pair, true);
}

TEST(TlsHandshake, FallsBackToAFullHandshakeUnderOtherTicketKeys) {
  const Bytes ticket = take_ticket(server_context());
  TicketKeys others;
  others.bytes.fill(7);
  Pair pair(*TlsContext::server(test_certificates().identity, others), client_context(),
            "localhost", ticket);
  pair.run();
  expect_both_detach_and_talk(pair, false);
}

TEST(TlsHandshake, IgnoresATicketThatIsNone) {
  Pair pair(server_context(), client_context(), "localhost", as_bytes("not a ticket"));
  pair.run();
  expect_both_detach_and_talk(pair, false);
}

TEST(TlsHandshake, AClientThatWaitsForATicketRefusesData) {
  Pair pair;
  pair.run();
  wire::TlsEngine engine;
  auto server = pair.server->detach(engine);
  ASSERT_TRUE(server.ok());
  // Drop the ticket: the next record would be sealed at number 1, so take the number back.
  server->session.set_sequence_numbers_for_test(0, 0);
  Bytes sealed;
  ASSERT_EQ(server->session.seal(engine, as_bytes("data"), sealed), wire::Code::ok);
  EXPECT_EQ(pair.client->feed_for_ticket(sealed), Step::failed);
  EXPECT_EQ(pair.client->error().code(), absl::StatusCode::kFailedPrecondition);
}

// -- Refusals ------------------------------------------------------------------------------------

TEST(TlsHandshake, AClientTrustsItsCaOnly) {
  const TemporaryFolder folder;
  const auto strangers = load_or_make_dev_certificates(folder.path());
  ASSERT_TRUE(strangers.ok());
  Pair pair(server_context(), *TlsContext::client(strangers->ca_pem));
  pair.run();
  EXPECT_EQ(pair.client->step(), Step::failed);
  EXPECT_EQ(pair.server->step(), Step::failed);
  EXPECT_NE(pair.client->error().ToString().find("certificate verify failed"), std::string::npos)
      << pair.client->error();
}

TEST(TlsHandshake, AClientChecksTheNameOfTheServer) {
  for (const char* host : {"example.org", "127.0.0.2", "::2", ""}) {
    Pair pair(server_context(), client_context(), host);
    if (pair.client->step() == Step::more) pair.run();
    EXPECT_EQ(pair.client->step(), Step::failed) << host;
  }
  for (const char* host : {"localhost", "127.0.0.1", "::1"}) {
    Pair pair(server_context(), client_context(), host);
    pair.run();
    EXPECT_EQ(pair.client->step(), Step::done) << host << ": " << pair.client->error();
  }
}

// A client whose offer was changed, so that the server must refuse it with `alert`.
void expect_refused(const TlsContext& client, int alert) {
  Pair pair(server_context(), client);
  pair.client->feed({}, pair.to_server);
  pair.server->feed(pair.to_server, pair.to_client);
  EXPECT_EQ(pair.server->step(), Step::failed);
  EXPECT_FALSE(pair.server->error().ok());
  EXPECT_EQ(alert_at_end(pair.to_client), alert);
}

TEST(TlsHandshake, RefusesAnotherApplicationProtocol) {
  const TlsContext client = client_context();
  const unsigned char http[] = "\x08http/1.1";
  ASSERT_EQ(SSL_CTX_set_alpn_protos(client.get(), http, 9), 0);
  expect_refused(client, SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST(TlsHandshake, RefusesAClientWithoutApplicationProtocol) {
  const TlsContext client = client_context();
  ASSERT_EQ(SSL_CTX_set_alpn_protos(client.get(), nullptr, 0), 0);
  expect_refused(client, SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST(TlsHandshake, RefusesTls12) {
  const TlsContext client = client_context();
  SSL_CTX_set_min_proto_version(client.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(client.get(), TLS1_2_VERSION);
  expect_refused(client, SSL_AD_PROTOCOL_VERSION);
}

TEST(TlsHandshake, RefusesSuitesItCannotTakeOver) {
  const TlsContext client = client_context();
  ASSERT_EQ(SSL_CTX_set_ciphersuites(client.get(), "TLS_AES_256_GCM_SHA384"), 1);
  expect_refused(client, SSL_AD_HANDSHAKE_FAILURE);
}

TEST(TlsHandshake, RefusesWhatIsNotTls) {
  const TlsContext context = server_context();
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100, '\0'), std::string(40'000, 'x')}) {
    const auto server = TlsHandshake::server(context);
    Bytes out;
    EXPECT_EQ(server->feed(as_bytes(garbage), out), Step::failed);
    EXPECT_EQ(server->error().code(), absl::StatusCode::kInvalidArgument) << server->error();
    EXPECT_EQ(server->feed(as_bytes(garbage), out), Step::failed);
  }
}

TEST(TlsHandshake, RefusesATamperedFinished) {
  Pair pair;
  pair.client->feed({}, pair.to_server);
  Pair::move(*pair.server, pair.to_server, pair.to_client, 1 << 20);
  Pair::move(*pair.client, pair.to_client, pair.to_server, 1 << 20);
  pair.to_server.back() ^= 1;
  EXPECT_EQ(pair.server->feed(pair.to_server, pair.to_client), Step::failed);
}

TEST(TlsContext, RefusesIdentitiesThatDoNotFit) {
  EXPECT_EQ(TlsContext::server({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TlsContext::client("no pem").status().code(), absl::StatusCode::kInvalidArgument);
  const TemporaryFolder folder;
  const auto others = load_or_make_dev_certificates(folder.path());
  ASSERT_TRUE(others.ok());
  TlsIdentity mixed = test_certificates().identity;
  mixed.private_key_pem = others->identity.private_key_pem;
  EXPECT_EQ(TlsContext::server(mixed).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(TlsContext, RefusesAChainWithADamagedCertificate) {
  const std::string good = test_certificates().ca_pem;
  std::string damaged = good;
  damaged[damaged.find('\n') + 1] = '?';
  std::string not_der = good;
  not_der[not_der.find('\n') + 1] = 'A';  // base64 of something else
  for (const std::string& second : {damaged, not_der, good.substr(0, good.size() / 2)}) {
    TlsIdentity identity = test_certificates().identity;
    identity.certificate_chain_pem += good;
    EXPECT_TRUE(TlsContext::server(identity).ok()) << "whole";
    identity.certificate_chain_pem += second;
    const absl::Status refused = TlsContext::server(identity).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(refused.message()),
                testing::StartsWith("certificate 3 of the server certificate is damaged: "));
    EXPECT_THAT(std::string(TlsContext::client(good + second).status().message()),
                testing::StartsWith("certificate 2 of the CA file is damaged: "));
    EXPECT_TRUE(TlsContext::client(good + "\nthe end\n").ok());
  }
}

}  // namespace
}  // namespace tocsin::runtime
