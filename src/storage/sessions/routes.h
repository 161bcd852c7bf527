// Routes: where each connected device's session is, for the devices of this storage.
//
// Soft state: gateways are the truth about who is connected. Indexed by the dense ordinal, in pages
// that exist only while a device in them is connected: 16 bytes a device, no hashing.
//
// Thread: the storage thread.  Bound: one session a device.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "cluster/bus_message.h"
#include "storage/tables/traits.h"

namespace tocsin::storage {

class Routes {
 public:
  // The device's session is this one now. Returns another one that it replaces.
  std::optional<cluster::SessionRef> open(DeviceRef device, cluster::SessionRef session,
                                          Traits traits);

  // Forget the session if it is still the device's; false if it is not.
  bool close(DeviceRef device, cluster::SessionRef session);

  std::optional<cluster::SessionRef> find(DeviceRef device) const;
  // Requires that the device is connected.
  Traits traits(DeviceRef device) const;
  void set_conditions(DeviceRef device, uint8_t conditions);

  size_t size() const { return size_; }
  size_t pages() const { return pages_; }

 private:
  static constexpr uint32_t page_routes = 64;
  static constexpr uint32_t no_gateway = UINT32_MAX;
  struct Page {
    Page() { routes.fill({no_gateway, 0, 0}); }
    std::array<cluster::SessionRef, page_routes> routes;
    std::array<Traits, page_routes> traits{};
    uint32_t used = 0;
  };
  static_assert(sizeof(cluster::SessionRef) <= 16, "multiply by a million sessions");

  const cluster::SessionRef* at(DeviceRef device) const;

  std::array<std::vector<std::unique_ptr<Page>>, limits::partitions> shards_;
  size_t size_ = 0;
  size_t pages_ = 0;
};

}  // namespace tocsin::storage
