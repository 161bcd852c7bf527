#include "dispatcher/transport/grpc_server.h"

#include <chrono>
#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include "base/limits.h"
#include "dispatcher/transport/grpc_services.h"

namespace tocsin::dispatcher {
namespace {

// Both hold for every server of the process, and are said once.
void switch_on_plugins() {
  [[maybe_unused]] static const bool are_on = [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
}

std::shared_ptr<grpc::ServerCredentials> credentials_of(const runtime::TlsIdentity& identity) {
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({identity.private_key_pem, identity.certificate_chain_pem});
  return grpc::SslServerCredentials(options);
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(Api& api, runtime::Mailbox mailbox) : calls_(api, std::move(mailbox)) {}

  absl::StatusOr<uint16_t> listen(const std::string& address,
                                  const runtime::TlsIdentity& identity) {
    switch_on_plugins();
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, credentials_of(identity), &port);
    // Two servers on one port would share its connections by chance.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::grpc_streams_max);
    builder.SetMaxReceiveMessageSize(static_cast<int>(limits::http_body_bytes_max));
    grpc::ResourceQuota quota("api");
    quota.Resize(limits::grpc_bytes_max);
    builder.SetResourceQuota(quota);
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{
             &send_, &reports_, &schedules_, &devices_, &audiences_, &apps_, &webhooks_, &ops_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(fmt::format(
          "cannot listen on {} for gRPC: it is taken or not an address of this machine; choose "
          "another with grpc_listen",
          address));
    }
    return static_cast<uint16_t>(port);
  }

  void stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() +
                      std::chrono::milliseconds(limits::http_stop_ms_max));
    server_->Wait();
    server_.reset();
  }

 private:
  GrpcCalls calls_;
  SendService send_{calls_};
  ReportsService reports_{calls_};
  SchedulesService schedules_{calls_};
  WebhooksService webhooks_{calls_};
  DevicesService devices_{calls_};
  AudiencesService audiences_{calls_};
  AppsService apps_{calls_};
  ServerService ops_{calls_};
  std::unique_ptr<grpc::Server> server_;
};

GrpcServer::GrpcServer(Api& api, runtime::Mailbox mailbox)
    : impl_(std::make_unique<Impl>(api, std::move(mailbox))) {}
GrpcServer::~GrpcServer() { stop(); }

absl::StatusOr<uint16_t> GrpcServer::listen(const std::string& address,
                                            const runtime::TlsIdentity& identity) {
  return impl_->listen(address, identity);
}

void GrpcServer::stop() { impl_->stop(); }

}  // namespace tocsin::dispatcher
