#include "runtime/net/address_limiter.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "base/prng.h"

namespace tocsin::runtime {
namespace {

// Buckets to begin with; doubled as entries are added.
constexpr size_t heads_min = 64;

}  // namespace

ClientAddress ClientAddress::of_ipv6(const std::array<uint8_t, 16>& address) {
  constexpr std::array<uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const bool is_ipv4 = std::equal(mapped.begin(), mapped.end(), address.begin());
  const size_t begin = is_ipv4 ? 12 : 0;
  const size_t end = is_ipv4 ? 16 : 8;
  uint64_t value = 0;
  for (size_t i = begin; i < end; ++i) value = value << 8 | address[i];
  return ClientAddress(value);
}

std::string ClientAddress::text() const {
  if (value_ <= UINT32_MAX) {
    return fmt::format("{}.{}.{}.{}", value_ >> 24, value_ >> 16 & 0xff, value_ >> 8 & 0xff,
                       value_ & 0xff);
  }
  return fmt::format("{:x}:{:x}:{:x}:{:x}::/64", value_ >> 48, value_ >> 32 & 0xffff,
                     value_ >> 16 & 0xffff, value_ & 0xffff);
}

AddressLimiter::AddressLimiter(Limits limits, uint64_t seed)
    : limits_(limits), seed_(seed), heads_(heads_min, no_entry) {
  TOCSIN_CHECK(limits_.addresses_max > 0 &&
               limits_.handshakes_per_s <= limits::handshakes_per_address_per_s_max);
}

AddressLimiter::Admission AddressLimiter::admit(ClientAddress address, uint64_t now_ms) {
  constexpr Admission uncounted{Verdict::admitted, no_entry};
  if (!is_on()) return uncounted;
  const uint32_t index = find_or_make(address.value_, now_ms);
  if (index == no_entry) return uncounted;
  Entry& entry = entries_[index];
  if (limits_.connections_max != 0 && entry.open >= limits_.connections_max) {
    return {Verdict::too_many_connections, no_entry};
  }
  const bool has_token = take_token(entry, now_ms);
  if (entry.open == 0) remove_idle(index);
  if (has_token && limits_.connections_max != 0) {
    ++entry.open;
    return {Verdict::admitted, index};
  }
  if (entry.open == 0) append_idle(index);  // the youngest now
  return {has_token ? Verdict::admitted : Verdict::too_many_handshakes, no_entry};
}

void AddressLimiter::release(uint32_t entry) {
  if (entry == no_entry) return;
  TOCSIN_CHECK(entry < entries_.size() && entries_[entry].open > 0);
  if (--entries_[entry].open == 0) append_idle(entry);
}

void AddressLimiter::keep(int fd, uint32_t entry) {
  if (entry == no_entry) return;
  const auto at = static_cast<size_t>(fd);
  if (at >= entry_of_fd_.size()) entry_of_fd_.resize(at + 1, no_entry);
  TOCSIN_CHECK(entry_of_fd_[at] == no_entry);
  entry_of_fd_[at] = entry;
}

void AddressLimiter::release_fd(int fd) {
  const auto at = static_cast<size_t>(fd);
  if (at < entry_of_fd_.size()) release(std::exchange(entry_of_fd_[at], no_entry));
}

uint32_t& AddressLimiter::head_of(uint64_t address) {
  return heads_[Prng(seed_ ^ address).next() & (heads_.size() - 1)];
}

uint32_t AddressLimiter::find_or_make(uint64_t address, uint64_t now_ms) {
  for (uint32_t i = head_of(address); i != no_entry; i = entries_[i].next_in_bucket) {
    if (entries_[i].address == address) return i;
  }
  uint32_t index = static_cast<uint32_t>(entries_.size());
  if (index == limits_.addresses_max) {
    index = forget_oldest_idle();
    if (index == no_entry) return no_entry;
  } else {
    if (entries_.size() == heads_.size()) double_heads();
    entries_.emplace_back();
  }
  Entry& entry = entries_[index];
  entry = Entry{.address = address,
                .tokens_milli = limits_.handshakes_per_s * limits::handshake_burst_s * 1000,
                .filled_ms = static_cast<uint32_t>(now_ms),
                .next_in_bucket = std::exchange(head_of(address), index)};
  append_idle(index);
  return index;
}

void AddressLimiter::double_heads() {
  heads_.assign(heads_.size() * 2, no_entry);
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    entries_[i].next_in_bucket = std::exchange(head_of(entries_[i].address), i);
  }
}

uint32_t AddressLimiter::forget_oldest_idle() {
  const uint32_t index = idle_first_;
  if (index == no_entry) return no_entry;
  remove_idle(index);
  uint32_t* link = &head_of(entries_[index].address);
  while (*link != index) link = &entries_[*link].next_in_bucket;
  *link = entries_[index].next_in_bucket;
  return index;
}

bool AddressLimiter::take_token(Entry& entry, uint64_t now_ms) {
  constexpr uint32_t one = 1000;
  const uint64_t rate = limits_.handshakes_per_s;
  if (rate == 0) return true;
  const uint64_t full = rate * limits::handshake_burst_s * one;
  const uint32_t elapsed_ms = static_cast<uint32_t>(now_ms) - entry.filled_ms;
  // n per second are n thousandths per millisecond.
  entry.tokens_milli =
      static_cast<uint32_t>(std::min(full, entry.tokens_milli + elapsed_ms * rate));
  entry.filled_ms = static_cast<uint32_t>(now_ms);
  if (entry.tokens_milli < one) return false;
  entry.tokens_milli -= one;
  return true;
}

void AddressLimiter::append_idle(uint32_t index) {
  Entry& entry = entries_[index];
  entry.idle_before = idle_last_;
  entry.idle_after = no_entry;
  (idle_last_ == no_entry ? idle_first_ : entries_[idle_last_].idle_after) = index;
  idle_last_ = index;
}

void AddressLimiter::remove_idle(uint32_t index) {
  const Entry& entry = entries_[index];
  (entry.idle_before == no_entry ? idle_first_ : entries_[entry.idle_before].idle_after) =
      entry.idle_after;
  (entry.idle_after == no_entry ? idle_last_ : entries_[entry.idle_after].idle_before) =
      entry.idle_before;
}

}  // namespace tocsin::runtime
