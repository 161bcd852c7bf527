#include "dispatcher/manage/audiences.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <google/protobuf/repeated_field.h>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/audience_names.h"
#include "dispatcher/reply/field_faults.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "tocsin/internal/record.pb.h"
#include "tocsin/v1/devices.pb.h"
#include "wire/tag.h"

namespace tocsin::dispatcher {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

void add_ids(const Texts& ids, const std::string& field, Texts& to, FieldFaults& faults) {
  for (int i = 0; i < ids.size(); ++i) {
    const auto id = DeviceId::parse(ids[i]);
    if (id) {
      to.Add()->assign(as_text(id->view()));
    } else {
      faults.add(fmt::format("{}[{}]", field, i), "a device id is 32 hexadecimal digits");
    }
  }
}

std::string audience_resource(const std::string& app, const std::string& name) {
  return fmt::format("{}/audiences/{}", app_resource(app), name);
}

v1::ListAudiencesResponse shown(const std::string& app, const Texts& audiences) {
  v1::ListAudiencesResponse response;
  for (const std::string& audience : audiences) {
    if (audience.starts_with(list_prefix)) continue;
    response.add_audiences()->set_name(audience_resource(app, audience));
  }
  return response;
}

absl::Status check_audience_name(const std::string& name) {
  if (!name.empty() && name.size() <= limits::audience_name_bytes_max && wire::is_tag(name) &&
      name[0] != '.') {
    return absl::OkStatus();
  }
  return invalid_field("audience",
                       fmt::format("a name is 1 to {} characters of A-Z a-z 0-9 _ . : -",
                                   limits::audience_name_bytes_max));
}

}  // namespace

void Audiences::count(const cluster::AppConfig& app, const v1::CountRequest& request, Reply reply) {
  auto question = about<internal::AudienceSizeQuestion>(app.id);
  question.set_expression(request.audience());
  services_.storage.ask(std::move(question), [reply = std::move(reply)](auto size) {
    if (absl::IsInvalidArgument(size.status())) {
      return reply.fail(invalid_field("audience", std::string(size.status().message())));
    }
    if (!size.ok()) return reply.fail(unread("an audience", size.status()));
    v1::AudienceCount count;
    count.set_devices(size->devices());
    count.set_online(size->online());
    count.set_offline(size->devices() - size->online());
    reply.send(std::move(count));
  });
}

void Audiences::list(const cluster::AppConfig& app, Reply reply) {
  services_.storage.ask(about<internal::AudienceNamesQuestion>(app.id),
                        [name = app.name, reply = std::move(reply)](auto answer) {
                          answer.ok() ? reply.send(shown(name, answer->names()))
                                      : reply.fail(unread("an audience", answer.status()));
                        });
}

void Audiences::change(const cluster::AppConfig& app, const v1::ChangeAudienceRequest& request,
                       Reply reply) {
  const std::string& name = request.audience();
  if (auto status = check_audience_name(name); !status.ok()) return reply.fail(status);
  const auto ids = static_cast<size_t>(request.add_size() + request.remove_size());
  if (ids > limits::audience_ids_max) {
    return reply.fail(invalid_field(
        "add", fmt::format("at most {} device ids per call, not {}; call again with the rest",
                           limits::audience_ids_max, ids)));
  }
  internal::Record record;
  internal::AudienceChanged& entry = *record.mutable_audience_changed();
  entry.set_app_id(app.id.value);
  entry.set_name(name);
  entry.set_clear(request.clear());
  FieldFaults faults;
  add_ids(request.add(), "add", *entry.mutable_add(), faults);
  add_ids(request.remove(), "remove", *entry.mutable_remove(), faults);
  if (!faults.is_empty()) return reply.fail(faults.status());
  v1::Audience audience;
  audience.set_name(audience_resource(app.name, name));
  services_.storage.ask(
      about<internal::AudienceNamesQuestion>(app.id),
      services_.mailbox.wrap([this, name, reply = std::move(reply),
                              bytes = record.SerializeAsString(),
                              shown = std::move(audience)](auto answer) mutable {
        if (!answer.ok()) return reply.fail(unread("an audience", answer.status()));
        const auto& names = answer->names();
        const bool is_new = std::find(names.begin(), names.end(), name) == names.end();
        if (is_new && static_cast<size_t>(names.size()) >= limits::audiences_per_app_max) {
          return reply.fail(absl::ResourceExhaustedError(fmt::format(
              "this app has its maximum of {} audiences", limits::audiences_per_app_max)));
        }
        append_then_answer(services_, std::move(bytes), "an audience", std::move(shown), reply);
      }));
}

void Audiences::remove(const cluster::AppConfig& app, const v1::DeleteAudienceRequest& request,
                       Reply reply) {
  const std::string& name = request.audience();
  if (auto status = check_audience_name(name); !status.ok()) return reply.fail(status);
  internal::Record record;
  internal::AudienceChanged& entry = *record.mutable_audience_changed();
  entry.set_app_id(app.id.value);
  entry.set_name(name);
  entry.set_removed(true);
  services_.storage.ask(
      about<internal::AudienceNamesQuestion>(app.id),
      services_.mailbox.wrap([this, name, reply = std::move(reply),
                              bytes = record.SerializeAsString()](auto answer) mutable {
        if (!answer.ok()) return reply.fail(unread("an audience", answer.status()));
        const auto& names = answer->names();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
          return reply.fail(absl::NotFoundError(
              fmt::format("no audience \"{}\" was uploaded to this app", name)));
        }
        append_then_answer(services_, std::move(bytes), "the removal of an audience", v1::Nothing(),
                           reply);
      }));
}

}  // namespace tocsin::dispatcher
