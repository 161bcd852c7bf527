#include "dispatcher/send/schedules.h"

#include <fmt/format.h>
#include <utility>

#include "json/timestamp.h"
#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "runtime/log.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

// Sent in one go when they become due.
constexpr size_t due_at_once_max = 256;
constexpr size_t page_max = 100;

v1::Schedule shown(const std::string& app, const storage::Schedule& schedule) {
  v1::Schedule shown;
  shown.set_name(fmt::format("{}/schedules/{}", app_resource(app), schedule.message.text()));
  shown.set_message_id(schedule.message.text());
  json::set_time(*shown.mutable_create_time(), schedule.created_at_ms);
  json::set_time(*shown.mutable_send_time(), schedule.due_at_ms);
  shown.mutable_message()->ParseFromString(schedule.request);
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

internal::Record removal_of(AppId app, MessageId id) {
  internal::Record record;
  internal::ScheduleChanged& changed = *record.mutable_schedule_changed();
  changed.set_app_id(app.value);
  changed.set_schedule_id(id.value);
  changed.set_changed_at_ms(wall_ms());
  changed.set_removed(true);
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

void Schedules::create(AppId app, const std::string& app_name, MessageId id, const Send& send,
                       const v1::SendRequest& request, Reply reply) {
  const uint64_t now_ms = wall_ms();
  internal::Record record = record_of(app, id, send.send_at_ms, now_ms, request);
  record.mutable_schedule_changed()->set_idempotency_key(send.idempotency_key);
  record.mutable_schedule_changed()->set_fingerprint(send.fingerprint);
  services_.storage.schedule_count(
      app, [services = services_, reply = std::move(reply), bytes = record.SerializeAsString(),
            answer = answer_of(app_name, id, now_ms, send.send_at_ms)](auto count) mutable {
        if (!count.ok()) return reply.fail(unread("schedules", count.status()));
        if (*count >= limits::schedules_per_app_max) {
          return reply.fail(absl::ResourceExhaustedError(
              fmt::format("this app has its maximum of {} sends that wait for their time",
                          limits::schedules_per_app_max)));
        }
        append_then_answer(services, std::move(bytes), "a schedule", std::move(answer), reply);
      });
}

void Schedules::list(const cluster::AppConfig& app, const v1::ListSchedulesRequest& request,
                     Reply reply) {
  MessageId after{};
  if (!request.page_token().empty()) {
    const auto id = MessageId::parse(request.page_token());
    if (!id) return reply.fail(invalid_field("page_token", "is not one that was given"));
    after = *id;
  }
  services_.storage.schedules(app.id, after, page_max,
                              [name = app.name, reply = std::move(reply)](auto schedules) {
                                if (!schedules.ok())
                                  return reply.fail(unread("schedules", schedules.status()));
                                v1::ListSchedulesResponse response;
                                for (const storage::Schedule& schedule : *schedules) {
                                  *response.add_schedules() = shown(name, schedule);
                                }
                                if (schedules->size() == page_max) {
                                  response.set_next_page_token(schedules->back().message.text());
                                }
                                reply.send(std::move(response));
                              });
}

void Schedules::get(const cluster::AppConfig& app, const v1::GetScheduleRequest& request,
                    Reply reply) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  services_.storage.schedule(app.id, *id,
                             [name = app.name, reply = std::move(reply)](auto schedule) {
                               schedule.ok() ? reply.send(shown(name, *schedule))
                                             : reply.fail(unread("a schedule", schedule.status()));
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
  services_.storage.schedule(
      caller.app->id, *id,
      [this, mailbox = services_.mailbox, app = caller.app->id, name = caller.app->name, request,
       due_at_ms, reply = std::move(reply)](absl::StatusOr<storage::Schedule> found) mutable {
        mailbox.post([this, app, name, request = std::move(request), due_at_ms, reply,
                      found = std::move(found)]() mutable {
          if (!found.ok()) return reply.fail(unread("a schedule", found.status()));
          storage::Schedule changed = *std::move(found);
          if (due_at_ms > 0) changed.due_at_ms = due_at_ms;
          v1::SendRequest message;
          message.ParseFromString(changed.request);
          if (request.has_message()) message = request.message();
          const internal::Record record =
              record_of(app, changed.message, changed.due_at_ms, changed.created_at_ms, message);
          changed.request = record.schedule_changed().put().request();
          append_then_answer(services_, record.SerializeAsString(), "a schedule",
                             shown(name, changed), reply);
        });
      });
}

void Schedules::remove(const cluster::AppConfig& app, const v1::DeleteScheduleRequest& request,
                       Reply reply) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  services_.storage.schedule(app.id, *id,
                             [this, mailbox = services_.mailbox, app = app.id,
                              reply = std::move(reply)](auto found) mutable {
                               mailbox.post([this, app, reply, found = std::move(found)] {
                                 if (!found.ok())
                                   return reply.fail(unread("a schedule", found.status()));
                                 append_then_answer(
                                     services_, removal_of(app, found->message).SerializeAsString(),
                                     "a schedule's end", v1::Nothing(), reply);
                               });
                             });
}

void Schedules::tick(uint64_t now_ms) {
  if (std::exchange(asking_, true)) return;
  services_.storage.due_schedules(
      now_ms, due_at_once_max, [this, mailbox = services_.mailbox](auto due) {
        mailbox.post([this, due = std::move(due)] {
          asking_ = false;
          if (!due.ok()) return runtime::log_error("dispatcher: {}", due.status().ToString());
          for (const storage::Schedule& schedule : *due) fire(schedule);
        });
      });
}

void Schedules::fire(const storage::Schedule& schedule) {
  const std::pair key(schedule.app.value, schedule.message.value);
  if (!firing_.insert(key).second) return;
  v1::SendRequest request;
  request.ParseFromString(schedule.request);
  send_(schedule.app, schedule.message, request, open_([this, schedule, key](const Answer& answer) {
          const absl::StatusCode code = answer.status().code();
          const bool passing = code == absl::StatusCode::kResourceExhausted ||
                               code == absl::StatusCode::kUnavailable ||
                               code == absl::StatusCode::kDeadlineExceeded;
          if (!answer.ok() && !passing) drop(schedule, answer.status());
          services_.storage.when_applied(services_.log.last(),
                                         [this, mailbox = services_.mailbox, key] {
                                           mailbox.post([this, key] { firing_.erase(key); });
                                         });
        }));
}

void Schedules::drop(const storage::Schedule& schedule, const absl::Status& why) {
  runtime::log_warning("dispatcher: the send {} was due and is dropped: {}",
                       schedule.message.text(), why.ToString());
  services_.log.append(removal_of(schedule.app, schedule.message).SerializeAsString(), [](auto) {});
}

}  // namespace tocsin::dispatcher
