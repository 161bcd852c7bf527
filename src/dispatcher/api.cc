#include "dispatcher/api.h"

#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "dispatcher/reply/api_error.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/audience.pb.h"
#include "tocsin/v1/devices.pb.h"
#include "tocsin/v1/push.pb.h"
#include "tocsin/v1/reports.pb.h"
#include "tocsin/v1/schedules.pb.h"

namespace tocsin::dispatcher {

Api::Api(const Options& options, Services services, webhooks::Webhooks& webhooks,
         const cluster::StorageCounts& counts)
    : options_(options),
      services_(services),
      replies_(services.mailbox, options.answer_ms_max),
      keys_(options.admin_key_hash),
      apps_(services, options.webhook_loopback),
      app_keys_(services),
      schedules_(services),
      rollouts_(services),
      sends_(
          services, MessageIdSource(options.node, MessageId{counts.largest_message()}),
          options.live_casts_max, [this](auto respond) { return open(std::move(respond)); },
          [this](AppId app) { return keys_.apps().find(app); }, schedules_, rollouts_),
      due_schedules_(services, sends_, [this](auto respond) { return open(std::move(respond)); }),
      reports_(services),
      totals_(services),
      series_(services),
      watches_(services, options.answer_ms_max),
      devices_(services),
      audiences_(services),
      server_(options_, services),
      webhook_calls_(services, webhooks),
      counted_at_ms_(monotonic_ms()) {
  on_counts(counts);
  add_handlers();
}

template <typename Request, typename Do>
void Api::on(Do handle) {
  handlers_[&method_of(*Request::descriptor())] =
      [handle](const Caller& caller, const google::protobuf::Message& request, Reply reply) {
        handle(caller, static_cast<const Request&>(request), std::move(reply));
      };
}

void Api::add_send_handlers() {
  on<v1::SendBatchRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    send_batch(
        request, [this](auto respond) { return open(std::move(respond)); },
        [this, &caller](const v1::SendRequest& message, Reply one) {
          sends_.send(caller, message, std::move(one));
        },
        std::move(reply));
  });
  on<v1::SendRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    sends_.send(caller, request, std::move(reply));
  });
  on<v1::RecallRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    sends_.recall(*caller.app, request, std::move(reply));
  });
  on<v1::StopRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    rollouts_.stop(*caller.app, request, reply, [this, app = *caller.app, request, reply] {
      v1::GetMessageRequest wanted;
      wanted.set_message_id(request.message_id());
      reports_.get(app, wanted, reply);
    });
  });
}

void Api::add_report_handlers() {
  on<v1::GetTotalsRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    totals_.get(*caller.app, request, std::move(reply));
  });
  on<v1::GetSeriesRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    series_.get(*caller.app, request, std::move(reply));
  });
  on<v1::GetMessageRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    reports_.get(*caller.app, request, std::move(reply));
  });
  on<v1::ListMessagesRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    reports_.list(*caller.app, request, std::move(reply));
  });
  on<v1::GetDeviceReportRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    reports_.get_device(*caller.app, request, std::move(reply));
  });
}

void Api::add_schedule_handlers() {
  on<v1::ListSchedulesRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    schedules_.list(*caller.app, request, std::move(reply));
  });
  on<v1::GetScheduleRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    schedules_.get(*caller.app, request, std::move(reply));
  });
  on<v1::UpdateScheduleRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    schedules_.update(caller, request, std::move(reply));
  });
  on<v1::DeleteScheduleRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    schedules_.remove(*caller.app, request, std::move(reply));
  });
}

