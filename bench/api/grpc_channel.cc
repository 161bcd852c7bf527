#include "api/grpc_channel.h"

#include <chrono>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

namespace tocsin::api {

std::shared_ptr<grpc::Channel> open_channel(const SendPlace& place) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = place.ca_pem;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(place.grpc_address, grpc::SslCredentials(tls), arguments);
}

void prepare_call(grpc::ClientContext& context, const SendPlace& place, uint32_t timeout_ms) {
  context.AddMetadata("authorization", "Bearer " + place.send_key);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
}

absl::Status status_from(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      fmt::format("gRPC: {}", status.error_message()));
}

}  // namespace tocsin::api
