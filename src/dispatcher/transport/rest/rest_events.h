// RestEvents: the answers to a call that has several, over HTTP: server-sent events.
//
//   id: 1                       one for each answer, counted from 1
//   data: {...}                 the answer as JSON
//
//   : alive                     a comment, when nothing else was said for a while
//
//   event: end                  the last event; or "error", with the error as its data
//   data: {}
//
// An error before the first answer is an ordinary HTTP answer.
//
// Thread: as AnswerWriter says.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/answer_stream.h"
#include "dispatcher/transport/gate/api_gate.h"

namespace tocsin::dispatcher {

class RestEvents final : public AnswerWriter {
 public:
  RestEvents(std::shared_ptr<ApiGate> gate, const Method& method)
      : gate_(std::move(gate)), method_(method) {}

  std::string piece(const google::protobuf::Message& answer) override;
  runtime::HttpResponse head() override;
  std::string keep_alive() override { return ": alive\n\n"; }
  End end(const absl::Status& status) override;
  runtime::HttpResponse refusal(const absl::Status& status) override;

 private:
  const std::shared_ptr<ApiGate> gate_;
  const Method& method_;
  uint64_t last_id_ = 0;  // of piece()
};

}  // namespace tocsin::dispatcher