void Api::add_app_handlers() {
  on<v1::CreateAppRequest>([this](const Caller&, const auto& request, Reply reply) {
    apps_.create(keys_.apps(), request, std::move(reply));
  });
  on<v1::ListAppsRequest>([this](const Caller&, const auto&, Reply reply) {
    apps_.list(keys_.apps(), std::move(reply));
  });
  on<v1::GetAppRequest>([this](const Caller& caller, const auto&, Reply reply) {
    apps_.get(*caller.app, std::move(reply));
  });
  on<v1::UpdateAppRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    apps_.update(*caller.app, request, std::move(reply));
  });
  on<v1::CreateKeyRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    app_keys_.create(*caller.app, request, std::move(reply));
  });
  on<v1::ListKeysRequest>([this](const Caller& caller, const auto&, Reply reply) {
    app_keys_.list(*caller.app, std::move(reply));
  });
  on<v1::RotateKeyRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    app_keys_.rotate(*caller.app, request, std::move(reply));
  });
  on<v1::RevokeKeyRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    app_keys_.revoke(*caller.app, request, std::move(reply));
  });
}

void Api::add_webhook_handlers() {
  on<v1::GetWebhookRequest>([this](const Caller& caller, const auto&, Reply reply) {
    webhook_calls_.get(*caller.app, std::move(reply));
  });
  on<v1::TestWebhookRequest>([this](const Caller& caller, const auto&, Reply reply) {
    webhook_calls_.test(*caller.app, std::move(reply));
  });
  on<v1::ListDeadLettersRequest>([this](const Caller& caller, const auto&, Reply reply) {
    webhook_calls_.dead_letters(*caller.app, std::move(reply));
  });
  on<v1::RetryDeadLettersRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    webhook_calls_.retry(*caller.app, request, std::move(reply));
  });
  on<v1::DeleteDeadLetterRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    webhook_calls_.remove(*caller.app, request, std::move(reply));
  });
}

void Api::add_handlers() {
  add_send_handlers();
  add_report_handlers();
  add_schedule_handlers();
  add_app_handlers();
  add_webhook_handlers();
  on<v1::CountRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    audiences_.count(*caller.app, request, std::move(reply));
  });
  on<v1::ListAudiencesRequest>([this](const Caller& caller, const auto&, Reply reply) {
    audiences_.list(*caller.app, std::move(reply));
  });
  on<v1::ChangeAudienceRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    audiences_.change(*caller.app, request, std::move(reply));
  });
  on<v1::DeleteAudienceRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    audiences_.remove(*caller.app, request, std::move(reply));
  });
  on<v1::GetDeviceRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    devices_.get(*caller.app, request, std::move(reply));
  });
  on<v1::ListDevicesRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    devices_.list(*caller.app, request, std::move(reply));
  });
  on<v1::UpdateDeviceRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    devices_.update(*caller.app, request, std::move(reply));
  });
  on<v1::DeleteDeviceRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    devices_.remove(*caller.app, request, std::move(reply));
  });
  on<v1::DeleteAliasRequest>([this](const Caller& caller, const auto& request, Reply reply) {
    devices_.remove_alias(*caller.app, request, std::move(reply));
  });
  on<v1::GetStatusRequest>(
      [this](const Caller&, const auto&, Reply reply) { server_.status(std::move(reply)); });
  on<v1::CreateBackupRequest>(
      [this](const Caller&, const auto&, Reply reply) { server_.back_up(std::move(reply)); });
  for (const Method& method : api_methods()) {
    TOCSIN_CHECK(method.streams() || method.streams_answers() || handlers_.contains(&method));
  }
}

void Api::on_apps_changed(cluster::AppsChanged apps) {
  for (const auto& [id, app] : apps->by_id) {
    if (keys_.apps().find(app.id) != nullptr) continue;
    sends_.refresh_audience(app.id);
    forget_lists(app.id);
  }
  keys_.set_apps(std::move(apps));
  tell_state();
  apps_.on_apps_changed(keys_.apps());
}

