#include "dispatcher/grpc_call.h"

#include <utility>

#include <google/protobuf/message.h>

#include "dispatcher/api_error.h"

namespace tocsin::dispatcher {
namespace {

constexpr char error_metadata[] = "tocsin-error-bin";

std::string authorization_of(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

}  // namespace

grpc::ServerUnaryReactor* GrpcCalls::start(grpc::CallbackServerContext* context,
                                           const google::protobuf::Message* request,
                                           google::protobuf::Message* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  door_.post([this, call = Call{context, reactor, request, response, authorization_of(*context)}] {
    begin(call);
  });
  return reactor;
}

void GrpcCalls::begin(const Call& call) {
  const Method& method = method_of(*call.request->GetDescriptor());
  const auto caller = api_.admit(method, call.authorization, app_in(*call.request));
  if (!caller.ok()) return finish(call, method, caller.status());
  Reply reply =
      api_.open([this, call, &method](const Answer& answer) { finish(call, method, answer); });
  api_.call(method, *caller, *call.request, std::move(reply));
}

void GrpcCalls::finish(const Call& call, const Method& method, const Answer& answer) {
  if (answer.ok()) {
    api_.count(method.name, Transport::grpc, method.success);
    call.response->CopyFrom(**answer);
    return call.reactor->Finish(grpc::Status::OK);
  }
  const v1::ErrorResponse::Body body = error_body(answer.status());
  api_.count(method.name, Transport::grpc, body.code());
  call.context->AddTrailingMetadata(error_metadata, body.SerializeAsString());
  call.reactor->Finish(
      grpc::Status(static_cast<grpc::StatusCode>(answer.status().raw_code()), body.message()));
}

}  // namespace tocsin::dispatcher
