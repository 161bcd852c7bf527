#include "dispatcher/devices.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <google/protobuf/repeated_field.h>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/api_error.h"
#include "dispatcher/json_body.h"
#include "dispatcher/log_refusal.h"
#include "dispatcher/names.h"
#include "dispatcher/resource.h"
#include "dispatcher/send_request.h"
#include "tocsin/internal/record.pb.h"
#include "tocsin/v1/audience.pb.h"

namespace tocsin::dispatcher {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

const std::string nothing = "{}";

std::optional<DeviceId> device_of(const std::string& text, const Reply& reply) {
  const auto id = DeviceId::parse(text);
  if (!id) reply.fail(invalid_field("device_id", "a device id is 32 hexadecimal digits"));
  return id;
}

absl::Status check_tags(const Texts& tags, const std::string& field, absl::Status status) {
  if (static_cast<size_t>(tags.size()) > limits::tags_per_frame_max) {
    status = with_field(std::move(status), field,
                        fmt::format("at most {} tags a call", limits::tags_per_frame_max));
  }
  for (const std::string& tag : tags) {
    if (is_tag(tag)) continue;
    status = with_field(
        std::move(status), field,
        fmt::format("a tag is 1 to {} characters of A-Z a-z 0-9 _ . : -", limits::tag_bytes_max));
  }
  return status;
}

absl::Status check_text(bool given, const std::string& text, size_t bytes_max,
                        const std::string& field, absl::Status status) {
  if (!given || text.size() <= bytes_max) return status;
  return with_field(std::move(status), field,
                    fmt::format("at most {} bytes, not {}", bytes_max, text.size()));
}

absl::Status check(const v1::UpdateDeviceRequest& request) {
  absl::Status status = check_tags(request.add_tags(), "add_tags", absl::OkStatus());
  status = check_tags(request.remove_tags(), "remove_tags", std::move(status));
  const size_t bytes = limits::attribute_bytes_max;
  status = check_text(request.has_alias(), request.alias(), limits::alias_bytes_max, "alias",
                      std::move(status));
  status = check_text(request.has_region(), request.region(), limits::region_cell_bytes_max,
                      "region", std::move(status));
  status =
      check_text(request.has_language(), request.language(), bytes, "language", std::move(status));
  status = check_text(request.has_time_zone(), request.time_zone(), bytes, "time_zone",
                      std::move(status));
  status =
      check_text(request.has_platform(), request.platform(), bytes, "platform", std::move(status));
  return check_text(request.has_app_version(), request.app_version(), bytes, "app_version",
                    std::move(status));
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

absl::Status add_ids(const Texts& ids, const std::string& field, Texts& to) {
  absl::Status status;
  for (int i = 0; i < ids.size(); ++i) {
    const auto id = DeviceId::parse(ids[i]);
    if (id) {
      to.Add()->assign(as_text(id->view()));
    } else {
      status = with_field(std::move(status), fmt::format("{}[{}]", field, i),
                          "a device id is 32 hexadecimal digits");
    }
  }
  return status;
}

std::string audience_resource(const std::string& app, const std::string& name) {
  return fmt::format("{}/audiences/{}", app_resource(app), name);
}

absl::Status check_audience_name(const std::string& name) {
  if (!name.empty() && name.size() <= limits::audience_name_bytes_max && is_tag(name)) {
    return absl::OkStatus();
  }
  return invalid_field("audience",
                       fmt::format("a name is 1 to {} characters of A-Z a-z 0-9 _ . : -",
                                   limits::audience_name_bytes_max));
}

}  // namespace

void Devices::append(std::string record, const char* what, std::string body, const Reply& reply) {
  services_.log.append(std::move(record), [reply, what, body = std::move(body)](auto position) {
    position.ok() ? reply.send({.body = body})
                  : reply.fail(refused_by_log(what, position.status()));
  });
}

void Devices::append_for(const cluster::AppConfig& app, const DeviceId& device, std::string record,
                         std::string body, Reply reply) {
  services_.storage.known_devices(
      app.id, {device},
      [this, door = services_.door, device, record = std::move(record), body = std::move(body),
       reply = std::move(reply)](absl::StatusOr<std::vector<bool>> known) mutable {
        door.post([this, device, reply, known = std::move(known), record = std::move(record),
                   body = std::move(body)]() mutable {
          if (!known.ok()) return reply.fail(unread("a device", known.status()));
          if (!known->front()) {
            return reply.fail(absl::NotFoundError(
                fmt::format("device {} is not registered in this app", device.text())));
          }
          append(std::move(record), "a change of a device", std::move(body), reply);
        });
      });
}

void Devices::count(const cluster::AppConfig& app, const std::string& body, Reply reply) {
  v1::CountRequest request;
  if (auto parsed = parse_json(body, request); !parsed.ok()) return reply.fail(parsed);
  services_.storage.count_audience(
      app.id, request.audience(),
      [reply = std::move(reply)](absl::StatusOr<storage::AudienceSize> size) {
        if (absl::IsInvalidArgument(size.status())) {
          return reply.fail(invalid_field("audience", std::string(size.status().message())));
        }
        if (!size.ok()) return reply.fail(unread("an audience", size.status()));
        v1::AudienceCount count;
        count.set_devices(size->devices);
        count.set_online(size->online);
        count.set_offline(size->devices - size->online);
        reply.send({.body = to_json(count, Zeros::keep)});
      });
}

void Devices::list_audiences(const cluster::AppConfig& app, Reply reply) {
  services_.storage.audience_names(app.id, [name = app.name, reply = std::move(reply)](auto names) {
    if (!names.ok()) return reply.fail(unread("an audience", names.status()));
    v1::ListAudiencesResponse response;
    for (const std::string& audience : *names) {
      response.add_audiences()->set_name(audience_resource(name, audience));
    }
    reply.send({.body = to_json(response, Zeros::keep)});
  });
}

void Devices::change_audience(const cluster::AppConfig& app, const std::string& name,
                              const std::string& body, Reply reply) {
  v1::ChangeAudienceRequest request;
  absl::Status status = check_audience_name(name);
  if (status.ok()) status = parse_json(body, request);
  if (!status.ok()) return reply.fail(status);
  const auto ids = static_cast<size_t>(request.add_size() + request.remove_size());
  if (ids > limits::audience_ids_max) {
    return reply.fail(invalid_field(
        "add", fmt::format("at most {} device ids a call, not {}; call again with the rest",
                           limits::audience_ids_max, ids)));
  }
  internal::Record record;
  internal::AudienceChanged& entry = *record.mutable_audience_changed();
  entry.set_app_id(app.id.value);
  entry.set_name(name);
  entry.set_clear(request.clear());
  status = add_ids(request.add(), "add", *entry.mutable_add());
  if (status.ok()) status = add_ids(request.remove(), "remove", *entry.mutable_remove());
  if (!status.ok()) return reply.fail(status);
  v1::Audience answer;
  answer.set_name(audience_resource(app.name, name));
  services_.storage.audience_names(
      app.id, [this, door = services_.door, name, reply = std::move(reply),
               bytes = record.SerializeAsString(),
               made = to_json(answer, Zeros::keep)](auto names) mutable {
        if (!names.ok()) return reply.fail(unread("an audience", names.status()));
        const bool is_new = std::find(names->begin(), names->end(), name) == names->end();
        if (is_new && names->size() >= limits::audiences_per_app_max) {
          return reply.fail(absl::ResourceExhaustedError(fmt::format(
              "this app has its maximum of {} audiences", limits::audiences_per_app_max)));
        }
        door.post([this, reply, bytes = std::move(bytes), made = std::move(made)]() mutable {
          append(std::move(bytes), "an audience", std::move(made), reply);
        });
      });
}

void Devices::update(const cluster::AppConfig& app, const std::string& device,
                     const std::string& body, Reply reply) {
  const auto id = device_of(device, reply);
  if (!id) return;
  v1::UpdateDeviceRequest request;
  absl::Status status = parse_json(body, request);
  if (status.ok()) status = check(request);
  if (!status.ok()) return reply.fail(status);
  v1::Device answer;
  answer.set_name(fmt::format("{}/devices/{}", app_resource(app.name), id->text()));
  append_for(app, *id, record_of(request, app.id, *id), to_json(answer, Zeros::keep),
             std::move(reply));
}

void Devices::remove(const cluster::AppConfig& app, const std::string& device, Reply reply) {
  const auto id = device_of(device, reply);
  if (!id) return;
  internal::Record record;
  internal::DevicesDeleted& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.id.value);
  entry.set_deleted_at_ms(wall_ms());
  entry.mutable_devices()->add_ids(id->bytes.data(), id->bytes.size());
  append_for(app, *id, record.SerializeAsString(), nothing, std::move(reply));
}

