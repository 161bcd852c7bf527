#include "dispatcher/send/sends.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/send/acceptance.h"
#include "runtime/tls/key_material.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

constexpr uint32_t full_retry_after_s = 30;

absl::Status too_large(size_t bytes, size_t bytes_max) {
  return invalid_field("notification",
                       fmt::format("title, body and data together are {} bytes; this app's "
                                   "payload_bytes_max is {}",
                                   bytes, bytes_max));
}

absl::Status too_many_casts(size_t live_casts_max) {
  return with_retry_after(
      absl::ResourceExhaustedError(
          fmt::format("this app has {} messages still under way to many devices, or waiting "
                      "for something: use a shorter ttl and try again",
                      live_casts_max)),
      full_retry_after_s);
}

// How many messages a device may have had today and still get this one; 0: any number.
uint32_t cap_for(const cluster::AppConfig& app, const Send& send) {
  const bool free = send.ignores_frequency_cap || send.priority == wire::Priority::alert;
  return free ? 0 : app.settings.messages_per_device_per_day;
}

template <typename Known>
absl::Status unknown_device(const Send& send, const Known& known) {
  for (size_t i = 0; i < send.devices.size(); ++i) {
    if (i < static_cast<size_t>(known.size()) && known[static_cast<int>(i)]) continue;
    const std::string text =
        fmt::format("device {} is not registered in this app", send.devices[i].text());
    return with_field(absl::NotFoundError(text), send.devices_field, text);
  }
  return absl::OkStatus();
}

// A rollout has its own pace, after its canary.
uint64_t rollout_ms(const Send& send, uint64_t devices) {
  if (!send.rollout) return 0;
  const internal::Rollout& rollout = *send.rollout;
  const uint64_t paced_ms =
      rollout.per_s() > 0 ? devices * 1000 / rollout.per_s() : rollout.over_ms();
  return rollout.canary_watch_ms() + paced_ms;
}

v1::SendResponse estimate_of(const Send& send, uint64_t devices, uint64_t online,
                             const std::optional<std::string>& token) {
  v1::SendResponse response;
  if (token) response.set_release_token(*token);
  v1::AudienceCount& audience = *response.mutable_audience();
  audience.set_devices(devices);
  audience.set_online(online);
  audience.set_offline(devices - online);
  const uint64_t ms =
      std::max(online * 1000 / limits::deliveries_per_s_assumed, rollout_ms(send, devices));
  response.mutable_estimated_duration()->set_seconds(static_cast<int64_t>(ms / 1000));
  response.mutable_estimated_duration()->set_nanos(static_cast<int32_t>(ms % 1000 * 1'000'000));
  return response;
}

}  // namespace

struct Sends::Job {
  AppId app;
  std::string app_name;
  size_t live_casts_max;   // the app's own; 0: none
  uint32_t frequency_cap;  // 0: none
  Send send;
  v1::SendRequest request;  // of a send for later
  MessageId id{};           // already given; 0: not yet
  Reply reply{};
};

Sends::Sends(Services services, MessageIdSource ids, size_t live_casts_max, OpenReply open,
             FindApp find_app, Schedules& schedules, Rollouts& rollouts)
    : services_(services),
      open_(open),
      find_app_(std::move(find_app)),
      ids_(ids),
      cast_quota_(live_casts_max),
      idempotency_(services, open),
      schedules_(schedules),
      rollouts_(rollouts) {}

void Sends::send(const Caller& caller, const v1::SendRequest& request, Reply reply) {
  auto send = check_send(request, wall_ms());
  if (!send.ok()) return reply.fail(send.status());
  send_checked(caller, *std::move(send), request, std::move(reply));
}

void Sends::send_list(AppId app, Scopes scopes, const v1::SendRequest& request,
                      const std::string& digest, Reply reply) {
  const cluster::AppConfig* config = find_app_(app);
  if (config == nullptr) return reply.fail(absl::NotFoundError("the app is gone"));
  auto send = check_send(request, wall_ms());
  if (!send.ok()) return reply.fail(send.status());
  // The audience has a different name in every call.
  v1::SendRequest common = request;
  common.clear_audience();
  const std::string call = fingerprint_of(common) + digest;
  send->fingerprint = std::string(as_text(runtime::sha256(as_bytes(call))));
  send_checked({config, scopes}, *std::move(send), request, std::move(reply));
}

Reply Sends::keeping(std::shared_ptr<const void> held, Reply reply) const {
  return open_([held = std::move(held), reply = std::move(reply)](const Answer& answer) {
    reply.forward(answer);
  });
}

