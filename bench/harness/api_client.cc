#include "harness/api_client.h"

#include <fmt/format.h>
#include <numeric>
#include <sstream>

#include <absl/strings/numbers.h>
#include <google/protobuf/util/json_util.h>

#include "base/check.h"
#include "base/clock.h"
#include "harness/try.h"
#include "tocsin/v1/apps.pb.h"
#include "tocsin/v1/error.pb.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::bench {
namespace {

constexpr int ttl_s = 600;
constexpr int page_size = 1000;

template <typename Message>
absl::StatusOr<Message> parse(const std::string& json) {
  Message message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // a newer server may say more
  if (google::protobuf::util::JsonStringToMessage(json, &message, options).ok()) return message;
  return absl::InternalError(fmt::format("the server answered what is not {}: {}",
                                         message.GetTypeName(), json.substr(0, 200)));
}

v1::SendRequest::Priority priority_of(const std::string& name) {
  if (name == "alert") return v1::SendRequest::ALERT;
  if (name == "high") return v1::SendRequest::HIGH;
  return name == "low" ? v1::SendRequest::LOW : v1::SendRequest::NORMAL;
}

std::string messages_path(const AppKeys& keys, const std::string& id = {}) {
  return fmt::format("/v1/apps/{}/messages{}", keys.app, id.empty() ? "" : "/" + id);
}

}  // namespace

std::string json_of(const google::protobuf::Message& message) {
  std::string json;
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json).ok());
  return json;
}

absl::StatusOr<ApiClient> ApiClient::create(const std::string& url, const std::string& ca_pem) {
  TOCSIN_TAKE(auto client, runtime::HttpsClient::create({.server = url, .ca_pem = ca_pem}));
  return ApiClient(std::move(client));
}

absl::StatusOr<std::string> ApiClient::call_for_text(const runtime::HttpsRequest& request) {
  TOCSIN_TAKE(runtime::HttpsAnswer answer, client_->call(request));
  if (answer.status / 100 == 2) return std::move(answer.body);
  const auto error = parse<v1::ErrorResponse>(answer.body);
  const bool is_explained = error.ok() && !error->error().message().empty();
  return absl::FailedPreconditionError(
      fmt::format("{} {} was answered {}: {}", request.method, request.target, answer.status,
                  is_explained ? error->error().message() : answer.body.substr(0, 200)));
}

template <typename Message>
absl::StatusOr<Message> ApiClient::call(const runtime::HttpsRequest& request) {
  TOCSIN_TAKE(const std::string body, call_for_text(request));
  return parse<Message>(body);
}

absl::StatusOr<AppKeys> ApiClient::create_app(const std::string& admin_key,
                                              const std::string& app) {
  v1::CreateAppRequest request;
  request.set_app(app);
  TOCSIN_TAKE(const v1::App made, call<v1::App>({"POST", "/v1/apps", admin_key, json_of(request)}));
  if (made.send_key().empty() || made.registration_key().empty()) {
    return absl::InternalError("the server created the app but gave no keys");
  }
  return AppKeys{made.app(), made.send_key(), made.registration_key()};
}

absl::Status ApiClient::warm_up(const AppKeys& keys) {
  // No such message: all that matters is that the connection is up.
  return client_->call({"GET", messages_path(keys, "0000000000000001"), keys.send_key, {}})
      .status();
}

absl::StatusOr<SentAlert> ApiClient::send(const AppKeys& keys, const AlertRequest& request) {
  v1::SendRequest message;
  message.set_everyone(true);
  message.mutable_notification()->set_title(request.title);
  message.mutable_notification()->set_body(request.body);
  message.mutable_ttl()->set_seconds(ttl_s);
  message.set_priority(priority_of(request.priority));
  const runtime::HttpsRequest post{"POST", messages_path(keys), keys.send_key, json_of(message)};
  SentAlert sent;
  sent.start_ns = monotonic_ns();
  const auto accepted = call<v1::SendResponse>(post);
  sent.end_ns = monotonic_ns();
  if (!accepted.ok()) return accepted.status();
  sent.message_id = accepted->message_id();
  return sent;
}

absl::StatusOr<std::vector<v1::Device>> ApiClient::devices(const AppKeys& keys) {
  std::vector<v1::Device> devices;
  v1::ListDevicesResponse page;
  do {
    const std::string path = fmt::format("/v1/apps/{}/devices?page_size={}&page_token={}", keys.app,
                                         page_size, page.next_page_token());
    TOCSIN_TAKE(page, call<v1::ListDevicesResponse>({"GET", path, keys.send_key, {}}));
    devices.insert(devices.end(), page.devices().begin(), page.devices().end());
  } while (!page.next_page_token().empty());
  return devices;
}

absl::StatusOr<Books> ApiClient::books(const AppKeys& keys, const std::string& message_id) {
  TOCSIN_TAKE(const auto report,
              call<v1::MessageReport>({"GET", messages_path(keys, message_id), keys.send_key, {}}));
  return Books{report.targeted(), report.pending(), report.delivered(), report.expired(),
               report.dropped()};
}

absl::StatusOr<std::vector<double>> ApiClient::metrics(const std::string& admin_key,
                                                       const std::string& name,
                                                       const std::string& label) {
  TOCSIN_TAKE(const std::string text, call_for_text({"GET", "/metrics", admin_key, {}}));
  return metrics_in(text, name, label);
}

absl::StatusOr<double> ApiClient::counter(const std::string& admin_key, const std::string& name,
                                          const std::string& label) {
  TOCSIN_TAKE(const std::vector<double> values, metrics(admin_key, name, label));
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<double> metrics_in(std::string_view text, std::string_view name,
                               std::string_view label) {
  std::vector<double> values;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const char end = line.starts_with(name) ? line[name.size()] : '\0';
    double value = 0;
    if ((end == ' ' || end == '{') && line.find(label) != std::string::npos &&
        absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) {
      values.push_back(value);
    }
  }
  return values;
}

}  // namespace tocsin::bench
