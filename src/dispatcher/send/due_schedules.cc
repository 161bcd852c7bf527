#include "dispatcher/send/due_schedules.h"

#include "dispatcher/send/schedules.h"
#include "runtime/log.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

// From an answer: the send may be taken later.
bool is_passing(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

void DueSchedules::tick(uint64_t now_ms) {
  if (std::exchange(asking_, true)) return;
  internal::DueSchedulesQuestion question;
  question.set_until_ms(now_ms);
  question.set_schedules_max(due_at_once_max);
  services_.storage.ask(std::move(question), services_.mailbox.wrap([this](auto due) {
    asking_ = false;
    if (!due.ok()) return runtime::log_error("dispatcher: {}", due.status().ToString());
    for (const internal::Schedule& schedule : due->schedules()) fire(schedule);
  }));
}

void DueSchedules::fire(const internal::Schedule& schedule) {
  const std::pair key(schedule.app_id(), schedule.message_id());
  if (!firing_.insert(key).second) return;
  v1::SendRequest request;
  request.ParseFromString(schedule.scheduled().request());
  auto reply = open_([this, schedule, key](const Answer& answer) {
    if (!answer.ok() && !is_passing(answer.status())) drop(schedule, answer.status());
    cluster::when_applied(services_.storage, services_.log.last(),
                          services_.mailbox.wrap([this, key] { firing_.erase(key); }));
  });
  sends_.send_scheduled(AppId{schedule.app_id()}, MessageId{schedule.message_id()}, request, reply);
}

void DueSchedules::drop(const internal::Schedule& schedule, const absl::Status& why) {
  const MessageId id{schedule.message_id()};
  runtime::log_warning("dispatcher: schedule {} was due but is dropped: {}", id.text(),
                       why.ToString());
  services_.log.append(schedule_removed(AppId{schedule.app_id()}, id).SerializeAsString(),
                       [](auto) {});
}

}  // namespace tocsin::dispatcher
