// DeviceEdit: a change of one device's row and, with it, of every set the device is in.
//
//   DeviceEdit edit(app, ref, row, batch);
//   edit.set(Attribute::language, "ja");
//   edit.add_tags(...);
//   // then the caller writes edit.row()
//
// Thread: the storage thread.  Bound: tags_per_device_max tags; values over their length are left
// out.
#pragma once

#include <string>
#include <string_view>

#include "storage/store/attribute.h"
#include "storage/store/batch.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

class DeviceEdit {
 public:
  DeviceEdit(AppId app, DeviceRef ref, internal::DeviceRow row, Batch& batch)
      : app_(app), ref_(ref), row_(std::move(row)), batch_(batch) {}

  // Empty: the device has none any more.
  void set(Attribute attribute, const std::string& value);

  template <typename Tags>
  void add_tags(const Tags& tags) {
    for (const std::string& tag : tags) add_tag(tag);
  }
  template <typename Tags>
  void remove_tags(const Tags& tags) {
    for (const std::string& tag : tags) remove_tag(tag);
  }

  // Out of every set that the row tells of.
  void leave_all_sets();

  bool tags_changed() const { return tags_changed_; }
  bool changed() const { return changed_ || tags_changed_; }
  const internal::DeviceRow& row() const { return row_; }

 private:
  void add_tag(const std::string& tag);
  void remove_tag(const std::string& tag);

  AppId app_;
  DeviceRef ref_;
  internal::DeviceRow row_;
  Batch& batch_;
  bool tags_changed_ = false;
  bool changed_ = false;
};

}  // namespace tocsin::storage
