#include "storage/apply/device_edit.h"

#include <algorithm>

#include "base/limits.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/tables/device_row.h"

namespace tocsin::storage {

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
