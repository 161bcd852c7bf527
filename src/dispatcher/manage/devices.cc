#include "dispatcher/manage/devices.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <google/protobuf/repeated_field.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/audience_names.h"
#include "dispatcher/reply/field_faults.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "tocsin/internal/record.pb.h"
#include "wire/tag.h"

namespace tocsin::dispatcher {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void check_tags(const Texts& tags, const std::string& field, FieldFaults& faults) {
  if (static_cast<size_t>(tags.size()) > limits::tags_per_frame_max) {
    return faults.add(field, fmt::format("at most {} tags per call", limits::tags_per_frame_max));
  }
  if (std::all_of(tags.begin(), tags.end(), wire::is_tag)) return;
  faults.add(field, fmt::format("a tag is 1 to {} characters of A-Z a-z 0-9 _ . : -",
                                limits::tag_bytes_max));
}

absl::Status check(const v1::UpdateDeviceRequest& request) {
  FieldFaults faults;
  const auto check_text = [&](bool given, const std::string& text, size_t bytes_max,
                              const char* field) {
    if (!given || text.size() <= bytes_max) return;
    faults.add(field, fmt::format("at most {} bytes, not {}", bytes_max, text.size()));
  };
  check_tags(request.add_tags(), "add_tags", faults);
  check_tags(request.remove_tags(), "remove_tags", faults);
  const size_t bytes = limits::attribute_bytes_max;
  check_text(request.has_alias(), request.alias(), limits::alias_bytes_max, "alias");
  check_text(request.has_region(), request.region(), limits::region_cell_bytes_max, "region");
  check_text(request.has_language(), request.language(), bytes, "language");
  check_text(request.has_time_zone(), request.time_zone(), bytes, "time_zone");
  check_text(request.has_platform(), request.platform(), bytes, "platform");
  check_text(request.has_app_version(), request.app_version(), bytes, "app_version");
  return faults.status();
}

std::string record_of(const v1::UpdateDeviceRequest& request, AppId app, const DeviceId& device) {
  internal::Record record;
  internal::DeviceChanged& entry = *record.mutable_device_changed();
  entry.set_app_id(app.value);
  entry.set_device_id(device.bytes.data(), device.bytes.size());
  *entry.mutable_add() = request.add_tags();
  *entry.mutable_remove() = request.remove_tags();
  if (request.has_alias()) entry.set_alias(request.alias());
  if (request.has_region()) entry.set_region(request.region());
  if (request.has_language()) entry.set_language(request.language());
  if (request.has_time_zone()) entry.set_time_zone(request.time_zone());
  if (request.has_platform()) entry.set_platform(request.platform());
  if (request.has_app_version()) entry.set_app_version(request.app_version());
  return record.SerializeAsString();
}

v1::Device device_of(const std::string& app, const internal::DeviceDetails& details) {
  const DeviceId id = DeviceId::from_bytes(as_bytes(details.device_id())).value_or(DeviceId());
  const internal::DeviceRow& row = details.row();
  v1::Device device;
  device.set_name(device_resource(app, id));
  device.set_device_id(id.text());
  *device.mutable_tags() = row.tags();
  device.set_alias(row.alias());
  device.set_region(row.region());
  device.set_language(row.language());
  device.set_time_zone(row.time_zone());
  device.set_platform(row.platform());
  device.set_app_version(row.app_version());
  device.set_sdk_version(row.sdk_version());
  json::set_time(*device.mutable_register_time(), row.registered_at_ms());
  if (details.last_seen_day() > 0) device.set_last_seen_date(date_of_day(details.last_seen_day()));
  device.set_connected(details.connected());
  return device;
}

absl::Status no_such_device(const DeviceId& device) {
  return absl::NotFoundError(fmt::format("device {} is not registered in this app", device.text()));
}

// Opaque to callers: the device the page begins with.
std::string token_of(const internal::DevicePlace& place) {
  return fmt::format("{:02x}{:08x}", place.partition(), place.ordinal());
}

std::optional<DeviceRef> place_of(const std::string& token) {
  if (token.empty()) return DeviceRef{};
  std::array<uint8_t, 5> bytes;
  if (!from_hex(token, bytes)) return std::nullopt;
  const uint32_t ordinal = uint32_t{bytes[1]} << 24 | uint32_t{bytes[2]} << 16 |
                           uint32_t{bytes[3]} << 8 | uint32_t{bytes[4]};
  return DeviceRef{bytes[0], ordinal};
}

v1::ListDevicesResponse page_of(const std::string& app,
                                const internal::DevicePageQuestion::Answer& page) {
  v1::ListDevicesResponse response;
  for (const auto& details : page.devices()) *response.add_devices() = device_of(app, details);
  if (page.has_next()) response.set_next_page_token(token_of(page.next()));
  return response;
}

}  // namespace

