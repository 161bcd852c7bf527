// GrpcReflection: gRPC's standard reflection service, v1 and v1alpha, without a key: a stream of
// questions, each answered in turn.
//
//   body --> question waits --caller reads--> answer, made then
//
// An answer is made when the caller takes it, so that questions cost no memory but their own.
//
// Thread: the connection's; the constructor any.
// Bound: grpc_reflection_questions_max a stream, and grpc_reflection_ms_max; one piece of the body and
// one answer at a time.
#pragma once

#include <memory>
#include <string_view>

#include "dispatcher/transport/grpc/descriptors.h"
#include "dispatcher/transport/grpc/grpc_call.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class GrpcReflection {
 public:
  explicit GrpcReflection(std::shared_ptr<ApiGate> gate);

  static bool has(std::string_view path);
  // The sink of a call; answers begin at once.
  std::unique_ptr<runtime::HttpBodySink> begin(std::shared_ptr<GrpcCall> call);
  // End all calls: the server is shutting down.
  void end_all();

 private:
  class Dialogue;
  class Questions;
  class Answers;

  const std::shared_ptr<ApiGate> gate_;
  const std::shared_ptr<const Descriptors> descriptors_;
  std::vector<std::weak_ptr<Dialogue>> dialogues_;
};

}  // namespace tocsin::dispatcher