void Sends::send_checked(const Caller& caller, Send send, const v1::SendRequest& request,
                         Reply reply) {
  const cluster::AppConfig& app = *caller.app;
  if (auto status = check(caller, send); !status.ok()) return reply.fail(status);
  if (send.validate_only) return estimate(app, send, std::nullopt, std::move(reply));
  if (is_held(app, send, request.release(), reply)) return;
  if (auto status = quota_.admit(app, wall_ms()); !status.ok()) return reply.fail(status);
  auto job = std::make_shared<Job>(Job{app.id, app.name, app.settings.live_casts_max,
                                       cap_for(app, send), std::move(send), request});
  if (job->send.idempotency_key.empty()) return go_on(std::move(job), std::move(reply));
  idempotency_.begin(app, job->send, std::move(reply),
                     [this, job](Reply inner) { go_on(job, std::move(inner)); });
}

absl::Status Sends::check(const Caller& caller, const Send& send) {
  if (auto status = check_scopes(send, caller); !status.ok()) return status;
  const size_t bytes_max = caller.app->settings.payload_bytes_max;
  if (bytes_max > 0 && send.content_bytes > bytes_max) {
    return too_large(send.content_bytes, bytes_max);
  }
  return absl::OkStatus();
}

bool Sends::is_held(const cluster::AppConfig& app, const Send& send, const std::string& token,
                    const Reply& reply) {
  if (!app.settings.everyone_needs_release || !send.names_everyone) return false;
  if (token.empty()) {
    estimate(app, send, releases_.hold(app.id, send.fingerprint, wall_ms()), reply);
    return true;
  }
  if (releases_.release(app.id, send.fingerprint, token, wall_ms())) return false;
  reply.fail(
      invalid_field("release",
                    "is not the token for exactly this send, or is older than 10 minutes: send "
                    "without it to get one"));
  return true;
}

void Sends::go_on(std::shared_ptr<Job> job, Reply reply) {
  job->reply = std::move(reply);
  if (job->send.send_at_ms > 0) {
    return schedules_.create(job->app, job->app_name, ids_.next(wall_ms()), job->send, job->request,
                             job->reply);
  }
  job->send.names_devices() ? check_devices(std::move(job)) : accept(*job);
}

void Sends::send_scheduled(AppId app, MessageId id, const v1::SendRequest& request,
                           const Reply& reply) {
  const cluster::AppConfig* config = find_app_(app);
  if (config == nullptr) {
    // Apps are never removed; this server has not been told of it yet.
    return reply.fail(absl::UnavailableError("the schedule's app is not known to this server yet"));
  }
  auto send = check_send(request, wall_ms());
  if (!send.ok()) return reply.fail(send.status());
  // The schedule already answered the call with its key.
  send->idempotency_key.clear();
  go_on(std::make_shared<Job>(Job{app, config->name, config->settings.live_casts_max,
                                  cap_for(*config, *send), *std::move(send), request, id}),
        reply);
}

void Sends::estimate(const cluster::AppConfig& app, const Send& send,
                     std::optional<std::string> token, Reply reply) {
  if (!send.names_devices()) {
    auto question = about<internal::AudienceSizeQuestion>(app.id);
    question.set_expression(audience_of(send));
    return services_.storage.ask(
        std::move(question), [send, token, reply = std::move(reply)](auto size) {
          if (absl::IsInvalidArgument(size.status())) {
            return reply.fail(invalid_field("audience", std::string(size.status().message())));
          }
          size.ok() ? reply.send(estimate_of(send, size->devices(), size->online(), token))
                    : reply.fail(unread("an audience", size.status()));
        });
  }
  auto question = about<internal::DevicesQuestion>(app.id);
  for (const DeviceId& device : send.devices) {
    *question.add_device_ids() = cluster::bytes_of(device);
  }
  services_.storage.ask(std::move(question), [send, reply = std::move(reply)](auto answer) {
    if (!answer.ok()) return reply.fail(unread("a device", answer.status()));
    google::protobuf::RepeatedField<bool> known;
    uint64_t online = 0;
    for (const internal::DeviceDetails& device : answer->devices()) {
      known.Add(device.has_row());
      online += device.connected();
    }
    const absl::Status unknown = unknown_device(send, known);
    unknown.ok() ? reply.send(estimate_of(send, send.devices.size(), online, std::nullopt))
                 : reply.fail(unknown);
  });
}

void Sends::check_devices(std::shared_ptr<Job> job) {
  auto question = about<internal::KnownDevicesQuestion>(job->app);
  for (const DeviceId& device : job->send.devices) {
    *question.add_device_ids() = cluster::bytes_of(device);
  }
  services_.storage.ask(std::move(question),
                        services_.mailbox.wrap([this, job = std::move(job)](auto answer) {
                          if (!answer.ok()) {
                            return job->reply.fail(unread("a device", answer.status()));
                          }
                          const absl::Status unknown = unknown_device(job->send, answer->known());
                          unknown.ok() ? accept(*job) : job->reply.fail(unknown);
                        }));
}

