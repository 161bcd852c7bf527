#include "runtime/net/address_limiter.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/prng.h"

namespace tocsin::runtime {
namespace {

using Verdict = AddressLimiter::Verdict;
using Limits = AddressLimiter::Limits;

constexpr uint64_t seed = 7;
const ClientAddress alice = ClientAddress::of_ipv4(0xc0000201);
const ClientAddress bob = ClientAddress::of_ipv4(0xc0000202);

ClientAddress nth(uint32_t n) { return ClientAddress::of_ipv4(0x0a000000 + n); }

TEST(ClientAddressTest, AnIpv6ClientIsItsSlash64) {
  std::array<uint8_t, 16> one = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
  std::array<uint8_t, 16> neighbour = one;
  neighbour[15] = 2;
  std::array<uint8_t, 16> other_net = one;
  other_net[7] = 2;
  EXPECT_EQ(ClientAddress::of_ipv6(one), ClientAddress::of_ipv6(neighbour));
  EXPECT_NE(ClientAddress::of_ipv6(one), ClientAddress::of_ipv6(other_net));
  EXPECT_EQ(ClientAddress::of_ipv6(one).text(), "2001:db8:0:1::/64");
}

TEST(ClientAddressTest, AMappedIpv4AddressIsTheIpv4Address) {
  const std::array<uint8_t, 16> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  EXPECT_EQ(ClientAddress::of_ipv6(mapped), alice);
  EXPECT_EQ(alice.text(), "192.0.2.1");
}

TEST(AddressLimiterTest, WithoutLimitsNothingIsRemembered) {
  AddressLimiter limiter({}, seed);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(limiter.admit(alice, 0).entry, AddressLimiter::no_entry);
  }
  EXPECT_EQ(limiter.size(), 0u);
}

TEST(AddressLimiterTest, OneAddressGetsItsConnectionsAndOthersGetTheirs) {
  AddressLimiter limiter({.connections_max = 2}, seed);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::too_many_connections);
  EXPECT_EQ(limiter.admit(bob, 0).verdict, Verdict::admitted);
}

TEST(AddressLimiterTest, AFailedHandshakeAndAClosedConnectionMakeRoom) {
  AddressLimiter limiter({.connections_max = 1}, seed);
  limiter.release(limiter.admit(alice, 0).entry);
  limiter.keep(5, limiter.admit(alice, 0).entry);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::too_many_connections);
  limiter.release_fd(5);
  limiter.release_fd(5);  // the number is nobody's now
  limiter.release_fd(9);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::too_many_connections);
}

TEST(AddressLimiterTest, ABucketHoldsItsBurstAndRefillsAtItsRate) {
  AddressLimiter limiter({.handshakes_per_s = 4}, seed);
  uint64_t now_ms = UINT32_MAX - 100;  // the clock's low half wraps round on the way
  for (uint32_t i = 0; i < 4 * limits::handshake_burst_s; ++i) {
    ASSERT_EQ(limiter.admit(alice, now_ms).verdict, Verdict::admitted) << i;
  }
  EXPECT_EQ(limiter.admit(alice, now_ms).verdict, Verdict::too_many_handshakes);
  EXPECT_EQ(limiter.admit(bob, now_ms).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(alice, now_ms + 249).verdict, Verdict::too_many_handshakes);
  EXPECT_EQ(limiter.admit(alice, now_ms + 250).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(alice, now_ms + 250).verdict, Verdict::too_many_handshakes);
  now_ms += 1'000'000;  // never more than a burst
  for (uint32_t i = 0; i < 4 * limits::handshake_burst_s; ++i) {
    ASSERT_EQ(limiter.admit(alice, now_ms).verdict, Verdict::admitted) << i;
  }
  EXPECT_EQ(limiter.admit(alice, now_ms).verdict, Verdict::too_many_handshakes);
}

