#include "dispatcher/transport/grpc/grpc_answers.h"

#include <google/protobuf/message.h>

namespace tocsin::dispatcher {

std::string GrpcAnswers::piece(const google::protobuf::Message& answer) {
  return call_->coding().frame(answer.SerializeAsString());
}

std::shared_ptr<AnswerStream> grpc_answer_stream(const std::shared_ptr<GrpcCall>& call) {
  auto answers =
      std::make_shared<AnswerStream>(call->responder(), std::make_unique<GrpcAnswers>(call));
  call->when_stopped([answers = std::weak_ptr(answers)](const absl::Status& why) {
    const auto alive = answers.lock();
    if (alive == nullptr) return;
    absl::IsCancelled(why) ? alive->on_gone() : alive->cut(why);
  });
  return answers;
}

}  // namespace tocsin::dispatcher
