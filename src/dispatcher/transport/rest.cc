#include "dispatcher/transport/rest.h"

#include <fmt/format.h>
#include <utility>

#include <google/protobuf/message.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/openapi.h"
#include "dispatcher/transport/rest_list.h"
#include "dispatcher/transport/rest_request.h"
#include "dispatcher/transport/rest_stream.h"
#include "json/to_json.h"
#include "runtime/metrics.h"

namespace tocsin::dispatcher {
namespace {

using runtime::HttpRequest;
using runtime::HttpResponse;

// curl's -d says "form" unless told otherwise; what people paste must work.
bool is_json_or_unsaid(std::string_view content_type) {
  const std::string_view kind = content_type.substr(0, content_type.find_first_of("; "));
  std::string lower(kind);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return lower.empty() || lower == "application/json" ||
         lower == "application/x-www-form-urlencoded";
}

bool is_lines(std::string_view content_type) {
  return content_type.substr(0, content_type.find_first_of("; ")) == "application/x-ndjson";
}

HttpResponse wrong_method(const std::string& allow) {
  auto response = http_error_response(405, fmt::format("this path takes {} only", allow));
  response.headers.emplace_back("Allow", allow);
  return response;
}

HttpResponse no_such_path() {
  return error_response(absl::NotFoundError(
      "there is no such path; the API is POST /v1/apps/{app}/messages and its neighbours: "
      "/openapi.json lists them"));
}

// Answers hold keys and what is going on now: nobody in between may keep them.
HttpResponse response_of(int success, const Answer& answer) {
  HttpResponse response =
      answer.ok()
          ? HttpResponse{.status = success, .body = json::to_json(**answer, json::Zeros::keep)}
          : error_response(answer.status());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

std::string app_of(const Route& route) {
  for (const auto& [field, text] : route.fields) {
    if (field == "app") return text;
  }
  return {};
}

}  // namespace

void Rest::handle(HttpRequest request, runtime::HttpServer::Respond respond) {
  if (answer_page(request, respond)) return;
  const Route route = find_route(request.method, request.path);
  const std::string name = route.method != nullptr ? route.method->name : "none";
  auto counted = [this, name, respond = std::move(respond)](HttpResponse response) mutable {
    api_.count(name, Transport::rest, response.status);
    respond(std::move(response));
  };
  if (route.method == nullptr) {
    return counted(route.allow.empty() ? no_such_path() : wrong_method(route.allow));
  }
  call(route, request, std::move(counted));
}

std::shared_ptr<runtime::HttpBodySink> Rest::stream(const HttpRequest& head,
                                                    runtime::HttpServer::Respond& respond) {
  const Route route = find_route(head.method, head.path);
  if (route.method == nullptr || !route.method->streams()) return nullptr;
  const Method& method = *route.method;
  auto open = [this, name = method.name, success = method.success,
               respond = std::make_shared<runtime::HttpServer::Respond>(std::move(respond))] {
    return api_.open([this, name, success, respond](const Answer& answer) {
      HttpResponse response = response_of(success, answer);
      api_.count(name, Transport::rest, response.status);
      (*respond)(std::move(response));
    });
  };
  const std::string app = app_of(route);
  const auto caller = api_.admit(method, head.authorization, app);
  absl::Status status = caller.status();
  if (status.ok()) status = check_no_query(head);
  if (status.ok() && !is_lines(head.content_type)) {
    status = invalid_field("Content-Type", "send lines of JSON as application/x-ndjson");
  }
  if (!status.ok()) open().fail(status);
  return std::make_shared<RestList>(api_, method, head.authorization, app, std::move(open));
}

bool Rest::answer_page(const HttpRequest& request, runtime::HttpServer::Respond& respond) {
  const bool is_metrics = request.path == "/metrics";
  if (request.path != "/healthz" && request.path != "/openapi.json" && !is_metrics) return false;
  HttpResponse response;
  const absl::Status allowed =
      is_metrics ? api_.admit_operator(request.authorization) : absl::OkStatus();
  if (request.method != "GET") {
    response = wrong_method("GET");
  } else if (!allowed.ok()) {
    response = error_response(allowed);
  } else if (is_metrics) {
    response = {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                .body = runtime::metrics_text()};
  } else if (request.path == "/openapi.json") {
    response = {.body = std::string(openapi_json())};
  } else {
    response = {.content_type = "text/plain; charset=utf-8", .body = "ok\n"};
  }
  api_.count(request.path, Transport::rest, response.status);
  respond(std::move(response));
  return true;
}

void Rest::call(const Route& route, const HttpRequest& request,
                runtime::HttpServer::Respond respond) {
  const Method& method = *route.method;
  if (method.takes_body() && !is_json_or_unsaid(request.content_type)) {
    return respond(http_error_response(415, "send the body as Content-Type: application/json"));
  }
  const auto caller = api_.admit(method, request.authorization, app_of(route));
  if (!caller.ok()) return respond(response_of(method.success, caller.status()));
  const auto message = read_request(route, request);
  if (!message.ok()) return respond(response_of(method.success, message.status()));
  if (method.streams_answers()) {
    return api_.call(method, request.authorization, **message,
                     std::make_shared<RestStream>(std::move(respond)));
  }
  Reply reply =
      api_.open([success = method.success, respond = std::move(respond)](
                    const Answer& answer) mutable { respond(response_of(success, answer)); });
  api_.call(method, *caller, **message, std::move(reply));
}

}  // namespace tocsin::dispatcher
