// GrpcWatch: a watch over gRPC: a stream of MessageReport.
//
//   on gRPC's threads: made, OnWriteDone(), OnCancel(), OnDone()
//        | posted
//        v
//   on the shard: GrpcWatch::Stream, which writes one report at a time and says Finish() once
//
// What is posted holds the Stream and not this, which deletes itself when gRPC is done with it.
//
// Thread: as drawn.  Bound: one report being written, one waiting.
#pragma once

#include <grpcpp/grpcpp.h>
#include <memory>

#include "dispatcher/api.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class GrpcWatch final : public grpc::ServerWriteReactor<v1::MessageReport> {
 public:
  GrpcWatch(Api& api, const runtime::Mailbox& mailbox, grpc::CallbackServerContext& context,
            const v1::WatchMessageRequest& request);

  void OnWriteDone(bool written) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  class Stream;
  runtime::Mailbox mailbox_;
  std::shared_ptr<Stream> stream_;
};

}  // namespace tocsin::dispatcher
