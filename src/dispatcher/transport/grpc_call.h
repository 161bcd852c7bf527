// GrpcCalls: a gRPC call, from its arrival on a thread of the library to the answer.
//
// Thread: start() from any; the rest on the dispatcher's shard.
#pragma once

#include <grpcpp/grpcpp.h>
#include <string>

#include "dispatcher/api.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// The key of a call; empty when there is none.
std::string authorization_of(const grpc::CallbackServerContext& context);

// The status of `answer`, whose error goes into the trailing metadata.
grpc::Status status_of(const Answer& answer, grpc::CallbackServerContext& context);

class GrpcCalls {
 public:
  GrpcCalls(Api& api, runtime::Mailbox mailbox) : api_(api), mailbox_(std::move(mailbox)) {}

  // Request and response live until the reactor finishes.
  grpc::ServerUnaryReactor* start(grpc::CallbackServerContext* context,
                                  const google::protobuf::Message* request,
                                  google::protobuf::Message* response);

  // The pieces of a list (grpc_list.h).
  grpc::ServerReadReactor<v1::SendToListRequest>* start_list(grpc::CallbackServerContext* context,
                                                             v1::SendResponse* response);

  // The reports of a message (grpc_watch.h).
  grpc::ServerWriteReactor<v1::MessageReport>* start_watch(grpc::CallbackServerContext* context,
                                                           const v1::WatchMessageRequest* request);

 private:
  struct Call {
    grpc::CallbackServerContext* context;
    grpc::ServerUnaryReactor* reactor;
    const google::protobuf::Message* request;
    google::protobuf::Message* response;
    std::string authorization;
  };
  void begin(const Call& call);
  void finish(const Call& call, const Method& method, const Answer& answer);

  Api& api_;
  runtime::Mailbox mailbox_;
};

}  // namespace tocsin::dispatcher
