#include "storage/tables/device_row.h"

#include "base/check.h"
#include "base/limits.h"

namespace tocsin::storage {
std::string* field_of(internal::DeviceRow& row, Attribute attribute) {
  switch (attribute) {
    case Attribute::platform:
      return row.mutable_platform();
    case Attribute::app_version:
      return row.mutable_app_version();
    case Attribute::sdk_version:
      return row.mutable_sdk_version();
    case Attribute::language:
      return row.mutable_language();
    case Attribute::time_zone:
      return row.mutable_time_zone();
    case Attribute::alias:
      return row.mutable_alias();
    case Attribute::region:
      return row.mutable_region();
  }
  TOCSIN_CHECK(false);
}

const std::string& value_of(const internal::DeviceRow& row, Attribute attribute) {
  switch (attribute) {
    case Attribute::platform:
      return row.platform();
    case Attribute::app_version:
      return row.app_version();
    case Attribute::sdk_version:
      return row.sdk_version();
    case Attribute::language:
      return row.language();
    case Attribute::time_zone:
      return row.time_zone();
    case Attribute::alias:
      return row.alias();
    case Attribute::region:
      return row.region();
  }
  TOCSIN_CHECK(false);
}

size_t value_bytes_max(Attribute attribute) {
  switch (attribute) {
    case Attribute::alias:
      return limits::alias_bytes_max;
    case Attribute::region:
      return limits::region_cell_bytes_max;
    default:
      return limits::attribute_bytes_max;
  }
}

}  // namespace tocsin::storage