// Forgets the lists left by a server that died while they were coming in. An app is seen here for
// the first time before any call on it is taken, so none of its lists is under way.
void Api::forget_lists(AppId app) {
  services_.storage.ask(about<internal::AudienceNamesQuestion>(app),
                        [services = services_, app](auto answer) {
                          if (!answer.ok()) return;
                          for (const std::string& name : answer->names()) {
                            if (name.starts_with(list_prefix)) forget_list(services, app, name);
                          }
                        });
}

absl::StatusOr<Caller> Api::admit(const Method& method, const std::string& authorization,
                                  const std::string& app) const {
  return admitted(keys_, method, authorization, app);
}

void Api::follow(std::function<void(const ApiState&)> follow) {
  follow_ = std::move(follow);
  tell_state();
}

void Api::tell_state() {
  if (follow_) follow_({keys_, is_serving_, is_ending_});
}

Reply Api::open(Reply::Respond respond) {
  return replies_.open(std::move(respond), monotonic_ms());
}

void Api::call(const Method& method, const Caller& caller, const google::protobuf::Message& request,
               Reply reply) {
  handlers_.at (&method)(caller, request, std::move(reply));
}

absl::Status Api::add_to_list(ListSend& list, const Method& method,
                              const std::string& authorization, const std::string& app,
                              const v1::SendToListRequest& piece) {
  if (!list.has_begun()) {
    const auto caller = admit(method, authorization, app);
    if (!caller.ok()) return caller.status();
    if (auto status = list.begin(*caller, piece.message()); !status.ok()) return status;
  } else if (piece.has_message()) {
    return invalid_field("message", "belongs in the first piece alone");
  }
  for (const std::string& id : piece.device_ids()) {
    if (auto status = list.add(id); !status.ok()) return status;
  }
  return absl::OkStatus();
}

void Api::finish_list(ListSend& list, const Method& method, const std::string& authorization,
                      const std::string& app, Reply reply) {
  const auto caller = admit(method, authorization, app);
  if (!caller.ok()) return reply.fail(caller.status());
  if (!list.has_begun()) return reply.fail(invalid_field("message", "give a message and ids"));
  list.finish(*caller, std::move(reply));
}

void Api::call(const Method& method, const std::string& authorization,
               const google::protobuf::Message& request, std::shared_ptr<ReplyStream> stream) {
  const std::string app = app_in(request);
  const auto caller = admit(method, authorization, app);
  if (!caller.ok()) return stream->end(caller.status());
  // The schema has one call of this kind.
  TOCSIN_CHECK(request.GetDescriptor() == v1::WatchMessageRequest::descriptor());
  watches_.start(
      *caller->app, static_cast<const v1::WatchMessageRequest&>(request),
      [this, &method, authorization, app] { return admit(method, authorization, app).status(); },
      std::move(stream));
}

void Api::tick() {
  const uint64_t now_ms = monotonic_ms();
  replies_.expire(now_ms);
  watches_.tick(now_ms);
}

void Api::send_due() {
  due_schedules_.tick(wall_ms());
  rollouts_.tick(wall_ms());
}

void Api::refresh() {
  check_serving();
  services_.storage.ask(internal::CountsQuestion(),
                        services_.mailbox.wrap([this](auto counts) { on_counts(counts); }));
}

void Api::on_counts(const absl::StatusOr<cluster::StorageCounts>& counts) {
  if (!counts.ok()) return;
  counted_at_ms_ = monotonic_ms();
  sends_.set_live_casts(counts->live_casts());
  server_.set_counts(*counts);
}

void Api::check_serving() {
  constexpr uint64_t silence_ms_max = 3 * refresh_ms;
  const bool storage_answers = monotonic_ms() - counted_at_ms_ < silence_ms_max;
  const bool is_serving = !is_ending_ && storage_answers && !services_.log.is_refusing();
  if (std::exchange(is_serving_, is_serving) != is_serving) tell_state();
}

void Api::end_streams() {
  is_ending_ = true;
  is_serving_ = false;
  tell_state();
  watches_.stop();
}

}  // namespace tocsin::dispatcher