TEST(AddressLimiterTest, ARefusedConnectionTakesNoToken) {
  AddressLimiter limiter({.connections_max = 1, .handshakes_per_s = 1}, seed);
  const uint32_t entry = limiter.admit(alice, 0).entry;
  for (uint32_t i = 0; i < 2 * limits::handshake_burst_s; ++i) {
    ASSERT_EQ(limiter.admit(alice, 0).verdict, Verdict::too_many_connections);
  }
  limiter.release(entry);
  EXPECT_EQ(limiter.admit(alice, 0).verdict, Verdict::admitted);
}

TEST(AddressLimiterTest, AFullTableForgetsTheAddressIdleForLongest) {
  AddressLimiter limiter({.handshakes_per_s = 1, .addresses_max = 3}, seed);
  for (uint32_t i = 0; i < limits::handshake_burst_s; ++i) {
    for (uint32_t n = 0; n < 3; ++n) limiter.admit(nth(n), 0);
  }
  EXPECT_EQ(limiter.admit(nth(0), 0).verdict, Verdict::too_many_handshakes);
  EXPECT_EQ(limiter.admit(nth(9), 0).verdict, Verdict::admitted);  // in place of 1, the oldest
  EXPECT_EQ(limiter.size(), 3u);
  EXPECT_EQ(limiter.admit(nth(0), 0).verdict, Verdict::too_many_handshakes);
  EXPECT_EQ(limiter.admit(nth(2), 0).verdict, Verdict::too_many_handshakes);
  EXPECT_EQ(limiter.admit(nth(1), 0).verdict, Verdict::admitted);
}

TEST(AddressLimiterTest, ATableFullOfOpenConnectionsNeitherGrowsNorLocksOut) {
  AddressLimiter limiter({.connections_max = 1, .addresses_max = 2}, seed);
  const uint32_t first = limiter.admit(nth(1), 0).entry;
  limiter.admit(nth(2), 0);
  for (int i = 0; i < 3; ++i) {
    const AddressLimiter::Admission admission = limiter.admit(nth(3), 0);
    EXPECT_EQ(admission.verdict, Verdict::admitted);
    limiter.keep(7, admission.entry);
    limiter.release_fd(7);
  }
  EXPECT_EQ(limiter.size(), 2u);
  // Those that are counted are still held to the limit.
  EXPECT_EQ(limiter.admit(nth(1), 0).verdict, Verdict::too_many_connections);
  limiter.release(first);
  EXPECT_EQ(limiter.admit(nth(3), 0).verdict, Verdict::admitted);
  EXPECT_EQ(limiter.admit(nth(3), 0).verdict, Verdict::too_many_connections);
}

// Against a count kept the simple way, over random openings and closings.
TEST(AddressLimiterTest, CountsAgreeWithTheSimpleWay) {
  constexpr uint32_t addresses = 300;
  constexpr uint32_t connections_max = 3;
  AddressLimiter limiter({.connections_max = connections_max, .addresses_max = addresses}, seed);
  std::vector<uint32_t> open_of(addresses, 0);
  std::vector<std::pair<uint32_t, uint32_t>> open;  // address, entry
  Prng random(42);
  for (int step = 0; step < 100'000; ++step) {
    if (random.below(2) == 0 && !open.empty()) {
      std::swap(open[random.below(open.size())], open.back());
      limiter.release(open.back().second);
      --open_of[open.back().first];
      open.pop_back();
      continue;
    }
    const auto n = static_cast<uint32_t>(random.below(addresses));
    const AddressLimiter::Admission admission = limiter.admit(nth(n), 0);
    const bool expected = open_of[n] < connections_max;
    ASSERT_EQ(admission.verdict == Verdict::admitted, expected) << "step " << step;
    if (!expected) continue;
    open.emplace_back(n, admission.entry);
    ++open_of[n];
  }
  EXPECT_LE(limiter.size(), addresses);
}

}  // namespace
}  // namespace tocsin::runtime
