// AddressSlot: a connection's place among those of its client address; gives it back when it dies.
//
// Thread: any: it tells the acceptor's shard by mail.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "runtime/mailbox.h"
#include "runtime/net/address_limiter.h"

namespace tocsin::runtime {

class AddressSlot {
 public:
  AddressSlot() = default;  // of nobody
  AddressSlot(std::weak_ptr<AddressLimiter> limiter, Mailbox shard, uint32_t entry)
      : limiter_(std::move(limiter)), shard_(std::move(shard)), entry_(entry) {}
  AddressSlot(AddressSlot&& from) noexcept
      : limiter_(std::move(from.limiter_)),
        shard_(std::move(from.shard_)),
        entry_(std::exchange(from.entry_, AddressLimiter::no_entry)) {}
  AddressSlot& operator=(AddressSlot&&) = delete;
  ~AddressSlot() {
    if (entry_ == AddressLimiter::no_entry) return;
    shard_.post([limiter = std::move(limiter_), entry = entry_] {
      if (const auto alive = limiter.lock()) alive->release(entry);
    });
  }

 private:
  std::weak_ptr<AddressLimiter> limiter_;
  Mailbox shard_{{}};
  uint32_t entry_ = AddressLimiter::no_entry;
};

}  // namespace tocsin::runtime
