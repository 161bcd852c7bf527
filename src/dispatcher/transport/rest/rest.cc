#include "dispatcher/transport/rest/rest.h"

#include <fmt/format.h>
#include <utility>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/rest/openapi.h"
#include "dispatcher/transport/rest/rest_call.h"
#include "runtime/http_server/http_target.h"
#include "runtime/metrics.h"

namespace tocsin::dispatcher {
namespace {

using runtime::HttpResponse;

// The paths that are no calls, as they are counted.
constexpr std::string_view health_path = "/healthz";
constexpr std::string_view openapi_path = "/openapi.json";
constexpr std::string_view metrics_path = "/metrics";

HttpResponse wrong_method(const std::string& allow) {
  auto response = http_error_response(405, fmt::format("this path takes {} only", allow));
  response.headers.emplace_back("allow", allow);
  return response;
}

HttpResponse no_such_path() {
  return error_response(absl::NotFoundError(
      "there is no such path; the API is POST /v1/apps/{app}/messages and its neighbours: "
      "/openapi.json lists them"));
}

std::string_view page_of(std::string_view path) {
  for (const std::string_view page : {health_path, openapi_path, metrics_path}) {
    if (path == page) return page;
  }
  return {};
}

}  // namespace

std::unique_ptr<runtime::HttpBodySink> Rest::begin(runtime::HttpRequestHead head,
                                                   runtime::HttpResponder respond) {
  Route route = find_route(head.method, head.path);
  if (route.method == nullptr) {
    if (answer_page(head, respond)) return nullptr;
    HttpResponse response = route.allow.empty() ? no_such_path() : wrong_method(route.allow);
    gate_->counts().add("none", Transport::rest, response.status);
    respond(std::move(response));
    return nullptr;
  }
  const auto call = std::make_shared<RestCall>(gate_, std::move(route), head, std::move(respond));
  return call->is_refused() ? nullptr : call->start(head.has_body);
}

bool Rest::answer_page(const runtime::HttpRequestHead& head,
                       const runtime::HttpResponder& respond) {
  const std::string_view page = page_of(runtime::percent_decoded(head.path).value_or(""));
  if (page.empty()) return false;
  HttpResponse response;
  const std::string authorization(head.headers.find("authorization"));
  if (gate_->knows(authorization)) respond.vouch();
  const absl::Status allowed =
      page == metrics_path ? gate_->admit_operator(authorization) : absl::OkStatus();
  if (head.method != "GET") {
    response = wrong_method("GET");
  } else if (!allowed.ok()) {
    response = error_response(allowed);
  } else if (page == metrics_path) {
    response = {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                .body = runtime::metrics_text()};
  } else if (page == openapi_path) {
    response = {.body = std::string(openapi_json())};
  } else {
    response = {.content_type = "text/plain; charset=utf-8", .body = "ok\n"};
  }
  gate_->counts().add(page, Transport::rest, response.status);
  respond(std::move(response));
  return true;
}

}  // namespace tocsin::dispatcher
