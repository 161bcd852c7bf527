// AddressLimiter: how much of a shard one client address may use.
//
// Two limits, each 0 for none: open connections at a time (handshakes under way count), and
// handshakes per second, as a token bucket that holds limits::handshake_burst_s seconds' worth. A
// client address is an IPv4 address or an IPv6 /64, which is what one customer is given.
//
//   admit() --entry--> handshaking --keep(fd)--> connected --release_fd(fd)--> (gone)
//      \--refused         \--failed: release(entry)-------------------------------^
//
// Nothing is kept in the connection's slot. With the connection limit on, an open connection costs
// four bytes here, in a table by descriptor, and a client address 32 bytes; with it off, nothing.
//
// When the table is full, the address that has been without a connection for longest is forgotten
// (with its bucket: it will start with a full one). An address with open connections is never
// forgotten; while there are only such addresses, newcomers are admitted without limits, because
// locking them out would hand the server to whoever fills the table.
//
// Thread: one shard.
// Bound: `addresses_max` entries, made as addresses arrive.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/limits.h"

namespace tocsin::runtime {

// Where a connection comes from, as far as limits tell clients apart.
class ClientAddress {
 public:
  ClientAddress() = default;
  // In host byte order.
  static ClientAddress of_ipv4(uint32_t address) { return ClientAddress(address); }
  // In network byte order. An IPv4-mapped address (::ffff:a.b.c.d) is the IPv4 address.
  static ClientAddress of_ipv6(const std::array<uint8_t, 16>& address);

  // "192.0.2.1" or "2001:db8:0:1::/64".
  std::string text() const;

  bool operator==(const ClientAddress&) const = default;

 private:
  friend class AddressLimiter;
  explicit ClientAddress(uint64_t value) : value_(value) {}
  // The /64; an IPv4 address is below 2^32, where there is no /64 that anyone may use (RFC 4291:
  // 0::/8).
  uint64_t value_ = 0;
};

class AddressLimiter {
 public:
  struct Limits {
    uint32_t connections_max = 0;   // per address at a time; 0: no limit
    uint32_t handshakes_per_s = 0;  // per address; 0: no limit
    uint32_t addresses_max = limits::limited_addresses_max;
  };
  enum class Verdict { admitted, too_many_connections, too_many_handshakes };
  // Stands for a connection that is not counted.
  static constexpr uint32_t no_entry = UINT32_MAX;
  struct Admission {
    Verdict verdict;
    uint32_t entry;  // for keep() or release(); no_entry when refused or not counted
  };

  // `seed` makes the table's order unknown to those who choose addresses. Requires addresses_max >
  // 0.
  AddressLimiter(Limits limits, uint64_t seed);

  bool is_on() const { return limits_.connections_max != 0 || limits_.handshakes_per_s != 0; }

  // A connection from `address` has arrived; `now_ms` never goes back. A refusal takes no token.
  Admission admit(ClientAddress address, uint64_t now_ms);
  // An admitted connection ended before keep().
  void release(uint32_t entry);
  // The connection is now the open descriptor `fd`, until release_fd(fd).
  void keep(int fd, uint32_t entry);
  // `fd` is about to be closed. Does nothing when it was not kept.
  void release_fd(int fd);

  // Number of addresses remembered.
  size_t size() const { return entries_.size(); }

 private:
  // A client address. While it has no connection it is in the idle list, oldest first.
  struct Entry {
    uint64_t address;
    uint32_t open = 0;
    uint32_t tokens_milli = 0;
    uint32_t filled_ms = 0;   // when tokens_milli was correct; wraps round
    uint32_t next_in_bucket;  // of the hash table
    uint32_t idle_before = no_entry;
    uint32_t idle_after = no_entry;
  };
  static_assert(sizeof(Entry) <= 32, "a million of them must stay affordable");

  uint32_t& head_of(uint64_t address);
  // The entry of `address`, made if needed; no_entry when there is no room.
  uint32_t find_or_make(uint64_t address, uint64_t now_ms);
  void double_heads();
  uint32_t forget_oldest_idle();
  bool take_token(Entry& entry, uint64_t now_ms);
  void append_idle(uint32_t index);
  void remove_idle(uint32_t index);

  const Limits limits_;
  const uint64_t seed_;
  std::vector<uint32_t> heads_;  // first entry of each hash bucket; their number is a power of two
  std::vector<Entry> entries_;
  std::vector<uint32_t> entry_of_fd_;
  uint32_t idle_first_ = no_entry;
  uint32_t idle_last_ = no_entry;
};

}  // namespace tocsin::runtime
