// A gRPC client that can make every call of the schema by its name.
//
// Thread: one caller at a time.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <memory>
#include <string>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "dispatcher/reply/schema.h"
#include "tocsin/v1/error.pb.h"

namespace tocsin::test {

class GrpcClient {
 public:
  struct Outcome {
    grpc::Status status;
    std::unique_ptr<google::protobuf::Message> response;
    v1::ErrorResponse::Body error;  // of the trailing metadata
  };

  // The certificate must be for 127.0.0.1.
  GrpcClient(uint16_t port, const std::string& ca_pem)
      : channel_(grpc::CreateChannel(
            "localhost:" + std::to_string(port),
            grpc::SslCredentials(
                {.pem_root_certs = ca_pem, .pem_private_key = {}, .pem_cert_chain = {}}))),
        stub_(channel_) {}

  // An empty key sends none.
  Outcome call(const dispatcher::Method& method, const std::string& key,
               const google::protobuf::Message& request) {
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
    grpc::ByteBuffer answer;
    Outcome outcome;
    outcome.status = exchange(context, path_of(method), bytes_of(request), answer);
    outcome.response = read(method, answer);
    const auto& trailers = context.GetServerTrailingMetadata();
    const auto error = trailers.find("tocsin-error-bin");
    if (error != trailers.end()) {
      outcome.error.ParseFromArray(error->second.data(), static_cast<int>(error->second.size()));
    }
    return outcome;
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  static std::string path_of(const dispatcher::Method& method) {
    return "/" + method.descriptor->service()->full_name() + "/" + method.name;
  }

  static grpc::ByteBuffer bytes_of(const google::protobuf::Message& request) {
    const grpc::Slice slice(request.SerializeAsString());
    return grpc::ByteBuffer(&slice, 1);
  }

  grpc::Status exchange(grpc::ClientContext& context, const std::string& path,
                        const grpc::ByteBuffer& request, grpc::ByteBuffer& answer) {
    grpc::CompletionQueue queue;
    auto call = stub_.PrepareUnaryCall(&context, path, request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  static std::unique_ptr<google::protobuf::Message> read(const dispatcher::Method& method,
                                                         grpc::ByteBuffer& answer) {
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(
        method.descriptor->output_type());
    std::unique_ptr<google::protobuf::Message> response(prototype->New());
    if (answer.Valid() && answer.Length() > 0) {
      grpc::ProtoBufferReader reader(&answer);
      response->ParseFromZeroCopyStream(&reader);
    }
    return response;
  }

  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
};

}  // namespace tocsin::test
