// GrpcAnswers: a call with several answers, as gRPC says them: one message each, trailers at the
// end.
//
// Thread: as AnswerWriter says.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/answer_stream.h"
#include "dispatcher/transport/grpc/grpc_call.h"

namespace tocsin::dispatcher {

class GrpcAnswers final : public AnswerWriter {
 public:
  explicit GrpcAnswers(std::shared_ptr<GrpcCall> call) : call_(std::move(call)) {}

  std::string piece(const google::protobuf::Message& answer) override;
  runtime::HttpResponse head() override { return call_->head(); }
  End end(const absl::Status& status) override { return {.trailers = call_->end(status)}; }
  runtime::HttpResponse refusal(const absl::Status& status) override {
    return call_->refusal(status);
  }

 private:
  const std::shared_ptr<GrpcCall> call_;
};

// The stream of a call's answers, which ends with the call's deadline or when its caller goes.
std::shared_ptr<AnswerStream> grpc_answer_stream(const std::shared_ptr<GrpcCall>& call);

}  // namespace tocsin::dispatcher
