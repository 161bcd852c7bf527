// Tickets between real handshakes, without a socket.
#include "drill/fleet/resumption.h"

#include <gtest/gtest.h>

#include "harness/files.h"
#include "runtime/tls/dev_certificates.h"

namespace tocsin::bench::drill {
namespace {

using runtime::TlsContext;
using runtime::TlsHandshake;
using Step = TlsHandshake::Step;

class ResumptionTest : public testing::Test {
 protected:
  Target target_for(uint32_t percent) const {
    return {
        {}, "127.0.0.1", *TlsContext::client(certificates_->ca_pem), false, Resumption(percent)};
  }

  // Shake hands as device `number`; whether it was resumed.
  bool connect(Target& target, uint32_t number) {
    DeviceHandshake client(target, number);
    const auto server = TlsHandshake::server(server_);
    Bytes to_server;
    Bytes to_client;
    EXPECT_EQ(client.feed({}, to_server), Step::more);
    EXPECT_EQ(server->feed(to_server, to_client), Step::more);
    to_server.clear();
    Step step = client.feed(to_client, to_server);
    to_client.clear();
    EXPECT_EQ(server->feed(to_server, to_client), Step::done);
    to_server.clear();
    // What the server sends after its handshake is its ticket; a client need not read it.
    if (step == Step::more) step = client.feed(to_client, to_server);
    EXPECT_EQ(step, Step::done);
    const auto left = client.detach(engine_);
    EXPECT_TRUE(left.ok());
    return left.ok() && left->resumed;
  }

  TempDir folder_ = *TempDir::create();
  absl::StatusOr<runtime::DevCertificates> certificates_ =
      runtime::load_or_make_dev_certificates(folder_.path());
  TlsContext server_ = *TlsContext::server(certificates_->identity);
  wire::TlsEngine engine_;
};

TEST_F(ResumptionTest, OneTicketServesAgainAndAgain) {
  Target target = target_for(100);
  EXPECT_FALSE(connect(target, 0));
  for (uint32_t number = 1; number < 20; ++number) EXPECT_TRUE(connect(target, number)) << number;
}

TEST_F(ResumptionTest, TheTicketHoldsNoCertificate) {
  Target target = target_for(100);
  connect(target, 0);
  const ByteView ticket = target.resumption.ticket_for(1);
  EXPECT_FALSE(ticket.empty());
  // The development certificate alone is longer.
  EXPECT_LT(ticket.size(), 450u);
}

TEST_F(ResumptionTest, OthersMakeFullHandshakes) {
  Target target = target_for(25);
  EXPECT_FALSE(connect(target, 0));
  uint32_t resumed = 0;
  for (uint32_t number = 0; number < 40; ++number) resumed += connect(target, number) ? 1 : 0;
  EXPECT_EQ(resumed, 10u);
}

TEST_F(ResumptionTest, AServerThatForgotItsKeysGetsAFullHandshake) {
  Target target = target_for(100);
  connect(target, 0);
  runtime::TicketKeys other;
  other.bytes.fill(0x5a);
  server_ = *TlsContext::server(certificates_->identity, other);
  EXPECT_FALSE(connect(target, 1));
}

TEST_F(ResumptionTest, ATicketDoesNotVouchForAnotherAuthority) {
  Target target = target_for(100);
  connect(target, 0);
  const TempDir folder = *TempDir::create();
  const auto stranger = runtime::load_or_make_dev_certificates(folder.path());
  runtime::TicketKeys other;
  other.bytes.fill(0x5a);
  const TlsContext context = *TlsContext::server(stranger->identity, other);
  DeviceHandshake client(target, 1);
  const auto server = TlsHandshake::server(context);
  Bytes to_server;
  Bytes to_client;
  client.feed({}, to_server);
  server->feed(to_server, to_client);
  EXPECT_EQ(client.feed(to_client, to_server), Step::failed);
}

TEST_F(ResumptionTest, WhenTheFetcherIsCutOffAnotherFetches) {
  Target target = target_for(100);
  {
    DeviceHandshake cut_off(target, 0);
    Bytes to_server;
    cut_off.feed({}, to_server);
  }
  EXPECT_FALSE(connect(target, 1));
  EXPECT_TRUE(connect(target, 2));
}

TEST(ResumptionStateTest, OneFetchesAtATime) {
  Resumption resumption(100);
  EXPECT_TRUE(resumption.take_fetch());
  EXPECT_FALSE(resumption.take_fetch());
  resumption.fetch_failed(false);
  EXPECT_TRUE(resumption.take_fetch());
  resumption.fetch_failed(true);
  EXPECT_FALSE(resumption.take_fetch()) << "this server gives no tickets";
  EXPECT_TRUE(resumption.ticket_for(0).empty());
}

TEST(ResumptionStateTest, NobodyFetchesWhatNobodyUses) {
  Resumption resumption(0);
  EXPECT_FALSE(resumption.take_fetch());
}

TEST(ResumptionStateTest, WhatIsNoSessionIsKeptAsItIs) {
  const std::vector<Bytes> odd = {{0x30},
                                  {0x30, 0x05, 0x02, 0x01, 0x01},
                                  {0x31, 0x03, 0x02, 0x01, 0x01},
                                  {0x30, 0x84, 0xff, 0xff, 0xff, 0xff},
                                  {0x30, 0x03, 0x02, 0x07, 0x01}};
  for (const Bytes& bytes : odd) {
    Resumption resumption(100);
    ASSERT_TRUE(resumption.take_fetch());
    resumption.keep(bytes);
    const ByteView kept = resumption.ticket_for(0);
    EXPECT_EQ(Bytes(kept.begin(), kept.end()), bytes);
  }
}

}  // namespace
}  // namespace tocsin::bench::drill
