#include "dispatcher/send/rollouts.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "runtime/log.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

using Kind = RolloutStep::Kind;

constexpr uint64_t step_ms = 1'000;
constexpr uint64_t judge_ms = 5'000;
// For this long, one counts as running although storage does not list it: it was just accepted.
constexpr uint64_t begun_ms_max = 5'000;
constexpr uint32_t retry_after_s = 60;
constexpr char stopped_by_call[] = "stopped by a call";

std::pair<uint32_t, uint64_t> key_of(const internal::RolloutProgress& rollout) {
  return {rollout.app_id(), rollout.message_id()};
}

internal::Record record_of(const internal::RolloutProgress& rollout, const RolloutStep& step) {
  internal::Record record;
  internal::RolloutStepped& stepped = *record.mutable_rollout_stepped();
  stepped.set_app_id(rollout.app_id());
  stepped.set_message_id(rollout.message_id());
  stepped.set_step(rollout.row().steps() + 1);
  stepped.set_stepped_at_ms(wall_ms());
  if (step.kind == Kind::release) stepped.set_release(step.count);
  if (step.kind == Kind::pass) stepped.set_canary_passed(true);
  if (step.kind == Kind::stop) stepped.set_stop(step.why);
  return record;
}

absl::Status too_many(const std::string& what) {
  return with_retry_after(
      absl::ResourceExhaustedError(what + ": try again when some are done, or stop one"),
      retry_after_s);
}

absl::Status not_in_steps() {
  return absl::FailedPreconditionError(
      "the message does not go out in steps (pacing, canary): recall it instead");
}

}  // namespace

void Rollouts::tick(uint64_t now_ms) {
  if (now_ms < asked_at_ms_ + step_ms || std::exchange(asking_, true)) return;
  asked_at_ms_ = now_ms;
  internal::RolloutsQuestion question;
  question.set_rollouts_max(limits::rollouts_max);
  services_.storage.ask(std::move(question), services_.mailbox.wrap([this, now_ms](auto answer) {
    asking_ = false;
    if (!answer.ok()) return runtime::log_error("dispatcher: {}", answer.status().ToString());
    note_running(answer->rollouts(), now_ms);
    for (const auto& rollout : answer->rollouts()) go_on(rollout, now_ms);
  }));
}

void Rollouts::note_running(const Progresses& rollouts, uint64_t now_ms) {
  for (const auto& rollout : rollouts) running_[key_of(rollout)] = now_ms;
  std::erase_if(running_, [&](const auto& seen) { return seen.second + begun_ms_max < now_ms; });
  std::erase_if(judged_at_ms_,
                [&](const auto& judged) { return !running_.contains(judged.first); });
}

absl::Status Rollouts::begin(AppId app, MessageId message, uint64_t now_ms) {
  const auto of_app =
      static_cast<size_t>(std::count_if(running_.begin(), running_.end(), [&](const auto& seen) {
        return seen.first.first == app.value;
      }));
  if (of_app >= limits::rollouts_per_app_max) {
    return too_many(fmt::format("this app has its maximum of {} messages that go out in steps",
                                limits::rollouts_per_app_max));
  }
  if (running_.size() >= limits::rollouts_max) {
    return too_many(
        fmt::format("{} messages are already going out in steps", limits::rollouts_max));
  }
  running_[{app.value, message.value}] = now_ms;
  return absl::OkStatus();
}

void Rollouts::go_on(const internal::RolloutProgress& rollout, uint64_t now_ms) {
  if (stepping_.contains(key_of(rollout))) return;
  const RolloutStep step = next_step(rollout, now_ms);
  if (step.kind == Kind::wait) return;
  const auto judged = judged_at_ms_.find(key_of(rollout));
  if (judged != judged_at_ms_.end()) {
    if (step.kind == Kind::judge && now_ms < judged->second + judge_ms) return;
    judged_at_ms_.erase(judged);
  }
  stepping_.insert(key_of(rollout));
  if (step.kind == Kind::judge) return judge_canaries(rollout, now_ms);
  append(rollout, step, [this, rollout](const absl::Status&) { end_step(rollout); });
}

void Rollouts::judge_canaries(const internal::RolloutProgress& rollout, uint64_t now_ms) {
  judged_at_ms_[key_of(rollout)] = now_ms;
  services_.storage.ask(
      about<internal::CanariesQuestion>(AppId{rollout.app_id()}, MessageId{rollout.message_id()}),
      services_.mailbox.wrap([this, rollout](auto outcome) {
        const RolloutStep step = outcome.ok() ? judge(rollout, *outcome) : RolloutStep{};
        if (step.kind == Kind::wait) return end_step(rollout);
        judged_at_ms_.erase(key_of(rollout));
        if (step.kind == Kind::stop) {
          runtime::log_warning("dispatcher: rollout of message {} stopped: {}",
                               MessageId{rollout.message_id()}.text(), step.why);
        }
        append(rollout, step, [this, rollout](const absl::Status&) { end_step(rollout); });
      }));
}

void Rollouts::end_step(const internal::RolloutProgress& rollout) {
  stepping_.erase(key_of(rollout));
}

// `done` is called on the shard once the step is in force, or was refused.
void Rollouts::append(const internal::RolloutProgress& rollout, const RolloutStep& step,
                      std::function<void(absl::Status)> done) {
  services_.log.append(
      record_of(rollout, step).SerializeAsString(),
      [services = services_, done = std::move(done)](absl::StatusOr<cluster::Position> position) {
        if (!position.ok()) {
          // The next tick tries again.
          return services.mailbox.post([done, status = position.status()] { done(status); });
        }
        cluster::when_applied(services.storage, *position,
                              services.mailbox.wrap([done] { done(absl::OkStatus()); }));
      });
}

void Rollouts::stop(const cluster::AppConfig& app, const v1::StopRequest& request, Reply reply,
                    std::function<void()> stopped) {
  const auto id = message_id_in(request.message_id());
  if (!id.ok()) return reply.fail(id.status());
  services_.storage.ask(
      about<internal::BooksQuestion>(app.id, *id),
      services_.mailbox.wrap([this, app, request, reply = std::move(reply),
                              stopped = std::move(stopped)](absl::StatusOr<cluster::Books> books) {
        if (!books.ok()) return reply.fail(unread("a message", books.status()));
        if (!books->has_rollout()) return reply.fail(not_in_steps());
        const internal::RolloutProgress& rollout = books->rollout();
        if (rollout.row().state() != internal::RolloutRow::RUNNING) return stopped();
        append(rollout, {Kind::stop, 0, stopped_by_call},
               [this, app, request, reply, stopped](const absl::Status& status) {
                 if (!status.ok()) return reply.fail(refused_by_log("a stop", status));
                 // Another step may have been faster; then this one had no effect.
                 stop(app, request, reply, stopped);
               });
      }));
}

}  // namespace tocsin::dispatcher
