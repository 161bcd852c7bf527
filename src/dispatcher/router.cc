#include "dispatcher/router.h"

#include <vector>

namespace tocsin::dispatcher {
namespace {

struct Rule {
  std::string_view method;
  std::string_view pattern;  // {app}, {message} and {name} each stand for one segment
  Call call;
};

constexpr Rule rules[] = {
    {"POST", "/v1/apps", Call::create_app},
    {"GET", "/v1/apps", Call::list_apps},
    {"POST", "/v1/apps/{app}/messages", Call::send},
    {"GET", "/v1/apps/{app}/messages/{message}", Call::report},
    {"POST", "/v1/apps/{app}/messages/{message}/recall", Call::recall},
    {"GET", "/v1/apps/{app}/messages/{message}/devices/{name}", Call::device_report},
    {"POST", "/v1/apps/{app}/count", Call::count},
    {"GET", "/v1/apps/{app}/audiences", Call::list_audiences},
    {"POST", "/v1/apps/{app}/audiences/{name}", Call::change_audience},
    {"PATCH", "/v1/apps/{app}/devices/{name}", Call::update_device},
    {"DELETE", "/v1/apps/{app}/devices/{name}", Call::delete_device},
    {"DELETE", "/v1/apps/{app}/aliases/{name}", Call::delete_alias},
    {"GET", "/v1/status", Call::status},
    {"POST", "/v1/backups", Call::back_up},
    {"GET", "/metrics", Call::metrics},
    {"GET", "/healthz", Call::health},
};

// The first segment behind the slash that `path` begins with, which is taken off.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

bool matches(std::string_view pattern, std::string_view path, Route& route) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = next_segment(pattern);
    const std::string_view found = next_segment(path);
    if (wanted == "{app}" && !found.empty()) {
      route.app = found;
    } else if (wanted == "{message}" && !found.empty()) {
      route.message = found;
    } else if (wanted == "{name}" && !found.empty()) {
      route.name = found;
    } else if (wanted != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Route find_route(std::string_view method, std::string_view path) {
  Route other;
  if (!path.starts_with('/')) return other;
  for (const Rule& rule : rules) {
    Route route{.call = rule.call};
    if (!matches(rule.pattern, path, route)) continue;
    if (rule.method == method) return route;
    other.call = Call::wrong_method;
    if (!other.allow.empty()) other.allow += ", ";
    other.allow += rule.method;
  }
  return other;
}

const char* name_of(Call call) {
  switch (call) {
    case Call::create_app:
      return "create_app";
    case Call::list_apps:
      return "list_apps";
    case Call::send:
      return "send";
    case Call::report:
      return "report";
    case Call::recall:
      return "recall";
    case Call::device_report:
      return "device_report";
    case Call::count:
      return "count";
    case Call::list_audiences:
      return "list_audiences";
    case Call::change_audience:
      return "change_audience";
    case Call::update_device:
      return "update_device";
    case Call::delete_device:
      return "delete_device";
    case Call::delete_alias:
      return "delete_alias";
    case Call::status:
      return "status";
    case Call::back_up:
      return "back_up";
    case Call::metrics:
      return "metrics";
    case Call::health:
      return "health";
    case Call::unknown_path:
      return "unknown_path";
    case Call::wrong_method:
      return "wrong_method";
  }
  return "?";
}

}  // namespace tocsin::dispatcher
