#include "tests/crash/api.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <absl/status/status.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include "base/hex.h"
#include "tocsin/v1/admin.pb.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::crash {
namespace {

template <typename Proto>
bool parse(const std::string& json, Proto& out) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage(json, &out, options).ok();
}

Books books_of(const v1::MessageReport& report) {
  using google::protobuf::util::TimeUtil;
  return {.targeted = report.targeted(),
          .pending = report.pending(),
          .delivered = report.delivered(),
          .opened = report.opened(),
          .expired = report.expired(),
          .dropped = report.dropped(),
          .expires_at_ms =
              static_cast<uint64_t>(TimeUtil::TimestampToMilliseconds(report.expire_time()))};
}

std::string target_json(const Message& message, const Model& model) {
  std::vector<std::string> ids;
  for (const size_t device : message.target.devices) {
    ids.push_back(fmt::format("\"{}\"", model.device_id(device).text()));
  }
  switch (message.target.kind) {
    case Target::Kind::devices:
      return ids.size() == 1 ? fmt::format("\"device\":{}", ids[0])
                             : fmt::format("\"devices\":{{\"ids\":[{}]}}", fmt::join(ids, ","));
    case Target::Kind::tag:
      return fmt::format("\"tag\":\"{}\"", tag_name(message.target.tag));
    case Target::Kind::everyone:
      return "\"everyone\":true";
  }
  return "";
}

}  // namespace

std::string send_body(const Message& message, const Model& model) {
  const std::string ttl = message.ttl_s ? fmt::format(",\"ttl\":\"{}s\"", *message.ttl_s) : "";
  return fmt::format("{{{}{},\"priority\":\"{}\",\"data\":{{\"op\":\"{}\"}}}}",
                     target_json(message, model), ttl, message.priority, message.op);
}

Api::Api(const ServerAddress& server) : admin_key_(server.admin_key) {
  auto client = runtime::HttpsClient::create(
      {.server = fmt::format("https://127.0.0.1:{}", server.api_port), .ca_pem = server.ca_pem});
  if (client.ok()) client_ = *std::move(client);
}

runtime::HttpsAnswer Api::call(const std::string& method, const std::string& target,
                               const std::string& key, const std::string& body) {
  is_broken_ = true;
  is_dead_ = true;
  if (client_ == nullptr) return {};
  const auto answer =
      client_->call({.method = method, .target = target, .bearer_token = key, .body = body});
  is_broken_ = !answer.ok();
  is_dead_ = absl::IsUnavailable(answer.status());
  return answer.ok() ? *answer : runtime::HttpsAnswer{.body = answer.status().ToString()};
}

void Api::send(const Message& message, Model& model) {
  const AppPast app = model.apps()[message.app];
  const runtime::HttpsAnswer answer = call("POST", fmt::format("/v1/apps/{}/messages", app.name),
                                           app.send_key, send_body(message, model));
  if (answer.status == 202) {
    v1::SendResponse response;
    const bool is_read = parse(answer.body, response);
    const auto id = MessageId::parse(response.message_id());
    if (is_read && id) return model.accepted(message.op, *id);
  } else if (answer.status == 0 || answer.status >= 500) {
    return model.unanswered(message.op, is_dead_);
  } else if (answer.status == 429) {
    return model.refused(message.op);
  }
  model.refused(message.op);
  model.complain(fmt::format("op {} was answered {}: {}", message.op, answer.status, answer.body));
}

std::optional<AppPast> Api::create_app(const std::string& name, Model& model) {
  const runtime::HttpsAnswer answer =
      call("POST", "/v1/apps", admin_key_, fmt::format("{{\"app\":\"{}\"}}", name));
  if (answer.status == 0 || answer.status >= 500) return std::nullopt;
  v1::App made;
  AppPast app{name, "", Bytes(32)};
  if (answer.status == 201 && parse(answer.body, made) &&
      from_hex(made.registration_key(), app.registration_key)) {
    app.send_key = made.send_key();
    return app;
  }
  model.complain(
      fmt::format("creating app {} was answered {}: {}", name, answer.status, answer.body));
  return std::nullopt;
}

Api::Report Api::report(const AppPast& app, MessageId message) {
  const runtime::HttpsAnswer answer =
      call("GET", fmt::format("/v1/apps/{}/messages/{}", app.name, message.text()), app.send_key);
  v1::MessageReport report;
  if (answer.status == 200 && !parse(answer.body, report)) return {500, {}};
  return {answer.status, books_of(report)};
}

std::optional<std::map<std::string, uint64_t>> Api::list_apps() {
  const runtime::HttpsAnswer answer = call("GET", "/v1/apps", admin_key_);
  v1::ListAppsResponse response;
  if (answer.status != 200 || !parse(answer.body, response)) return std::nullopt;
  std::map<std::string, uint64_t> devices;
  for (const v1::App& app : response.apps()) devices[app.app()] = app.devices();
  return devices;
}

std::string Api::positions() {
  v1::ServerStatus status;
  if (!parse(call("GET", "/v1/status", admin_key_).body, status)) return "unknown";
  return fmt::format("{} durable, {} applied", status.log_position(), status.applied_position());
}

}  // namespace tocsin::crash
