#include "dispatcher/api.h"

#include <ctime>
#include <fmt/format.h>

#include "base/clock.h"
#include "dispatcher/api_error.h"
#include "dispatcher/json_body.h"
#include "dispatcher/log_refusal.h"
#include "dispatcher/resource.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {
namespace {

runtime::HttpResponse plain(std::string text) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

// curl's -d says "form" unless told otherwise; what people paste must work.
bool is_json_or_unsaid(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find_first_of("; "));
  std::string lower(kind);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return lower.empty() || lower == "application/json" ||
         lower == "application/x-www-form-urlencoded";
}

runtime::HttpResponse wrong_method(const std::string& allow) {
  auto response = http_error_response(405, fmt::format("this path takes {} only", allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

v1::SendRequest::Priority priority_of(wire::Priority priority) {
  static_assert(static_cast<int>(wire::Priority::low) == v1::SendRequest::LOW);
  static_assert(static_cast<int>(wire::Priority::alert) == v1::SendRequest::ALERT);
  return static_cast<v1::SendRequest::Priority>(priority);
}

struct FateText {
  v1::DeviceReport::State state;
  const char* reason;
};

FateText text_of(const storage::DeviceFate& fate) {
  using Fate = storage::DeviceFate::State;
  switch (fate.state) {
    case Fate::not_targeted:
      return {v1::DeviceReport::NOT_TARGETED, "the device did not match when it was accepted"};
    case Fate::registered_later:
      return {v1::DeviceReport::NOT_TARGETED, "the device registered after it was accepted"};
    case Fate::pending:
      return {v1::DeviceReport::PENDING,
              fate.connected ? "on its way; the device has not acknowledged it yet"
                             : "the device is not connected; it gets it when it comes"};
    case Fate::delivered:
      return {v1::DeviceReport::DELIVERED, "the app on the device has it"};
    case Fate::opened:
      return {v1::DeviceReport::OPENED, "the user opened it"};
    case Fate::expired:
      return {v1::DeviceReport::EXPIRED, "its ttl ended before the device acknowledged it"};
    case Fate::replaced:
      return {v1::DeviceReport::REPLACED, "a newer message with its collapse key took its place"};
    case Fate::recalled:
      return {v1::DeviceReport::RECALLED, "it was recalled before the device acknowledged it"};
    case Fate::dropped_inbox_full:
      return {v1::DeviceReport::DROPPED, "too many messages were waiting for the device"};
    case Fate::dropped_device_deleted:
      return {v1::DeviceReport::DROPPED, "the device was deleted"};
  }
  return {v1::DeviceReport::STATE_UNSPECIFIED, ""};
}

std::string fate_json(MessageId message, const DeviceId& device, const storage::DeviceFate& fate) {
  const FateText text = text_of(fate);
  v1::DeviceReport report;
  report.set_message_id(message.text());
  report.set_device_id(device.text());
  report.set_state(text.state);
  report.set_reason(text.reason);
  report.set_connected(fate.connected);
  return to_json(report, Zeros::keep);
}

std::string report_of(const std::string& app, const storage::Books& books) {
  v1::MessageReport report;
  report.set_name(message_resource(app, books.message));
  report.set_message_id(books.message.text());
  set_time(*report.mutable_accept_time(), books.accepted_at_ms);
  set_time(*report.mutable_expire_time(), books.expires_at_ms);
  report.set_priority(priority_of(books.priority));
  report.set_targeted(books.targeted);
  report.set_pending(books.pending);
  report.set_delivered(books.delivered);
  report.set_opened(books.opened);
  report.set_expired(books.expired);
  report.set_dropped(books.dropped());
  report.set_replaced(books.replaced);
  report.set_recalled(books.recalled);
  v1::MessageReport::Dropped& why = *report.mutable_dropped_because();
  why.set_unknown_device(books.dropped_unknown_device);
  why.set_inbox_full(books.dropped_inbox_full);
  why.set_device_deleted(books.dropped_device_deleted);
  if (books.recalled_at_ms > 0) set_time(*report.mutable_recall_time(), books.recalled_at_ms);
  return to_json(report, Zeros::keep);
}

// 20261122T104500.123Z: in the order of time, and free of what file names may not have.
std::string backup_name(uint64_t now_ms) {
  const auto now_s = static_cast<time_t>(now_ms / 1000);
  std::tm utc{};
  gmtime_r(&now_s, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now_ms % 1000);
}

// For the operator, so unlike what senders are told it names files.
absl::Status no_backup(const absl::Status& status) {
  return absl::Status(status.code(),
                      fmt::format("the backup was not made: {}", std::string(status.message())));
}

bool needs_admin(Call call) {
  return call == Call::create_app || call == Call::list_apps || call == Call::status ||
         call == Call::back_up || call == Call::metrics;
}

}  // namespace

Api::Api(const Options& options, Services services, storage::Counts counts)
    : options_(options),
      started_at_ms_(wall_ms()),
      services_(services),
      replies_(services.door, options.answer_ms_max),
      keys_(options.admin_key_hash),
      apps_(services),
      sends_(services, MessageIdSource(options.node, counts.largest_message),
             options.live_casts_max),
      devices_(services) {
  sends_.set_live_casts(counts.live_casts);
}

void Api::on_apps_changed(cluster::AppsChanged apps) {
  for (const auto& [id, app] : apps->by_id) {
    if (keys_.apps().find(app.id) == nullptr) sends_.refresh_audience(app.id);
  }
  keys_.set_apps(std::move(apps));
  apps_.on_apps_changed(keys_.apps());
}

void Api::tick() { replies_.expire(monotonic_ms()); }

void Api::refresh() {
  services_.storage.counts([this, door = services_.door](storage::Counts counts) {
    door.post([this, counts] { sends_.set_live_casts(counts.live_casts); });
  });
}

void Api::handle(runtime::HttpRequest request, runtime::HttpServer::Respond respond) {
  const Route route = find_route(request.method, request.path);
  Reply reply = replies_.open(counted(route.call, std::move(respond)), monotonic_ms());
  call(route, std::move(request), std::move(reply));
}

// `respond`, with the answer counted in tocsin_api_answers_total.
runtime::HttpServer::Respond Api::counted(Call call, runtime::HttpServer::Respond respond) {
  return [this, call, respond = std::move(respond)](runtime::HttpResponse response) mutable {
    auto at = answers_.find({call, response.status});
    if (at == answers_.end()) {
      const auto counter = runtime::counter(
          "tocsin_api_answers_total", "Answers of the API by call and HTTP status.",
          {{"call", name_of(call)}, {"status", fmt::format("{}", response.status)}});
      at = answers_.emplace(std::pair(call, response.status), counter).first;
    }
    at->second.add();
    respond(std::move(response));
  };
}

void Api::call(const Route& route, runtime::HttpRequest request, Reply reply) {
  switch (route.call) {
    case Call::unknown_path:
      return reply.fail(absl::NotFoundError(
          "there is no such path; the API is POST /v1/apps/{app}/messages and its neighbours"));
    case Call::wrong_method:
      return reply.send(wrong_method(route.allow));
    case Call::health:
      return reply.send(plain("ok\n"));
    default:
      break;
  }
  const bool has_body = request.method == "POST" || request.method == "PATCH";
  if (has_body && !is_json_or_unsaid(request.content_type)) {
    return reply.send(http_error_response(415, "send the body as Content-Type: application/json"));
  }
  needs_admin(route.call) ? call_as_admin(route, request, std::move(reply))
                          : call_on_app(route, request, std::move(reply));
}

void Api::call_on_app(const Route& route, const runtime::HttpRequest& request, Reply reply) {
  const auto app = keys_.check_app(request.authorization, route.app);
  if (!app.ok()) return reply.fail(app.status());
  switch (route.call) {
    case Call::send:
      return sends_.send(**app, request.body, std::move(reply));
    case Call::count:
      return devices_.count(**app, request.body, std::move(reply));
    case Call::list_audiences:
      return devices_.list_audiences(**app, std::move(reply));
    case Call::change_audience:
      return devices_.change_audience(**app, route.name, request.body, std::move(reply));
    case Call::update_device:
      return devices_.update(**app, route.name, request.body, std::move(reply));
    case Call::delete_device:
      return devices_.remove(**app, route.name, std::move(reply));
    case Call::delete_alias:
      return devices_.remove_alias(**app, route.name, std::move(reply));
    default:
      return call_on_message(route, **app, request.body, std::move(reply));
  }
}

void Api::call_on_message(const Route& route, const cluster::AppConfig& app,
                          const std::string& body, Reply reply) {
  const auto id = MessageId::parse(route.message);
  if (!id) {
    return reply.fail(invalid_field("message_id", "a message id is 16 hexadecimal digits"));
  }
  switch (route.call) {
    case Call::recall:
      return sends_.recall(app, *id, body, std::move(reply));
    case Call::device_report:
      return report_device(app, *id, route.name, std::move(reply));
    default:
      return report(app, *id, std::move(reply));
  }
}

void Api::call_as_admin(const Route& route, const runtime::HttpRequest& request, Reply reply) {
  const absl::Status allowed = keys_.check_admin(request.authorization);
  if (!allowed.ok()) return reply.fail(allowed);
  switch (route.call) {
    case Call::create_app:
      return apps_.create(keys_.apps(), request.body, std::move(reply));
    case Call::list_apps:
      return apps_.list(keys_.apps(), std::move(reply));
    case Call::status:
      return status(std::move(reply));
    case Call::back_up:
      return back_up(std::move(reply));
    default:
      return reply.send({.content_type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = runtime::metrics_text()});
  }
}

void Api::report_device(const cluster::AppConfig& app, MessageId message, const std::string& device,
                        Reply reply) {
  const auto id = DeviceId::parse(device);
  if (!id) return reply.fail(invalid_field("device_id", "a device id is 32 hexadecimal digits"));
  services_.storage.fate(app.id, message, *id,
                         [message, id = *id, reply = std::move(reply)](auto fate) {
                           fate.ok() ? reply.send({.body = fate_json(message, id, *fate)})
                                     : reply.fail(unread("a report", fate.status()));
                         });
}

void Api::report(const cluster::AppConfig& app, MessageId message, Reply reply) {
  services_.storage.books(app.id, message,
                          [door = services_.door, reply = std::move(reply),
                           name = app.name](absl::StatusOr<storage::Books> books) {
                            door.post([reply, name, books = std::move(books)] {
                              books.ok() ? reply.send({.body = report_of(name, *books)})
                                         : reply.fail(unread("a report", books.status()));
                            });
                          });
}

void Api::back_up(Reply reply) {
  const uint64_t now_ms = wall_ms();
  services_.storage.backup(
      fmt::format("{}/{}", options_.backups_folder, backup_name(now_ms)),
      [now_ms, reply = std::move(reply)](absl::StatusOr<storage::BackupMade> made) {
        if (!made.ok()) return reply.fail(no_backup(made.status()));
        v1::Backup backup;
        backup.set_folder(made->folder);
        set_time(*backup.mutable_create_time(), now_ms);
        backup.set_log_position(made->last);
        backup.set_bytes(made->bytes);
        reply.send({.status = 201, .body = to_json(backup, Zeros::keep)});
      });
}

void Api::status(Reply reply) {
  services_.storage.counts(
      [this, door = services_.door, reply = std::move(reply)](storage::Counts counts) {
        door.post([this, reply, counts] {
          const LiveCounts live = options_.live ? options_.live() : LiveCounts{};
          v1::ServerStatus status;
          status.set_version(options_.version);
          set_time(*status.mutable_start_time(), started_at_ms_);
          status.set_connections(live.connections);
          status.set_handshakes_in_flight(live.handshakes_in_flight);
          status.set_apps(counts.apps);
          status.set_devices(counts.devices);
          status.set_live_casts(counts.live_casts);
          status.set_log_position(services_.log.last());
          status.set_applied_position(counts.applied);
          status.set_resident_bytes(runtime::resident_bytes());
          reply.send({.body = to_json(status, Zeros::keep)});
        });
      });
}

}  // namespace tocsin::dispatcher
