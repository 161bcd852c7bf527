#include "dispatcher/send/schedules.h"

#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

constexpr size_t page_max = 100;

MessageId message_of(const internal::Schedule& schedule) {
  return MessageId{schedule.message_id()};
}

v1::Schedule shown(const std::string& app, const internal::Schedule& schedule) {
  v1::Schedule shown;
  const std::string id = message_of(schedule).text();
  shown.set_name(fmt::format("{}/schedules/{}", app_resource(app), id));
  shown.set_message_id(id);
  json::set_time(*shown.mutable_create_time(), schedule.scheduled().created_at_ms());
  json::set_time(*shown.mutable_send_time(), schedule.scheduled().due_at_ms());
  shown.mutable_message()->ParseFromString(schedule.scheduled().request());
  return shown;
}

internal::Record record_of(AppId app, MessageId id, uint64_t due_at_ms, uint64_t created_at_ms,
                           v1::SendRequest request) {
  request.clear_send_time();
  internal::Record record;
  internal::ScheduleChanged& changed = *record.mutable_schedule_changed();
  changed.set_app_id(app.value);
  changed.set_schedule_id(id.value);
  changed.set_changed_at_ms(wall_ms());
  changed.mutable_put()->set_due_at_ms(due_at_ms);
  changed.mutable_put()->set_created_at_ms(created_at_ms);
  changed.mutable_put()->set_request(request.SerializeAsString());
  return record;
}

v1::SendResponse answer_of(const std::string& app, MessageId id, uint64_t now_ms,
                           uint64_t due_at_ms) {
  v1::SendResponse response;
  response.set_name(message_resource(app, id));
  response.set_message_id(id.text());
  json::set_time(*response.mutable_accept_time(), now_ms);
  json::set_time(*response.mutable_send_time(), due_at_ms);
  return response;
}

}  // namespace

internal::Record schedule_removed(AppId app, MessageId id) {
  internal::Record record;
  internal::ScheduleChanged& changed = *record.mutable_schedule_changed();
  changed.set_app_id(app.value);
  changed.set_schedule_id(id.value);
  changed.set_changed_at_ms(wall_ms());
  changed.set_removed(true);
  return record;
}

void Schedules::create(AppId app, const std::string& app_name, MessageId id, const Send& send,
                       const v1::SendRequest& request, Reply reply) {
  const uint64_t now_ms = wall_ms();
  internal::Record record = record_of(app, id, send.send_at_ms, now_ms, request);
  record.mutable_schedule_changed()->set_idempotency_key(send.idempotency_key);
  record.mutable_schedule_changed()->set_fingerprint(send.fingerprint);
  services_.storage.ask(
      about<internal::ScheduleCountQuestion>(app),
      [services = services_, reply = std::move(reply), bytes = record.SerializeAsString(),
       answer = answer_of(app_name, id, now_ms, send.send_at_ms)](auto count) mutable {
        if (!count.ok()) return reply.fail(unread("schedules", count.status()));
        if (count->schedules() >= limits::schedules_per_app_max) {
          return reply.fail(absl::ResourceExhaustedError(fmt::format(
              "this app has its maximum of {} scheduled sends", limits::schedules_per_app_max)));
        }
        append_then_answer(services, std::move(bytes), "a schedule", std::move(answer), reply);
      });
}

void Schedules::list(const cluster::AppConfig& app, const v1::ListSchedulesRequest& request,
                     Reply reply) {
  MessageId after{};
  if (!request.page_token().empty()) {
    const auto id = MessageId::parse(request.page_token());
    if (!id) return reply.fail(invalid_field("page_token", "is not a token from this server"));
    after = *id;
  }
  auto question = about<internal::SchedulesQuestion>(app.id);
  question.set_after(after.value);
  question.set_schedules_max(page_max);
  services_.storage.ask(
      std::move(question), [name = app.name, reply = std::move(reply)](auto answer) {
        if (!answer.ok()) return reply.fail(unread("schedules", answer.status()));
        v1::ListSchedulesResponse response;
        for (const auto& schedule : answer->schedules()) {
          *response.add_schedules() = shown(name, schedule);
        }
        if (answer->schedules_size() == static_cast<int>(page_max)) {
          response.set_next_page_token(message_of(*answer->schedules().rbegin()).text());
        }
        reply.send(std::move(response));
      });
}

void Schedules::get(const cluster::AppConfig& app, const v1::GetScheduleRequest& request,
                    Reply reply) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  services_.storage.ask(about<internal::ScheduleQuestion>(app.id, *id),
                        [name = app.name, reply = std::move(reply)](auto answer) {
                          answer.ok() ? reply.send(shown(name, answer->schedule()))
                                      : reply.fail(unread("a schedule", answer.status()));
                        });
}

void Schedules::update(const Caller& caller, const v1::UpdateScheduleRequest& request,
                       Reply reply) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  uint64_t due_at_ms = 0;
  if (request.has_send_time()) {
    const auto due = send_time_in(request.send_time(), wall_ms());
    if (!due.ok()) {
      return reply.fail(invalid_field("send_time", std::string(due.status().message())));
    }
    due_at_ms = *due;
  }
  if (request.has_message()) {
    if (!request.message().local_time().empty()) {
      return reply.fail(invalid_field("local_time", "give local_time or send_time, not both"));
    }
    const auto checked = check_send(request.message(), wall_ms());
    if (!checked.ok()) return reply.fail(checked.status());
    if (auto status = check_scopes(*checked, caller); !status.ok()) return reply.fail(status);
  }
  services_.storage.ask(
      about<internal::ScheduleQuestion>(caller.app->id, *id),
      services_.mailbox.wrap([this, app = caller.app->id, name = caller.app->name, request,
                              due_at_ms, reply = std::move(reply)](auto found) mutable {
        if (!found.ok()) return reply.fail(unread("a schedule", found.status()));
        internal::Schedule& changed = *found->mutable_schedule();
        internal::Scheduled& scheduled = *changed.mutable_scheduled();
        if (due_at_ms > 0) scheduled.set_due_at_ms(due_at_ms);
        v1::SendRequest message;
        message.ParseFromString(scheduled.request());
        if (request.has_message()) message = request.message();
        const internal::Record record = record_of(app, message_of(changed), scheduled.due_at_ms(),
                                                  scheduled.created_at_ms(), message);
        scheduled.set_request(record.schedule_changed().put().request());
        append_then_answer(services_, record.SerializeAsString(), "a schedule",
                           shown(name, changed), reply);
      }));
}

void Schedules::remove(const cluster::AppConfig& app, const v1::DeleteScheduleRequest& request,
                       Reply reply) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  services_.storage.ask(
      about<internal::ScheduleQuestion>(app.id, *id),
      services_.mailbox.wrap([this, app = app.id, reply = std::move(reply)](auto found) {
        if (!found.ok()) return reply.fail(unread("a schedule", found.status()));
        append_then_answer(services_,
                           schedule_removed(app, message_of(found->schedule())).SerializeAsString(),
                           "the removal of a schedule", v1::Nothing(), reply);
      }));
}

}  // namespace tocsin::dispatcher
