#include <fmt/format.h>

#include "api/sender.h"
#include "base/ids.h"
#include "harness/api_client.h"
#include "harness/json.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

using runtime::HttpsAnswer;
using runtime::HttpsClient;
using runtime::HttpsRequest;

// A call may take as long as a list does.
absl::StatusOr<std::unique_ptr<HttpsClient>> make_client(const SendPlace& place) {
  return HttpsClient::create({.server = place.rest_url,
                              .ca_pem = place.ca_pem,
                              .timeout_ms = list_timeout_ms,
                              .http2 = false});
}

HttpsRequest post(const SendPlace& place, const std::string& what, std::string body) {
  return {.method = "POST",
          .target = fmt::format("/v1/apps/{}/{}", place.app, what),
          .bearer_token = place.send_key,
          .body = std::move(body)};
}

// The message id of an answer that accepts; else what came instead.
absl::StatusOr<std::string> accepted_id(const HttpsAnswer& answer) {
  const std::string id = text_at(parse_object(answer.body), "messageId");
  if (answer.status == 202 && MessageId::parse(id).has_value()) return id;
  return absl::FailedPreconditionError(
      fmt::format("a send was answered {}: {}", answer.status, answer.body.substr(0, 200)));
}

class RestSender final : public Sender {
 public:
  RestSender(SendPlace place, std::unique_ptr<HttpsClient> client)
      : place_(std::move(place)),
        client_(std::move(client)),
        message_json_(json_of(message_for(place_))) {}

  absl::Status warm_up() override {
    TOCSIN_TAKE(const HttpsAnswer answer, client_->call({.target = "/v1/apps/" + place_.app,
                                                         .bearer_token = place_.send_key}));
    if (answer.status / 100 == 2) return absl::OkStatus();
    return absl::FailedPreconditionError(
        fmt::format("{} answered {} to a small call", place_.rest_url, answer.status));
  }

  absl::Status send(const std::string& device) override {
    TOCSIN_TAKE(const HttpsAnswer answer, send_to("device", device));
    return accepted_id(answer).status();
  }

  absl::StatusOr<HttpsAnswer> send_to(const char* field, const std::string& target) {
    // The target in front of what the message has.
    return client_->call(
        post(place_, "messages",
             fmt::format(R"({{"{}":"{}",{})", field, target, message_json_.substr(1))));
  }

  void prepare_list(std::span<const std::string> ids, uint32_t ids_per_piece) override {
    list_ = post(place_, "messages/list", "");
    list_.content_type = "application/x-ndjson";
    for_each_piece(place_, ids, ids_per_piece, [this](const v1::SendToListRequest& piece) {
      list_.body += json_of(piece) + "\n";
    });
  }

  absl::StatusOr<std::string> send_list() override {
    TOCSIN_TAKE(const HttpsAnswer answer, client_->call(list_));
    return accepted_id(answer);
  }

 private:
  SendPlace place_;
  std::unique_ptr<HttpsClient> client_;
  std::string message_json_;
  HttpsRequest list_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sender>> make_rest_sender(const SendPlace& place) {
  TOCSIN_TAKE(auto client, make_client(place));
  return std::make_unique<RestSender>(place, std::move(client));
}

absl::StatusOr<std::string> answer_to_send(const SendPlace& place) {
  TOCSIN_TAKE(auto client, make_client(place));
  TOCSIN_TAKE(const HttpsAnswer answer,
              RestSender(place, std::move(client)).send_to("tag", "nobody"));
  TOCSIN_TRY(accepted_id(answer).status());
  return answer.body;
}

}  // namespace tocsin::bench::api
