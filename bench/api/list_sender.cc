#include "api/list_sender.h"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "api/grpc_channel.h"
#include "api/message_text.h"
#include "api/rest_sender.h"
#include "base/check.h"
#include "tocsin/v1/apps.grpc.pb.h"
#include "tocsin/v1/push.grpc.pb.h"

namespace tocsin::api {
namespace {

// The pieces in order: the message, then the ids.
template <typename Take>
void for_each_piece(const SendPlace& place, std::span<const std::string> ids,
                    uint32_t ids_per_piece, const Take& take) {
  v1::SendToListRequest first;
  *first.mutable_message() = message_for(place);
  take(std::move(first));
  while (!ids.empty()) {
    v1::SendToListRequest piece;
    const auto some = ids.first(std::min<size_t>(ids.size(), ids_per_piece));
    piece.mutable_device_ids()->Add(some.begin(), some.end());
    take(std::move(piece));
    ids = ids.subspan(some.size());
  }
}

class RestList : public ListSender {
 public:
  RestList(const SendPlace& place, std::unique_ptr<runtime::HttpsClient> client,
           std::span<const std::string> ids, uint32_t ids_per_piece)
      : small_call_(small_call(place)), client_(std::move(client)) {
    request_.method = "POST";
    request_.target = fmt::format("/v1/apps/{}/messages/list", place.app);
    request_.bearer_token = place.send_key;
    request_.content_type = "application/x-ndjson";
    for_each_piece(place, ids, ids_per_piece, [this](const v1::SendToListRequest& piece) {
      std::string line;
      TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(piece, &line).ok());
      request_.body += line + "\n";
    });
  }

  absl::Status warm_up() override { return client_->call(small_call_).status(); }

  absl::StatusOr<std::string> send() override {
    const auto answer = client_->call(request_);
    if (!answer.ok()) return answer.status();
    if (absl::Status accepted = check_accepted(*answer); !accepted.ok()) return accepted;
    return std::string(message_id_in(answer->body));
  }

 private:
  runtime::HttpsRequest small_call_;
  runtime::HttpsRequest request_;
  std::unique_ptr<runtime::HttpsClient> client_;
};

class GrpcList : public ListSender {
 public:
  GrpcList(SendPlace place, std::span<const std::string> ids, uint32_t ids_per_piece)
      : place_(std::move(place)), channel_(open_channel(place_)) {
    for_each_piece(place_, ids, ids_per_piece, [this](v1::SendToListRequest piece) {
      piece.set_app(place_.app);
      pieces_.push_back(std::move(piece));
    });
  }

  absl::Status warm_up() override {
    grpc::ClientContext context;
    prepare_call(context, place_, limits::http_answer_ms_default);
    v1::GetAppRequest request;
    request.set_app(place_.app);
    v1::App app;
    return status_from(v1::Apps::NewStub(channel_)->GetApp(&context, request, &app));
  }

  absl::StatusOr<std::string> send() override {
    grpc::ClientContext context;
    prepare_call(context, place_, list_timeout_ms);
    v1::SendResponse response;
    const auto writer = v1::Send::NewStub(channel_)->SendToList(&context, &response);
    // A write that fails is explained by Finish().
    for (const v1::SendToListRequest& piece : pieces_) {
      if (!writer->Write(piece)) break;
    }
    writer->WritesDone();
    if (const grpc::Status status = writer->Finish(); !status.ok()) return status_from(status);
    if (is_message_id(response.message_id())) return response.message_id();
    return absl::InternalError("gRPC: a list was accepted without a message id");
  }

 private:
  SendPlace place_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<v1::SendToListRequest> pieces_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ListSender>> make_rest_list(const SendPlace& place,
                                                           std::span<const std::string> ids,
                                                           uint32_t ids_per_piece) {
  auto client = make_client(place, list_timeout_ms);
  if (!client.ok()) return client.status();
  return std::make_unique<RestList>(place, *std::move(client), ids, ids_per_piece);
}

absl::StatusOr<std::unique_ptr<ListSender>> make_grpc_list(const SendPlace& place,
                                                           std::span<const std::string> ids,
                                                           uint32_t ids_per_piece) {
  return std::make_unique<GrpcList>(place, ids, ids_per_piece);
}

std::vector<std::string> ids_with(const std::vector<std::string>& known, uint32_t count) {
  TOCSIN_CHECK(known.size() <= count);
  std::mt19937_64 random;
  std::vector<std::string> ids;
  ids.reserve(count);
  size_t used = 0;
  for (uint64_t i = 0; i < count; ++i) {
    // The k-th known one stands where k / known.size() of the list is behind it.
    const bool is_known = used < known.size() && used * count <= i * known.size();
    const uint64_t high = random();
    ids.push_back(is_known ? known[used++] : fmt::format("{:016x}{:016x}", high, random()));
  }
  return ids;
}

}  // namespace tocsin::api
