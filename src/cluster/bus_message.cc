#include "cluster/bus_message.h"

namespace tocsin::cluster {

const AppConfig* AppTable::find(AppId id) const {
  const auto found = by_id.find(id.value);
  return found == by_id.end() ? nullptr : &found->second;
}

const AppConfig* AppTable::find(const std::string& name) const {
  const auto found = id_by_name.find(name);
  return found == id_by_name.end() ? nullptr : find(AppId{found->second});
}

}  // namespace tocsin::cluster
