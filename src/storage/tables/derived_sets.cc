#include "storage/tables/derived_sets.h"

#include <utility>
#include <vector>

#include "storage/store/keys.h"
#include "storage/tables/device_row.h"

namespace tocsin::storage {
namespace {

// A new kind of set that follows from the device rows is a line here, and one in set_check.cc.
std::vector<std::string> prefixes_of(const internal::DeviceRow& row) {
  const AppId app{row.app_id()};
  std::vector<std::string> prefixes = {app_set_prefix(app)};
  for (const std::string& tag : row.tags()) {
    if (tag.size() <= limits::tag_bytes_max) prefixes.push_back(tag_set_prefix(app, tag));
  }
  for (const Attribute attribute : attributes) {
    const std::string& value = value_of(row, attribute);
    if (value.empty() || value.size() > value_bytes_max(attribute)) continue;
    prefixes.push_back(attribute_set_prefix(app, attribute, value));
  }
  return prefixes;
}

}  // namespace

void DerivedSets::add(DeviceRef device, const internal::DeviceRow& row) {
  for (const std::string& prefix : prefixes_of(row)) {
    sets_[set_key(prefix, device.partition)].add(device.ordinal);
  }
}

sets::OrdinalSet DerivedSets::take(std::string_view key) {
  const auto found = sets_.find(std::string(key));
  if (found == sets_.end()) return {};
  sets::OrdinalSet set = std::move(found->second);
  sets_.erase(found);
  return set;
}

}  // namespace tocsin::storage