void Devices::get(const cluster::AppConfig& app, const v1::GetDeviceRequest& request, Reply reply) {
  const auto id = device_id_in(request.device_id(), "device_id");
  if (!id.ok()) return reply.fail(id.status());
  auto question = about<internal::DevicesQuestion>(app.id);
  *question.add_device_ids() = cluster::bytes_of(*id);
  services_.storage.ask(
      std::move(question), [name = app.name, id = *id, reply = std::move(reply)](auto found) {
        if (!found.ok()) return reply.fail(unread("a device", found.status()));
        const internal::DeviceDetails& details = found->devices(0);
        details.has_row() ? reply.send(device_of(name, details)) : reply.fail(no_such_device(id));
      });
}

void Devices::list(const cluster::AppConfig& app, const v1::ListDevicesRequest& request,
                   Reply reply) {
  const auto from = place_of(request.page_token());
  if (!from) return reply.fail(invalid_field("page_token", "is not a token from this server"));
  if (request.page_size() > limits::devices_page_max) {
    return reply.fail(
        invalid_field("page_size", fmt::format("at most {}", limits::devices_page_max)));
  }
  const uint32_t size =
      request.page_size() == 0 ? limits::devices_page_default : request.page_size();
  auto question = about<internal::DevicePageQuestion>(app.id);
  question.set_expression(request.audience().empty() ? "everyone" : request.audience());
  question.mutable_from()->set_partition(from->partition);
  question.mutable_from()->set_ordinal(from->ordinal);
  question.set_devices_max(size);
  services_.storage.ask(std::move(question), [name = app.name,
                                              reply = std::move(reply)](auto page) {
    if (absl::IsInvalidArgument(page.status())) {
      return reply.fail(invalid_field("audience", std::string(page.status().message())));
    }
    page.ok() ? reply.send(page_of(name, *page)) : reply.fail(unread("an audience", page.status()));
  });
}

template <typename Response>
void Devices::append_for(const cluster::AppConfig& app, const DeviceId& device, std::string record,
                         Response response, Reply reply) {
  auto question = about<internal::KnownDevicesQuestion>(app.id);
  *question.add_device_ids() = cluster::bytes_of(device);
  services_.storage.ask(std::move(question),
                        services_.mailbox.wrap([this, device, record = std::move(record),
                                                response = std::move(response),
                                                reply = std::move(reply)](auto answer) mutable {
                          if (!answer.ok()) return reply.fail(unread("a device", answer.status()));
                          if (!answer->known(0)) return reply.fail(no_such_device(device));
                          append_then_answer(services_, std::move(record), "a change to a device",
                                             std::move(response), reply);
                        }));
}

void Devices::update(const cluster::AppConfig& app, const v1::UpdateDeviceRequest& request,
                     Reply reply) {
  const auto id = device_id_in(request.device_id(), "device_id");
  if (!id.ok()) return reply.fail(id.status());
  if (auto status = check(request); !status.ok()) return reply.fail(status);
  v1::Device answer;
  answer.set_name(device_resource(app.name, *id));
  answer.set_device_id(id->text());
  append_for(app, *id, record_of(request, app.id, *id), std::move(answer), std::move(reply));
}

void Devices::remove(const cluster::AppConfig& app, const v1::DeleteDeviceRequest& request,
                     Reply reply) {
  const auto id = device_id_in(request.device_id(), "device_id");
  if (!id.ok()) return reply.fail(id.status());
  internal::Record record;
  internal::DevicesDeleted& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.id.value);
  entry.set_deleted_at_ms(wall_ms());
  entry.mutable_devices()->add_ids(id->bytes.data(), id->bytes.size());
  append_for(app, *id, record.SerializeAsString(), v1::Nothing(), std::move(reply));
}

void Devices::remove_alias(const cluster::AppConfig& app, const v1::DeleteAliasRequest& request,
                           Reply reply) {
  const std::string& alias = request.alias();
  if (alias.empty() || alias.size() > limits::alias_bytes_max) {
    return reply.fail(
        invalid_field("alias", fmt::format("an alias is 1 to {} bytes", limits::alias_bytes_max)));
  }
  internal::Record record;
  internal::DevicesDeleted& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.id.value);
  entry.set_deleted_at_ms(wall_ms());
  entry.set_alias(alias);
  auto question = about<internal::AudienceSizeQuestion>(app.id);
  question.set_expression(alias_expression(alias));
  services_.storage.ask(
      std::move(question),
      services_.mailbox.wrap(
          [this, reply = std::move(reply), bytes = record.SerializeAsString()](auto size) mutable {
            if (!size.ok()) return reply.fail(unread("a user", size.status()));
            if (size->devices() == 0) {
              return reply.fail(absl::NotFoundError("no device of this app has that alias"));
            }
            if (size->devices() > limits::alias_devices_max) {
              return reply.fail(invalid_field(
                  "alias", fmt::format("{} devices have this alias; at most {} are deleted at once",
                                       size->devices(), limits::alias_devices_max)));
            }
            append_then_answer(services_, std::move(bytes), "the removal of a user", v1::Nothing(),
                               reply);
          }));
}

}  // namespace tocsin::dispatcher
