#include "api/rest_sender.h"

#include <fmt/format.h>
#include <utility>

#include "api/message_text.h"

namespace tocsin::api {
namespace {

constexpr int accepted = 202;
constexpr size_t told_bytes = 200;

class RestSender : public Sender {
 public:
  RestSender(SendPlace place, std::unique_ptr<runtime::HttpsClient> client)
      : place_(std::move(place)), client_(std::move(client)) {}

  absl::Status warm_up() override {
    const auto answer = client_->call(small_call(place_));
    if (!answer.ok()) return answer.status();
    if (answer->status / 100 == 2) return absl::OkStatus();
    return absl::FailedPreconditionError(
        fmt::format("{} answered {} to a small call", place_.rest_url, answer->status));
  }

  absl::Status send(const std::string& device) override {
    const auto answer = client_->call(send_call(place_, "device", device));
    return answer.ok() ? check_accepted(*answer) : answer.status();
  }

 private:
  SendPlace place_;
  std::unique_ptr<runtime::HttpsClient> client_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sender>> make_rest_sender(const SendPlace& place) {
  auto client = make_client(place, limits::http_answer_ms_default);
  if (!client.ok()) return client.status();
  return std::make_unique<RestSender>(place, *std::move(client));
}

absl::StatusOr<std::unique_ptr<runtime::HttpsClient>> make_client(const SendPlace& place,
                                                                  uint32_t timeout_ms) {
  runtime::HttpsClientOptions options;
  options.server = place.rest_url;
  options.ca_pem = place.ca_pem;
  options.timeout_ms = timeout_ms;
  return runtime::HttpsClient::create(std::move(options));
}

runtime::HttpsRequest small_call(const SendPlace& place) {
  return {.target = fmt::format("/v1/apps/{}", place.app), .bearer_token = place.send_key};
}

runtime::HttpsRequest send_call(const SendPlace& place, const char* field,
                                const std::string& target) {
  return {.method = "POST",
          .target = fmt::format("/v1/apps/{}/messages", place.app),
          .bearer_token = place.send_key,
          .body = send_json(place, field, target)};
}

absl::Status check_accepted(const runtime::HttpsAnswer& answer) {
  if (answer.status == accepted && !message_id_in(answer.body).empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("a send was answered {}: {}", answer.status, answer.body.substr(0, told_bytes)));
}

}  // namespace tocsin::api
