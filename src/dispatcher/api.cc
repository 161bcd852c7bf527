#include "dispatcher/api.h"

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
  report.set_dropped(books.dropped);
  return to_json(report, Zeros::keep);
}

bool needs_admin(Call call) {
  return call == Call::create_app || call == Call::list_apps || call == Call::status ||
         call == Call::metrics;
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
             options.live_casts_max) {
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
  const bool has_body = route.call == Call::create_app || route.call == Call::send;
  if (has_body && !is_json_or_unsaid(request.content_type)) {
    return reply.send(http_error_response(415, "send the body as Content-Type: application/json"));
  }
  needs_admin(route.call) ? call_as_admin(route, request, std::move(reply))
                          : call_on_app(route, request, std::move(reply));
}

void Api::call_on_app(const Route& route, const runtime::HttpRequest& request, Reply reply) {
  const auto app = keys_.check_app(request.authorization, route.app);
  if (!app.ok()) return reply.fail(app.status());
  route.call == Call::send ? sends_.send(**app, request.body, std::move(reply))
                           : report(**app, route.message, std::move(reply));
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
    default:
      return reply.send({.content_type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = runtime::metrics_text()});
  }
}

void Api::report(const cluster::AppConfig& app, const std::string& message, Reply reply) {
  const auto id = MessageId::parse(message);
  if (!id) {
    return reply.fail(invalid_field("message_id", "a message id is 16 hexadecimal digits"));
  }
  services_.storage.books(app.id, *id,
                          [door = services_.door, reply = std::move(reply),
                           name = app.name](absl::StatusOr<storage::Books> books) {
                            door.post([reply, name, books = std::move(books)] {
                              books.ok() ? reply.send({.body = report_of(name, *books)})
                                         : reply.fail(unread("a report", books.status()));
                            });
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
