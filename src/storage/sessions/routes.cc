#include "storage/sessions/routes.h"

#include "base/check.h"
#include "wire/conditions.h"

namespace tocsin::storage {

std::optional<cluster::SessionRef> Routes::open(DeviceRef device, cluster::SessionRef session,
                                                Traits traits) {
  TOCSIN_CHECK(device.partition < limits::partitions && session.gateway != no_gateway);
  auto& pages = shards_[device.partition];
  const size_t index = device.ordinal / page_routes;
  if (index >= pages.size()) pages.resize(index + 1);
  if (!pages[index]) {
    pages[index] = std::make_unique<Page>();
    ++pages_;
  }
  cluster::SessionRef& route = pages[index]->routes[device.ordinal % page_routes];
  const cluster::SessionRef before = route;
  route = session;
  pages[index]->traits[device.ordinal % page_routes] = traits;
  if (before.gateway == no_gateway) {
    ++pages[index]->used;
    ++size_;
    return std::nullopt;
  }
  return before == session ? std::nullopt : std::optional(before);
}

bool Routes::close(DeviceRef device, cluster::SessionRef session) {
  const cluster::SessionRef* route = at(device);
  if (route == nullptr || *route != session) return false;
  auto& page = shards_[device.partition][device.ordinal / page_routes];
  page->routes[device.ordinal % page_routes] = {no_gateway, 0, 0};
  --size_;
  if (--page->used == 0) {
    page.reset();
    --pages_;
  }
  return true;
}

std::optional<cluster::SessionRef> Routes::find(DeviceRef device) const {
  const cluster::SessionRef* route = at(device);
  return route == nullptr ? std::nullopt : std::optional(*route);
}

Traits Routes::traits(DeviceRef device) const {
  TOCSIN_CHECK(at(device) != nullptr);
  return shards_[device.partition][device.ordinal / page_routes]
      ->traits[device.ordinal % page_routes];
}

void Routes::set_conditions(DeviceRef device, uint8_t conditions) {
  TOCSIN_CHECK(at(device) != nullptr);
  auto& page = *shards_[device.partition][device.ordinal / page_routes];
  page.traits[device.ordinal % page_routes].conditions = conditions & wire::all_conditions;
}

const cluster::SessionRef* Routes::at(DeviceRef device) const {
  if (device.partition >= limits::partitions) return nullptr;
  const auto& pages = shards_[device.partition];
  const size_t index = device.ordinal / page_routes;
  if (index >= pages.size() || !pages[index]) return nullptr;
  const cluster::SessionRef& route = pages[index]->routes[device.ordinal % page_routes];
  return route.gateway == no_gateway ? nullptr : &route;
}

}  // namespace tocsin::storage
