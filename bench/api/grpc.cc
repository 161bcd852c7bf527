#include <chrono>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "api/sender.h"
#include "base/ids.h"
#include "base/limits.h"
#include "tocsin/v1/apps.grpc.pb.h"
#include "tocsin/v1/push.grpc.pb.h"

namespace tocsin::bench::api {
namespace {

// A channel that shares its connection with no other: as many channels, as many connections.
std::shared_ptr<grpc::Channel> open_channel(const SendPlace& place) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = place.ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(place.grpc_address, grpc::SslCredentials(tls), arguments);
}

// The same code and message; the id must be one.
absl::StatusOr<std::string> accepted_id(const grpc::Status& status, const std::string& id) {
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        fmt::format("gRPC: {}", status.error_message()));
  }
  if (MessageId::parse(id).has_value()) return id;
  return absl::InternalError("gRPC: a send was accepted without a message id");
}

class GrpcSender final : public Sender {
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
    prepare(context, limits::http_answer_ms_default);
    v1::GetAppRequest request;
    request.set_app(place_.app);
    v1::App app;
    const grpc::Status status = v1::Apps::NewStub(channel_)->GetApp(&context, request, &app);
    return status.ok() ? absl::OkStatus() : accepted_id(status, "").status();
  }

  absl::Status send(const std::string& device) override {
    grpc::ClientContext context;
    prepare(context, limits::http_answer_ms_default);
    message_.set_device(device);
    v1::SendResponse response;
    const grpc::Status status = send_->Send(&context, message_, &response);
    return accepted_id(status, response.message_id()).status();
  }

  void prepare_list(std::span<const std::string> ids, uint32_t ids_per_piece) override {
    for_each_piece(place_, ids, ids_per_piece, [this](v1::SendToListRequest piece) {
      piece.set_app(place_.app);
      pieces_.push_back(std::move(piece));
    });
  }

  absl::StatusOr<std::string> send_list() override {
    grpc::ClientContext context;
    prepare(context, list_timeout_ms);
    v1::SendResponse response;
    const auto writer = send_->SendToList(&context, &response);
    // A write that fails is explained by Finish().
    for (const v1::SendToListRequest& piece : pieces_) {
      if (!writer->Write(piece)) break;
    }
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    return accepted_id(status, response.message_id());
  }

 private:
  // Give a call its key and its deadline.
  void prepare(grpc::ClientContext& context, uint32_t timeout_ms) const {
    context.AddMetadata("authorization", "Bearer " + place_.send_key);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
  }

  SendPlace place_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Send::Stub> send_;
  v1::SendRequest message_;
  std::vector<v1::SendToListRequest> pieces_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Sender>> make_grpc_sender(const SendPlace& place) {
  return std::make_unique<GrpcSender>(place);
}

}  // namespace tocsin::bench::api