void Devices::remove_alias(const cluster::AppConfig& app, const std::string& alias, Reply reply) {
  if (alias.empty() || alias.size() > limits::alias_bytes_max) {
    return reply.fail(
        invalid_field("alias", fmt::format("an alias is 1 to {} bytes", limits::alias_bytes_max)));
  }
  internal::Record record;
  internal::DevicesDeleted& entry = *record.mutable_devices_deleted();
  entry.set_app_id(app.id.value);
  entry.set_deleted_at_ms(wall_ms());
  entry.set_alias(alias);
  services_.storage.count_audience(
      app.id, alias_expression(alias),
      [this, door = services_.door, alias, reply = std::move(reply),
       bytes = record.SerializeAsString()](auto size) mutable {
        if (!size.ok()) return reply.fail(unread("a user", size.status()));
        if (size->devices == 0) {
          return reply.fail(absl::NotFoundError("no device of this app has that alias"));
        }
        if (size->devices > limits::alias_devices_max) {
          return reply.fail(invalid_field(
              "alias", fmt::format("{} devices have this alias; at most {} are deleted at once",
                                   size->devices, limits::alias_devices_max)));
        }
        door.post([this, reply, bytes = std::move(bytes)]() mutable {
          append(std::move(bytes), "the end of a user", nothing, reply);
        });
      });
}

}  // namespace tocsin::dispatcher
