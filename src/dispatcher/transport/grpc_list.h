// GrpcList: a list send over gRPC: a stream of SendToListRequest.
//
//   read -> on the shard: add -> welcome? read the next ... -> end of stream: finish -> answer
//
// Thread: OnReadDone(), OnDone() on gRPC's threads, one at a time; the rest on the dispatcher's
// shard. Deletes itself when gRPC is done with it.
// Bound: one message of http_body_bytes_max in memory; see ListSend.
#pragma once

#include <grpcpp/grpcpp.h>
#include <memory>
#include <string>

#include "dispatcher/api.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class GrpcList final : public grpc::ServerReadReactor<v1::SendToListRequest> {
 public:
  GrpcList(Api& api, runtime::Mailbox mailbox, grpc::CallbackServerContext& context,
           v1::SendResponse& response);

  void OnReadDone(bool is_piece) override;
  void OnDone() override;

 private:
  void take();
  void end();
  void finish(const Answer& answer);

  Api& api_;
  runtime::Mailbox mailbox_;
  grpc::CallbackServerContext& context_;
  v1::SendResponse& response_;
  std::string authorization_;
  std::string app_;  // of the first piece
  v1::SendToListRequest piece_;
  std::shared_ptr<ListSend> list_;  // made, used and dropped on the shard
  bool finished_ = false;
};

}  // namespace tocsin::dispatcher
