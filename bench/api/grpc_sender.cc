#include "api/grpc_sender.h"

#include <utility>

#include "api/grpc_channel.h"
#include "api/message_text.h"
#include "base/limits.h"
#include "tocsin/v1/apps.grpc.pb.h"
#include "tocsin/v1/push.grpc.pb.h"

namespace tocsin::api {
namespace {

constexpr uint32_t timeout_ms = limits::http_answer_ms_default;

class GrpcSender : public Sender {
 public:
  explicit GrpcSender(SendPlace place)
      : place_(std::move(place)),
        channel_(open_channel(place_)),
        send_(v1::Send::NewStub(channel_)),
        message_(message_for(place_)) {
    message_.set_app(place_.app);
  }

  absl::Status warm_up() override {
    grpc::ClientContext context;
    prepare_call(context, place_, timeout_ms);
    v1::GetAppRequest request;
    request.set_app(place_.app);
    v1::App app;
    return status_from(v1::Apps::NewStub(channel_)->GetApp(&context, request, &app));
  }

  absl::Status send(const std::string& device) override {
    grpc::ClientContext context;
    prepare_call(context, place_, timeout_ms);
    message_.set_device(device);
    v1::SendResponse response;
    const grpc::Status status = send_->Send(&context, message_, &response);
    if (!status.ok()) return status_from(status);
    if (is_message_id(response.message_id())) return absl::OkStatus();
    return absl::InternalError("gRPC: a send was accepted without a message id");
  }

 private:
  SendPlace place_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Send::Stub> send_;
  v1::SendRequest message_;
};

}  // namespace

std::unique_ptr<Sender> make_grpc_sender(const SendPlace& place) {
  return std::make_unique<GrpcSender>(place);
}

}  // namespace tocsin::api
