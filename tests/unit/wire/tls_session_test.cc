#include "wire/tls_session.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "base/hex.h"
#include "base/prng.h"
#include "wire/tls_key_schedule.h"

#include "tests/unit/wire/raw_tls_peer.h"

namespace tocsin::wire {
namespace {

using Role = TlsSession::Role;
using Secret32 = TlsSession::TrafficSecret;

static_assert(!std::is_copy_constructible_v<TlsSession>);
static_assert(!std::is_copy_assignable_v<TlsSession>);

constexpr size_t record_bytes_max =
    limits::tls_header_bytes + limits::tls_plaintext_bytes_max + limits::tls_expansion_bytes_max;

Bytes bytes_of(std::string_view hex) {
  Bytes out(hex.size() / 2);
  EXPECT_TRUE(from_hex(hex, out)) << hex;
  return out;
}

Secret32 secret_of(std::string_view hex) {
  Secret32 out;
  EXPECT_TRUE(from_hex(hex, out)) << hex;
  return out;
}

Secret32 secret_filled_with(uint8_t byte) {
  Secret32 secret;
  secret.fill(byte);
  return secret;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

Bytes random_bytes(Prng& prng, size_t size) {
  Bytes out(size);
  for (uint8_t& byte : out) byte = static_cast<uint8_t>(prng.next());
  return out;
}

// A session under test, its engine, and what came out of it.
struct End {
  TlsEngine engine;
  TlsSession session;
  Bytes data;
  Bytes reply;

  TlsSession::Fed feed(Bytes in) { return session.feed(engine, in, data, reply); }
  Bytes seal(std::string_view text) {
    Bytes out;
    EXPECT_EQ(session.seal(engine, as_bytes(text), out), Code::ok);
    return out;
  }
  std::string text() const { return std::string(as_text(data)); }
};

const Secret32 client_secret = secret_filled_with(0x11);
const Secret32 server_secret = secret_filled_with(0x22);

void take_over(End& end, Role role, CipherSuite suite, uint16_t fragment_bytes_max = 16384) {
  const bool server = role == Role::server;
  ASSERT_EQ(end.session.take_over(role, suite, server ? client_secret : server_secret,
                                  server ? server_secret : client_secret, 0, fragment_bytes_max),
            Code::ok);
}

// -- RFC 8448 section 3 --------------------------------------------------------------------------

constexpr char rfc8448_client_secret[] =
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5";
constexpr char rfc8448_server_secret[] =
    "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643";

TEST(Rfc8448, KeysAndIvsFollowFromTheTrafficSecrets) {
  TrafficKeys keys;
  ASSERT_TRUE(
      derive_traffic_keys(CipherSuite::aes_128_gcm_sha256, secret_of(rfc8448_server_secret), keys));
  EXPECT_EQ(to_hex(ByteView(keys.key).first(16)), "9f02283b6c9c07efc26bb9f2ac92e356");
  EXPECT_EQ(to_hex(keys.iv), "cf782b88dd83549aadf1e984");
  ASSERT_TRUE(
      derive_traffic_keys(CipherSuite::aes_128_gcm_sha256, secret_of(rfc8448_client_secret), keys));
  EXPECT_EQ(to_hex(ByteView(keys.key).first(16)), "17422dda596ed5d9acd890e3c63f5051");
  EXPECT_EQ(to_hex(keys.iv), "5b78923dee08579033e523d9");
}

class Rfc8448Session : public ::testing::Test {
 protected:
  // The server has sent one ticket, which the client has read.
  void SetUp() override {
    const Secret32 client = secret_of(rfc8448_client_secret);
    const Secret32 server = secret_of(rfc8448_server_secret);
    constexpr CipherSuite suite = CipherSuite::aes_128_gcm_sha256;
    ASSERT_EQ(server_.session.take_over(Role::server, suite, client, server, 1, 16384), Code::ok);
    ASSERT_EQ(client_.session.take_over(Role::client, suite, server, client, 0, 16384, 1),
              Code::ok);
    for (uint8_t i = 0; i < 50; ++i) payload_.push_back(i);
  }

  End server_;
  End client_;
  Bytes payload_;
  const Bytes client_record_ = bytes_of(
      "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a2044"
      "1e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4");
  const Bytes server_record_ = bytes_of(
      "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a"
      "59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d");
  const Bytes client_close_ = bytes_of("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3");
  const Bytes server_close_ = bytes_of("1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9");
};

TEST_F(Rfc8448Session, BothEndsSealTheRecordsOfTheTrace) {
  Bytes out;
  ASSERT_EQ(client_.session.seal(client_.engine, payload_, out), Code::ok);
  EXPECT_EQ(to_hex(out), to_hex(client_record_));
  out.clear();
  ASSERT_EQ(server_.session.seal(server_.engine, payload_, out), Code::ok);
  EXPECT_EQ(to_hex(out), to_hex(server_record_));
  out.clear();
  ASSERT_EQ(client_.session.seal_alert(client_.engine, TlsAlert::close_notify, out), Code::ok);
  EXPECT_EQ(to_hex(out), to_hex(client_close_));
  out.clear();
  ASSERT_EQ(server_.session.seal_alert(server_.engine, TlsAlert::close_notify, out), Code::ok);
  EXPECT_EQ(to_hex(out), to_hex(server_close_));
}

TEST_F(Rfc8448Session, BothEndsOpenTheRecordsOfTheTrace) {
  TlsSession::Fed fed = server_.feed(joined({client_record_, client_close_}));
  EXPECT_EQ(fed.code, Code::closed);
  EXPECT_EQ(fed.alert, TlsAlert::close_notify);
  EXPECT_EQ(server_.data, payload_);
  fed = client_.feed(joined({server_record_, server_close_}));
  EXPECT_EQ(fed.code, Code::closed);
  EXPECT_EQ(client_.data, payload_);
}

// -- Ordinary life, for both suites --------------------------------------------------------------

class TlsSessionOf : public ::testing::TestWithParam<CipherSuite> {
 protected:
  void SetUp() override {
    take_over(server_, Role::server, GetParam());
    take_over(client_, Role::client, GetParam());
  }
  // Feed the server and expect it to fail with `alert`, deliver nothing from there on, and be able
  // to tell the client so.
  void expect_refused(const Bytes& in, TlsAlert alert, std::string_view delivered = "") {
    const TlsSession::Fed fed = server_.feed(in);
    EXPECT_NE(fed.code, Code::ok);
    EXPECT_NE(fed.code, Code::closed);
    EXPECT_EQ(fed.alert, alert);
    EXPECT_EQ(server_.text(), delivered);
    EXPECT_TRUE(server_.reply.empty());
    Bytes out;
    ASSERT_EQ(server_.session.seal_alert(server_.engine, fed.alert, out), Code::ok);
    const TlsSession::Fed told = client_.feed(out);
    EXPECT_EQ(told.code, Code::closed);
    EXPECT_EQ(told.alert, alert);
    EXPECT_EQ(server_.feed(peer_.data("after")).code, Code::closed);
    EXPECT_EQ(server_.text(), delivered);
  }

  End server_;
  End client_;
  RawTlsPeer peer_{GetParam(), client_secret};
};

INSTANTIATE_TEST_SUITE_P(Suites, TlsSessionOf,
                         ::testing::Values(CipherSuite::aes_128_gcm_sha256,
                                           CipherSuite::chacha20_poly1305_sha256),
                         [](const auto& info) {
                           return info.param == CipherSuite::aes_128_gcm_sha256 ? "Aes128Gcm"
                                                                                : "ChaCha20";
                         });

TEST_P(TlsSessionOf, CarriesDataBothWays) {
  EXPECT_EQ(server_.feed(client_.seal("to the server")).code, Code::ok);
  EXPECT_EQ(client_.feed(server_.seal("to the client")).code, Code::ok);
  EXPECT_EQ(server_.text(), "to the server");
  EXPECT_EQ(client_.text(), "to the client");
}

TEST_P(TlsSessionOf, SealAddsExactlyTheOverhead) {
  EXPECT_EQ(client_.seal("x").size(), 1 + TlsSession::overhead_bytes);
  EXPECT_EQ(client_.seal("").size(), 0u);
  EXPECT_EQ(client_.session.records_written(), 1u);
}

TEST_P(TlsSessionOf, SealAppendsBehindWhatIsThere) {
  Bytes out = client_.seal("one");
  ASSERT_EQ(client_.session.seal(client_.engine, as_bytes("two"), out), Code::ok);
  EXPECT_EQ(server_.feed(out).used, out.size());
  EXPECT_EQ(server_.text(), "onetwo");
}

TEST_P(TlsSessionOf, LeavesAnIncompleteRecordToTheCaller) {
  const Bytes first = client_.seal("one");
  const Bytes both = joined({first, client_.seal("two")});
  for (size_t cut = first.size(); cut < both.size(); ++cut) {
    End fresh;
    take_over(fresh, Role::server, GetParam());
    const TlsSession::Fed fed = fresh.feed(Bytes(both.begin(), both.begin() + cut));
    ASSERT_EQ(fed.code, Code::ok);
    ASSERT_EQ(fed.used, first.size());
    ASSERT_EQ(fresh.feed(Bytes(both.begin() + fed.used, both.end())).code, Code::ok);
    ASSERT_EQ(fresh.text(), "onetwo");
  }
}

TEST_P(TlsSessionOf, SplitsAtTheLargestRecord) {
  Prng prng(1);
  const Bytes payload = random_bytes(prng, 2 * limits::tls_plaintext_bytes_max + 1);
  Bytes out;
  ASSERT_EQ(client_.session.seal(client_.engine, payload, out), Code::ok);
  EXPECT_EQ(client_.session.records_written(), 3u);
  EXPECT_EQ(out.size(), payload.size() + 3 * TlsSession::overhead_bytes);
  EXPECT_EQ(server_.feed(out).code, Code::ok);
  EXPECT_EQ(server_.data, payload);
}

TEST_P(TlsSessionOf, MovingLeavesNothingBehind) {
  Bytes sealed = client_.seal("once");
  TlsSession moved = std::move(server_.session);
  Bytes data;
  Bytes reply;
  EXPECT_EQ(moved.feed(server_.engine, sealed, data, reply).code, Code::ok);
  EXPECT_EQ(as_text(data), "once");
  Bytes out;
  EXPECT_EQ(server_.session.seal(server_.engine, as_bytes("x"), out), Code::wrong_state);
  EXPECT_EQ(server_.session.seal_key_update(server_.engine, true, out), Code::wrong_state);
  EXPECT_TRUE(out.empty());
  server_.session = std::move(moved);
  EXPECT_EQ(server_.feed(client_.seal("twice")).code, Code::ok);
  EXPECT_EQ(server_.text(), "twice");
  EXPECT_EQ(moved.seal(server_.engine, as_bytes("x"), out), Code::wrong_state);
}

TEST(TlsSession, AnEmptySessionNeitherSealsNorOpens) {
  End end;
  Bytes out;
  EXPECT_EQ(end.session.seal(end.engine, as_bytes("x"), out), Code::wrong_state);
  EXPECT_EQ(end.session.seal_alert(end.engine, TlsAlert::close_notify, out), Code::wrong_state);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(end.feed({1, 2, 3}).code, Code::closed);
}

TEST(TlsSession, TakesOnlyFragmentSizesThatCanBeNegotiated) {
  TlsSession session;
  for (const uint16_t bytes : {0, 1, 256, 511, 1000, 16383, 32768}) {
    EXPECT_EQ(session.take_over(Role::server, CipherSuite::aes_128_gcm_sha256, client_secret,
                                server_secret, 0, bytes),
              Code::malformed)
        << bytes;
  }
}

// -- Closing -------------------------------------------------------------------------------------

TEST_P(TlsSessionOf, CloseNotifyEndsOneDirectionOnly) {
  Bytes close;
  ASSERT_EQ(client_.session.seal_alert(client_.engine, TlsAlert::close_notify, close), Code::ok);
  EXPECT_EQ(client_.session.seal(client_.engine, as_bytes("x"), close), Code::wrong_state);
  Bytes in = close;
  append(in, as_bytes("what follows is ignored"));
  const TlsSession::Fed fed = server_.feed(in);
  EXPECT_EQ(fed.code, Code::closed);
  EXPECT_EQ(fed.used, in.size());
  EXPECT_EQ(fed.alert, TlsAlert::close_notify);
  EXPECT_EQ(client_.feed(server_.seal("still here")).code, Code::ok);
  EXPECT_EQ(client_.text(), "still here");
}

TEST_P(TlsSessionOf, AnErrorAlertFromThePeerForbidsFurtherSealing) {
  const TlsSession::Fed fed = server_.feed(peer_.record(inner_alert, Bytes{2, 42}));
  EXPECT_EQ(fed.code, Code::closed);
  EXPECT_EQ(static_cast<int>(fed.alert), 42);
  Bytes out;
  EXPECT_EQ(server_.session.seal_alert(server_.engine, TlsAlert::close_notify, out),
            Code::wrong_state);
  EXPECT_TRUE(out.empty());
}

TEST_P(TlsSessionOf, TheLevelOfAnAlertMeansNothing) {
  EXPECT_EQ(server_.feed(peer_.record(inner_alert, Bytes{1, 90})).code, Code::ok);
  EXPECT_EQ(server_.feed(peer_.record(inner_alert, Bytes{2, 0})).alert, TlsAlert::close_notify);
}

TEST_P(TlsSessionOf, MalformedAlertsAreRefused) {
  expect_refused(peer_.record(inner_alert, Bytes{1}), TlsAlert::decode_error);
}

TEST_P(TlsSessionOf, CoalescedAlertsAreRefused) {
  expect_refused(peer_.record(inner_alert, Bytes{1, 0, 1, 0}), TlsAlert::decode_error);
}

TEST_P(TlsSessionOf, EmptyAlertsAreRefused) {
  expect_refused(peer_.record(inner_alert, {}), TlsAlert::unexpected_message);
}

// -- KeyUpdate -----------------------------------------------------------------------------------

TEST_P(TlsSessionOf, KeyUpdateMovesOneDirection) {
  Bytes out;
  ASSERT_EQ(client_.session.seal_key_update(client_.engine, false, out), Code::ok);
  append(out, client_.seal("new key"));
  EXPECT_EQ(server_.feed(out).code, Code::ok);
  EXPECT_EQ(server_.text(), "new key");
  EXPECT_TRUE(server_.reply.empty());
  EXPECT_EQ(server_.session.records_read(), 1u);
  EXPECT_EQ(client_.feed(server_.seal("old key")).code, Code::ok);
}

TEST_P(TlsSessionOf, ARequestedKeyUpdateIsAnsweredOnceForABurst) {
  const Bytes in =
      joined({peer_.key_update(1), peer_.key_update(0), peer_.key_update(1), peer_.data("x")});
  EXPECT_EQ(server_.feed(in).code, Code::ok);
  EXPECT_EQ(server_.text(), "x");
  EXPECT_EQ(server_.reply.size(), 5 + TlsSession::overhead_bytes);
  append(server_.reply, server_.seal("under the new key"));
  EXPECT_EQ(client_.feed(server_.reply).code, Code::ok);
  EXPECT_EQ(client_.text(), "under the new key");
  EXPECT_TRUE(client_.reply.empty());
}

TEST_P(TlsSessionOf, KeyUpdateMayBeCutIntoSingleBytes) {
  Bytes in;
  for (const uint8_t byte : {24, 0, 0, 1, 0})
    append(in, peer_.record(inner_handshake, Bytes{byte}));
  peer_.use_next_key();
  append(in, peer_.data("x"));
  EXPECT_EQ(server_.feed(in).code, Code::ok);
  EXPECT_EQ(server_.text(), "x");
}

TEST_P(TlsSessionOf, NothingMayComeBetweenThePiecesOfAKeyUpdate) {
  expect_refused(joined({peer_.record(inner_handshake, Bytes{24, 0}), peer_.data("x")}),
                 TlsAlert::unexpected_message);
}

TEST_P(TlsSessionOf, NothingMayFollowAKeyUpdateInItsRecord) {
  expect_refused(peer_.record(inner_handshake, Bytes{24, 0, 0, 1, 0, 24, 0, 0, 1, 0}),
                 TlsAlert::unexpected_message);
}

TEST_P(TlsSessionOf, AKeyUpdateOfAnotherLengthIsRefused) {
  expect_refused(peer_.record(inner_handshake, Bytes{24, 0, 0, 2, 0, 0}), TlsAlert::decode_error);
}

TEST_P(TlsSessionOf, AKeyUpdateWithAnotherRequestIsRefused) {
  expect_refused(peer_.record(inner_handshake, Bytes{24, 0, 0, 1, 2}), TlsAlert::illegal_parameter);
}

TEST_P(TlsSessionOf, KeyUpdatesInARowAreLimited) {
  for (uint32_t i = 0; i < limits::tls_key_updates_in_row_max; ++i) {
    ASSERT_EQ(server_.feed(peer_.key_update()).code, Code::ok);
  }
  ASSERT_EQ(server_.feed(peer_.data("breath")).code, Code::ok);
  for (uint32_t i = 0; i < limits::tls_key_updates_in_row_max; ++i) {
    ASSERT_EQ(server_.feed(peer_.key_update()).code, Code::ok);
  }
  expect_refused(peer_.key_update(), TlsAlert::unexpected_message, "breath");
}

TEST_P(TlsSessionOf, AKeyIsReplacedBeforeItsRecordLimit) {
  client_.session.set_sequence_numbers_for_test(0, limits::tls_records_per_key_max - 1);
  server_.session.set_sequence_numbers_for_test(limits::tls_records_per_key_max - 1, 0);
  EXPECT_EQ(server_.feed(client_.seal("last")).code, Code::ok);
  EXPECT_EQ(client_.session.records_written(), limits::tls_records_per_key_max);
  EXPECT_EQ(server_.feed(client_.seal("first")).code, Code::ok);
  EXPECT_EQ(client_.session.records_written(), 1u);
  EXPECT_EQ(server_.session.records_read(), 1u);
  EXPECT_EQ(server_.text(), "lastfirst");
}

TEST_P(TlsSessionOf, TheSequenceNumberNeverWraps) {
  server_.session.set_sequence_numbers_for_test(UINT64_MAX, 0);
  expect_refused(client_.seal("x"), TlsAlert::internal_error);
}

// -- What a peer may not send --------------------------------------------------------------------

TEST_P(TlsSessionOf, EveryTamperedByteIsRefused) {
  const Bytes good = client_.seal("what devices must not misread");
  for (size_t i = 0; i < good.size(); ++i) {
    End server;
    take_over(server, Role::server, GetParam());
    Bytes bad = good;
    bad[i] ^= 0x01;
    TlsSession::Fed fed = server.feed(bad);
    if (fed.code == Code::ok) {
      // A length that grew: the rest arrives with the next record, and then it shows.
      ASSERT_EQ(fed.used, 0u);
      ASSERT_TRUE(i == 3 || i == 4);
      bad.resize(record_bytes_max);
      fed = server.feed(bad);
    }
    ASSERT_NE(fed.code, Code::ok) << i;
    ASSERT_NE(fed.code, Code::closed) << i;
    ASSERT_EQ(fed.alert, i == 0 ? TlsAlert::unexpected_message : TlsAlert::bad_record_mac) << i;
    ASSERT_TRUE(server.data.empty()) << i;
    ASSERT_TRUE(server.reply.empty()) << i;
  }
}

TEST_P(TlsSessionOf, AReplayedRecordIsRefused) {
  const Bytes record = peer_.data("x");
  expect_refused(joined({record, record}), TlsAlert::bad_record_mac, "x");
}

TEST_P(TlsSessionOf, ARecordTooShortForItsTagIsRefused) {
  Bytes record = {23, 3, 3, 0, 15};
  record.resize(20);
  expect_refused(record, TlsAlert::bad_record_mac);
}

TEST_P(TlsSessionOf, AnOverlongRecordIsRefusedFromItsHeader) {
  expect_refused(Bytes{23, 3, 3, 0x41, 0x01}, TlsAlert::record_overflow);
}

TEST_P(TlsSessionOf, OnlyProtectedRecordsAreAccepted) {
  for (const uint8_t outer_type : {20, 21, 22, 24, 0}) {
    End server;
    take_over(server, Role::server, GetParam());
    const TlsSession::Fed fed = server.feed(Bytes{outer_type, 3, 3, 0, 1, 1});
    EXPECT_EQ(fed.code, Code::malformed);
    EXPECT_EQ(fed.alert, TlsAlert::unexpected_message);
  }
}

TEST_P(TlsSessionOf, UnknownInnerTypesAreRefused) {
  for (const uint8_t type : {1, 20, 24, 255}) {
    End server;
    take_over(server, Role::server, GetParam());
    RawTlsPeer peer(GetParam(), client_secret);
    const TlsSession::Fed fed = server.feed(peer.record(type, Bytes{1, 2}));
    EXPECT_EQ(fed.code, Code::malformed);
    EXPECT_EQ(fed.alert, TlsAlert::unexpected_message);
  }
}

TEST_P(TlsSessionOf, ARecordOfPaddingOnlyIsRefused) {
  expect_refused(peer_.record(0, {}, 20), TlsAlert::unexpected_message);
}

TEST_P(TlsSessionOf, PaddingIsStripped) {
  const Bytes in = joined({peer_.record(inner_data, as_bytes("a"), 1),
                           peer_.record(inner_data, Bytes{0, 'b', 0}, 300),
                           peer_.record(inner_data, as_bytes("c"), 16 * 1024 - 1)});
  EXPECT_EQ(server_.feed(in).code, Code::ok);
  EXPECT_EQ(server_.text(), std::string("a\0b\0c", 5));
}

TEST_P(TlsSessionOf, InnerPlaintextWithPaddingIsLimited) {
  expect_refused(peer_.record(inner_data, as_bytes("c"), 16 * 1024), TlsAlert::record_overflow);
}

TEST_P(TlsSessionOf, EmptyRecordsAreLegalButLimited) {
  for (uint32_t i = 0; i < limits::tls_empty_records_in_row_max; ++i) {
    ASSERT_EQ(server_.feed(peer_.record(inner_data, {}, i)).code, Code::ok);
  }
  ASSERT_EQ(server_.feed(peer_.data("x")).code, Code::ok);
  for (uint32_t i = 0; i < limits::tls_empty_records_in_row_max; ++i) {
    ASSERT_EQ(server_.feed(peer_.record(inner_data, {})).code, Code::ok);
  }
  expect_refused(peer_.record(inner_data, {}), TlsAlert::unexpected_message, "x");
}

TEST_P(TlsSessionOf, EmptyHandshakeRecordsAreRefused) {
  expect_refused(peer_.record(inner_handshake, {}), TlsAlert::unexpected_message);
}

TEST_P(TlsSessionOf, AServerRefusesEveryHandshakeMessageButKeyUpdate) {
  for (int type = 0; type < 256; ++type) {
    if (type == 24) continue;
    End server;
    take_over(server, Role::server, GetParam());
    RawTlsPeer peer(GetParam(), client_secret);
    const TlsSession::Fed fed =
        server.feed(peer.record(inner_handshake, Bytes{static_cast<uint8_t>(type)}));
    ASSERT_EQ(fed.alert, TlsAlert::unexpected_message) << type;
    ASSERT_EQ(fed.code, Code::malformed) << type;
  }
}

TEST_P(TlsSessionOf, NegotiatedFragmentsHoldBothWays) {
  for (const uint16_t fragment_bytes : {512, 1024, 2048, 4096}) {
    End server;
    take_over(server, Role::server, GetParam(), fragment_bytes);
    const std::string payload(10'000, 'x');
    server.seal(payload);
    EXPECT_EQ(server.session.records_written(), (payload.size() - 1) / fragment_bytes + 1);
    RawTlsPeer peer(GetParam(), client_secret);
    EXPECT_EQ(server.feed(peer.record(inner_data, Bytes(fragment_bytes), 100)).code, Code::ok);
    const TlsSession::Fed fed = server.feed(peer.record(inner_data, Bytes(fragment_bytes + 1)));
    EXPECT_EQ(fed.code, Code::too_large);
    EXPECT_EQ(fed.alert, TlsAlert::record_overflow);
  }
}

// -- A client and the tickets it passes over -----------------------------------------------------

Bytes ticket_message(size_t body_bytes) {
  Bytes message = {4, static_cast<uint8_t>(body_bytes >> 16), static_cast<uint8_t>(body_bytes >> 8),
                   static_cast<uint8_t>(body_bytes)};
  message.resize(message.size() + body_bytes, 0xaa);
  return message;
}

// The records of `messages`, cut every `cut_bytes`.
Bytes handshake_records(RawTlsPeer& peer, const Bytes& messages, size_t cut_bytes) {
  Bytes out;
  for (size_t at = 0; at < messages.size(); at += cut_bytes) {
    const size_t size = std::min(cut_bytes, messages.size() - at);
    append(out, peer.record(inner_handshake, ByteView(messages).subspan(at, size)));
  }
  return out;
}

TEST_P(TlsSessionOf, AClientPassesOverTicketsHoweverTheyAreCut) {
  const Bytes tickets = joined({ticket_message(14), ticket_message(200), ticket_message(131'337)});
  for (const size_t cut_bytes : {1000u, 4096u, 16384u}) {
    End client;
    take_over(client, Role::client, GetParam());
    RawTlsPeer peer(GetParam(), server_secret);
    Bytes in = handshake_records(peer, tickets, cut_bytes);
    append(in, peer.data("x"));
    const TlsSession::Fed fed = client.feed(in);
    EXPECT_EQ(fed.code, Code::ok) << cut_bytes;
    EXPECT_EQ(fed.used, in.size());
    EXPECT_EQ(client.text(), "x");
  }
}

TEST_P(TlsSessionOf, AClientPassesOverATicketOfSingleBytesWithAKeyUpdateBehind) {
  End client;
  take_over(client, Role::client, GetParam());
  RawTlsPeer peer(GetParam(), server_secret);
  Bytes in = handshake_records(peer, ticket_message(20), 1);
  append(in, peer.record(inner_handshake, joined({ticket_message(14), {24, 0, 0, 1, 1}})));
  peer.use_next_key();
  append(in, peer.data("x"));
  EXPECT_EQ(client.feed(in).code, Code::ok);
  EXPECT_EQ(client.text(), "x");
  EXPECT_EQ(client.reply.size(), 5 + TlsSession::overhead_bytes);
}

TEST_P(TlsSessionOf, AClientRefusesTicketsOfImpossibleLength) {
  for (const size_t body_bytes : {size_t{0}, size_t{13}, size_t{131'338}}) {
    End client;
    take_over(client, Role::client, GetParam());
    RawTlsPeer peer(GetParam(), server_secret);
    const Bytes head = {4, static_cast<uint8_t>(body_bytes >> 16),
                        static_cast<uint8_t>(body_bytes >> 8), static_cast<uint8_t>(body_bytes)};
    const TlsSession::Fed fed = client.feed(peer.record(inner_handshake, head));
    EXPECT_EQ(fed.code, Code::malformed) << body_bytes;
    EXPECT_EQ(fed.alert, TlsAlert::decode_error) << body_bytes;
  }
}

TEST_P(TlsSessionOf, AClientRefusesOtherHandshakeMessages) {
  for (const uint8_t type : {0, 1, 2, 8, 11, 13, 15, 20}) {
    End client;
    take_over(client, Role::client, GetParam());
    RawTlsPeer peer(GetParam(), server_secret);
    const TlsSession::Fed fed = client.feed(peer.record(inner_handshake, Bytes{type, 0, 0, 0}));
    EXPECT_EQ(fed.alert, TlsAlert::unexpected_message) << type;
  }
}

TEST_P(TlsSessionOf, NothingMayComeBetweenThePiecesOfATicket) {
  End client;
  take_over(client, Role::client, GetParam());
  RawTlsPeer peer(GetParam(), server_secret);
  Bytes ticket = ticket_message(100);
  ticket.resize(50);
  const TlsSession::Fed fed =
      client.feed(joined({peer.record(inner_handshake, ticket), peer.data("x")}));
  EXPECT_EQ(fed.alert, TlsAlert::unexpected_message);
  EXPECT_TRUE(client.data.empty());
}

// -- Random sessions -----------------------------------------------------------------------------

// One direction of a connection: what was sent and not yet received, and what must come out.
struct Pipe {
  Bytes on_the_way;
  Bytes expected;
};

class RandomSession {
 public:
  RandomSession(uint64_t seed, CipherSuite suite) : prng_(seed) {
    const uint16_t fragment_bytes = prng_.below(2) ? 16384 : 512;
    take_over(ends_[0], Role::client, suite, fragment_bytes);
    take_over(ends_[1], Role::server, suite, fragment_bytes);
  }

  void run() {
    for (int i = 0; i < 200; ++i) {
      const size_t who = prng_.below(2);
      switch (prng_.below(6)) {
        case 0:
          update_key(who);
          break;
        case 1:
        case 2:
          send(who);
          break;
        default:
          deliver(who, prng_.below(pipes_[who].on_the_way.size() + 1));
          break;
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
    // Answers to KeyUpdates travel too.
    for (int i = 0; i < 4; ++i) deliver(i % 2, pipes_[i % 2].on_the_way.size());
    for (size_t who : {0, 1}) {
      EXPECT_TRUE(pipes_[who].on_the_way.empty());
      EXPECT_EQ(ends_[1 - who].data, pipes_[who].expected);
    }
  }

 private:
  void send(size_t who) {
    const Bytes payload =
        random_bytes(prng_, prng_.below(3) ? prng_.below(300) : prng_.below(40'000));
    End& end = ends_[who];
    ASSERT_EQ(end.session.seal(end.engine, payload, pipes_[who].on_the_way), Code::ok);
    append(pipes_[who].expected, payload);
    if (!payload.empty()) updates_in_row_[who] = 0;
  }

  // A decent peer updates seldom; stay under the limit for updates in a row.
  void update_key(size_t who) {
    End& end = ends_[who];
    if (++updates_in_row_[who] > 8) return;
    ASSERT_EQ(end.session.seal_key_update(end.engine, prng_.below(2) == 1, pipes_[who].on_the_way),
              Code::ok);
  }

  // Give the other end the first `size` bytes of what `who` sent.
  void deliver(size_t who, size_t size) {
    Bytes& way = pipes_[who].on_the_way;
    Bytes in(way.begin(), way.begin() + static_cast<ptrdiff_t>(size));
    End& other = ends_[1 - who];
    const TlsSession::Fed fed = other.feed(in);
    ASSERT_EQ(fed.code, Code::ok);
    ASSERT_LE(fed.used, size);
    way.erase(way.begin(), way.begin() + static_cast<ptrdiff_t>(fed.used));
    append(pipes_[1 - who].on_the_way, other.reply);
    other.reply.clear();
  }

  Prng prng_;
  End ends_[2];
  Pipe pipes_[2];  // [0]: from the client
  int updates_in_row_[2] = {0, 0};
};

TEST_P(TlsSessionOf, RandomSessionsDeliverEverythingInOrder) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ": unit_wire --gtest_filter='*RandomSessions*'");
    RandomSession(seed, GetParam()).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tocsin::wire
