#include "dispatcher/transport/grpc_call.h"

#include <utility>

#include <google/protobuf/message.h>

#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/grpc_list.h"
#include "dispatcher/transport/grpc_watch.h"

namespace tocsin::dispatcher {
namespace {

constexpr char error_metadata[] = "tocsin-error-bin";

}  // namespace

std::string authorization_of(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

grpc::Status status_of(const Answer& answer, grpc::CallbackServerContext& context) {
  if (answer.ok()) return grpc::Status::OK;
  const v1::ErrorResponse::Body body = error_body(answer.status());
  context.AddTrailingMetadata(error_metadata, body.SerializeAsString());
  return grpc::Status(static_cast<grpc::StatusCode>(answer.status().raw_code()), body.message());
}

grpc::ServerReadReactor<v1::SendToListRequest>* GrpcCalls::start_list(
    grpc::CallbackServerContext* context, v1::SendResponse* response) {
  return new GrpcList(api_, mailbox_, *context, *response);
}

grpc::ServerWriteReactor<v1::MessageReport>* GrpcCalls::start_watch(
    grpc::CallbackServerContext* context, const v1::WatchMessageRequest* request) {
  return new GrpcWatch(api_, mailbox_, *context, *request);
}

grpc::ServerUnaryReactor* GrpcCalls::start(grpc::CallbackServerContext* context,
                                           const google::protobuf::Message* request,
                                           google::protobuf::Message* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  mailbox_.post([this, call = Call{context, reactor, request, response,
                                   authorization_of(*context)}] { begin(call); });
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
  const int status = answer.ok() ? method.success : error_body(answer.status()).code();
  api_.count(method.name, Transport::grpc, status);
  if (answer.ok()) call.response->CopyFrom(**answer);
  call.reactor->Finish(status_of(answer, *call.context));
}

}  // namespace tocsin::dispatcher
