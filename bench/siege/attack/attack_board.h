// AttackBoard: when an attack begins and ends, and what has become of it, in memory that this
// program and its attackers share.
//
// Thread: any (relaxed atomics).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace tocsin::bench::siege {

struct AttackBoard {
  static constexpr uint32_t goaway_codes = 15;  // the last one stands for all above

  std::atomic<bool> begun;
  std::atomic<bool> over;
  std::atomic<uint64_t> opened;    // connections that came so far that the script began
  std::atomic<uint64_t> unopened;  // that did not: refused, or failed on the way
  std::atomic<uint64_t> cut;       // of those opened, ended by the server
  std::atomic<uint64_t> sent_bytes;
  std::atomic<uint64_t> answers;  // whole ones, HTTP/2: streams that were ended
  std::atomic<uint64_t> resets;   // HTTP/2: streams that were reset
  std::array<std::atomic<uint64_t>, goaway_codes> goaways;

  void count(std::atomic<uint64_t>& what, uint64_t more = 1) {
    what.fetch_add(more, std::memory_order_relaxed);
  }
};

}  // namespace tocsin::bench::siege
