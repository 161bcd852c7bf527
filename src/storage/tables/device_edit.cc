#include "storage/tables/device_edit.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"

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

void DeviceEdit::set(Attribute attribute, const std::string& value) {
  std::string& held = *field_of(row_, attribute);
  if (held == value || value.size() > value_bytes_max(attribute)) return;
  if (!held.empty()) remove_from_set(batch_, attribute_set_prefix(app_, attribute, held), ref_);
  if (!value.empty()) add_to_set(batch_, attribute_set_prefix(app_, attribute, value), ref_);
  held = value;
  changed_ = true;
}

void DeviceEdit::add_tag(const std::string& tag) {
  const auto& have = row_.tags();
  const bool legal = !tag.empty() && tag.size() <= limits::tag_bytes_max;
  const bool room = static_cast<size_t>(have.size()) < limits::tags_per_device_max;
  if (!legal || !room || std::find(have.begin(), have.end(), tag) != have.end()) return;
  row_.add_tags(tag);
  add_to_set(batch_, tag_set_prefix(app_, tag), ref_);
  tags_changed_ = true;
}

void DeviceEdit::remove_tag(const std::string& tag) {
  auto& have = *row_.mutable_tags();
  const auto found = std::find(have.begin(), have.end(), tag);
  if (found == have.end()) return;
  have.erase(found);
  remove_from_set(batch_, tag_set_prefix(app_, tag), ref_);
  tags_changed_ = true;
}

void DeviceEdit::leave_all_sets() {
  for (const Attribute attribute : attributes) set(attribute, "");
  const std::vector<std::string> tags(row_.tags().begin(), row_.tags().end());
  remove_tags(tags);
  remove_from_set(batch_, app_set_prefix(app_), ref_);
}

}  // namespace tocsin::storage