void Sends::accept(const Job& job) {
  const uint64_t now_ms = wall_ms();
  const uint64_t expires_at_ms = now_ms + job.send.ttl_ms;
  if (job.send.is_cast() &&
      !cast_quota_.admit(job.app, job.live_casts_max, expires_at_ms, now_ms, alive_)) {
    const size_t max = cast_quota_.per_app_max();
    return job.reply.fail(
        too_many_casts(job.live_casts_max == 0 ? max : std::min(max, job.live_casts_max)));
  }
  const MessageId id = job.id.value == 0 ? ids_.next(now_ms) : job.id;
  if (job.send.rollout) {
    if (auto status = rollouts_.begin(job.app, id, now_ms); !status.ok()) {
      cast_quota_.withdraw(job.app, expires_at_ms);
      return job.reply.fail(status);
    }
  }
  auto acceptance = make_acceptance(job.send, {.message = id,
                                               .app = job.app,
                                               .app_name = job.app_name,
                                               .accepted_at_ms = now_ms,
                                               .audience = audience_[job.app.value],
                                               .frequency_cap = job.frequency_cap});
  if (!acceptance.ok()) return job.reply.fail(acceptance.status());
  append(job, std::move(*acceptance));
  if (job.send.is_cast()) refresh_audience(job.app);
}

void Sends::append(const Job& job, Acceptance acceptance) {
  const bool is_cast = job.send.is_cast();
  // Otherwise storage tells the gateways whom it is for, once it has applied the record.
  const bool at_once = acceptance.fan_out == cluster::FanOut::gateways;
  cluster::Cast cast{.position = 0,
                     .envelope = std::move(acceptance.envelope),
                     .everyone = job.send.target == Send::Target::everyone,
                     .tag = job.send.tag};
  services_.log.append(
      std::move(acceptance.record),
      [this, mailbox = services_.mailbox, &bus = services_.bus, reply = job.reply, is_cast, at_once,
       cast = std::move(cast),
       answer = std::move(acceptance.answer)](absl::StatusOr<cluster::Position> position) mutable {
        if (!position.ok()) {
          reply.fail(refused_by_log("a message", position.status()));
          if (is_cast) {
            mailbox.post([this, app = cast.envelope->app, expiry = cast.envelope->expires_at_ms] {
              cast_quota_.withdraw(app, expiry);
            });
          }
          return;
        }
        pass_fault_point("dispatcher.after_commit");
        cast.position = *position;
        if (at_once) bus.publish(cluster::Role::gateway, std::move(cast));
        reply.send(std::move(answer), [] { pass_fault_point("dispatcher.after_accept"); });
      });
}

void Sends::recall(const cluster::AppConfig& app, const v1::RecallRequest& request, Reply reply) {
  const auto message = message_id_in(request.message_id());
  if (!message.ok()) return reply.fail(message.status());
  services_.storage.ask(
      about<internal::BooksQuestion>(app.id, *message),
      services_.mailbox.wrap([this, id = app.id, notify = request.notify(),
                              reply = std::move(reply)](absl::StatusOr<cluster::Books> books) {
        if (!books.ok()) return reply.fail(unread("a message", books.status()));
        append_recall(id, *books, notify, reply);
      }));
}

void Sends::append_recall(AppId app, const cluster::Books& recalled, bool notify,
                          const Reply& reply) {
  const uint64_t now_ms = wall_ms();
  internal::Record record;
  internal::MessageRecalled& entry = *record.mutable_message_recalled();
  entry.set_app_id(app.value);
  entry.set_message_id(recalled.message_id());
  entry.set_recalled_at_ms(now_ms);
  v1::RecallResponse answer;
  const MessageId message{recalled.message_id()};
  answer.set_message_id(message.text());
  // One that has already been recalled stays as it is.
  if (notify && recalled.recalled_at_ms() == 0) {
    const MessageId id = ids_.next(now_ms);
    auto notice = make_notice({id, message, app, static_cast<wire::Priority>(recalled.priority()),
                               now_ms, recalled.expires_at_ms()});
    if (!notice.ok()) return reply.fail(notice.status());
    *entry.mutable_notice() = *std::move(notice);
    answer.set_notice_message_id(id.text());
  }
  append_then_answer(services_, record.SerializeAsString(), "a recall", std::move(answer), reply);
}

void Sends::refresh_audience(AppId app) {
  services_.storage.ask(about<internal::DeviceCountQuestion>(app),
                        services_.mailbox.wrap([this, app](auto count) {
                          if (count.ok()) audience_[app.value] = count->devices();
                        }));
}

}  // namespace tocsin::dispatcher
