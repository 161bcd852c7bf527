#include "drill/alert_api.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "base/check.h"
#include "base/clock.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::drill {
namespace {

constexpr int ttl_s = 600;

template <typename Message>
absl::StatusOr<Message> parse(const std::string& json) {
  Message message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // a newer server may say more
  if (!google::protobuf::util::JsonStringToMessage(json, &message, options).ok()) {
    return absl::InternalError(fmt::format("the server answered what is not {}: {}",
                                           message.GetTypeName(), json.substr(0, 200)));
  }
  return message;
}

template <typename Message>
std::string to_json(const Message& message) {
  std::string json;
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

v1::SendRequest::Priority priority_of(const std::string& name) {
  if (name == "alert") return v1::SendRequest::ALERT;
  if (name == "high") return v1::SendRequest::HIGH;
  return name == "low" ? v1::SendRequest::LOW : v1::SendRequest::NORMAL;
}

std::string messages_path(const std::string& app) {
  return fmt::format("/v1/apps/{}/messages", app);
}

}  // namespace

absl::StatusOr<AlertApi> AlertApi::create(const std::string& url, const std::string& ca_pem) {
  runtime::HttpsClientOptions options;
  options.server = url;
  options.ca_pem = ca_pem;
  auto client = runtime::HttpsClient::create(std::move(options));
  if (!client.ok()) return client.status();
  return AlertApi(*std::move(client));
}

AlertApi::AlertApi(std::unique_ptr<runtime::HttpsClient> client) : client_(std::move(client)) {}

absl::StatusOr<std::string> AlertApi::call(const runtime::HttpsRequest& request) {
  absl::StatusOr<runtime::HttpsAnswer> answer = client_->call(request);
  if (!answer.ok()) return answer.status();
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  std::string reason = answer->body.substr(0, 200);
  const auto error = parse<v1::ErrorResponse>(answer->body);
  if (error.ok() && !error->error().message().empty()) reason = error->error().message();
  return absl::FailedPreconditionError(fmt::format("{} {} was answered {}: {}", request.method,
                                                   request.target, answer->status, reason));
}

absl::StatusOr<AppKeys> AlertApi::create_app(const std::string& admin_key, const std::string& app) {
  v1::CreateAppRequest request;
  request.set_app(app);
  const auto body = call({"POST", "/v1/apps", admin_key, to_json(request)});
  if (!body.ok()) return body.status();
  const auto made = parse<v1::App>(*body);
  if (!made.ok()) return made.status();
  if (made->send_key().empty() || made->registration_key().empty()) {
    return absl::InternalError("the server created the app but gave no keys");
  }
  return AppKeys{made->app(), made->send_key(), made->registration_key()};
}

absl::Status AlertApi::warm_up(const AppKeys& keys) {
  // No such message: all that matters is that the connection is up.
  return client_->call({"GET", messages_path(keys.app) + "/0000000000000001", keys.send_key, {}})
      .status();
}

absl::StatusOr<SentAlert> AlertApi::send(const AppKeys& keys, const AlertRequest& request) {
  v1::SendRequest message;
  message.set_everyone(true);
  message.mutable_notification()->set_title(request.title);
  message.mutable_notification()->set_body(request.body);
  message.mutable_ttl()->set_seconds(ttl_s);
  message.set_priority(priority_of(request.priority));
  const runtime::HttpsRequest post{"POST", messages_path(keys.app), keys.send_key,
                                   to_json(message)};
  SentAlert sent;
  sent.start_ns = monotonic_ns();
  const auto body = call(post);
  sent.end_ns = monotonic_ns();
  if (!body.ok()) return body.status();
  const auto accepted = parse<v1::SendResponse>(*body);
  if (!accepted.ok()) return accepted.status();
  sent.message_id = accepted->message_id();
  return sent;
}

absl::StatusOr<Books> AlertApi::books(const AppKeys& keys, const std::string& message_id) {
  const std::string target = fmt::format("{}/{}", messages_path(keys.app), message_id);
  const auto body = call({"GET", target, keys.send_key, {}});
  if (!body.ok()) return body.status();
  const auto report = parse<v1::MessageReport>(*body);
  if (!report.ok()) return report.status();
  return Books{report->targeted(), report->pending(), report->delivered(), report->expired(),
               report->dropped()};
}

absl::StatusOr<double> AlertApi::metric(const std::string& admin_key, const std::string& name) {
  const auto body = call({"GET", "/metrics", admin_key, {}});
  if (!body.ok()) return body.status();
  const std::optional<double> value = metric_in(*body, name);
  if (value.has_value()) return *value;
  return absl::NotFoundError(fmt::format("the server has no metric {}", name));
}

absl::StatusOr<std::vector<double>> AlertApi::metrics(const std::string& admin_key,
                                                      const std::string& name,
                                                      const std::string& label) {
  const auto body = call({"GET", "/metrics", admin_key, {}});
  if (!body.ok()) return body.status();
  return metrics_in(*body, name, label);
}

std::optional<double> metric_in(std::string_view text, std::string_view name) {
  const std::vector<double> values = metrics_in(text, name, "");
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<double> metrics_in(std::string_view text, std::string_view name,
                               std::string_view label) {
  std::vector<double> values;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool is_it = line.starts_with(name) && line.size() > name.size() &&
                       (line[name.size()] == ' ' || line[name.size()] == '{');
    const size_t blank = line.rfind(' ');
    if (!is_it || blank == std::string_view::npos) continue;
    if (line.find(label) == std::string_view::npos) continue;
    double value = 0;
    const auto [rest, error] =
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), value);
    if (error == std::errc()) values.push_back(value);
  }
  return values;
}

}  // namespace tocsin::drill
