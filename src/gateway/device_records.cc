#include "gateway/device_records.h"

#include "tocsin/internal/record.pb.h"

namespace tocsin::gateway {
namespace {

std::string text(std::string_view view) { return std::string(view); }

}  // namespace

std::string record_of(const wire::Register& request, AppId app, const DeviceId& device,
                      uint64_t wall_ms) {
  internal::Record record;
  internal::DeviceRegistered& entry = *record.mutable_device_registered();
  entry.set_app_id(app.value);
  entry.set_device_id(device.bytes.data(), device.bytes.size());
  entry.set_platform(text(request.platform));
  entry.set_app_version(text(request.app_version));
  entry.set_sdk_version(text(request.sdk_version));
  entry.set_language(text(request.language));
  entry.set_time_zone(text(request.time_zone));
  entry.set_alias(text(request.alias));
  entry.set_region(text(request.region));
  for (const std::string_view tag : request.tags) entry.add_tags(text(tag));
  entry.set_registered_at_ms(wall_ms);
  return record.SerializeAsString();
}

std::string record_of(const wire::Update& update, AppId app, const DeviceId& device) {
  internal::Record record;
  internal::DeviceChanged& entry = *record.mutable_device_changed();
  entry.set_app_id(app.value);
  entry.set_device_id(device.bytes.data(), device.bytes.size());
  for (const std::string_view tag : update.add_tags) entry.add_add(text(tag));
  for (const std::string_view tag : update.remove_tags) entry.add_remove(text(tag));
  if (update.app_version) entry.set_app_version(text(*update.app_version));
  if (update.sdk_version) entry.set_sdk_version(text(*update.sdk_version));
  if (update.language) entry.set_language(text(*update.language));
  if (update.time_zone) entry.set_time_zone(text(*update.time_zone));
  if (update.alias) entry.set_alias(text(*update.alias));
  if (update.region) entry.set_region(text(*update.region));
  return record.SerializeAsString();
}

}  // namespace tocsin::gateway
