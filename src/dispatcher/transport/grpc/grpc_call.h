// GrpcCall: one call over gRPC, from its head to its trailers.
//
//   open --answer() / fail()--> over        one answer, whole
//        --head() ... end()---> over        an answer in pieces (grpc_answers.h)
//        --deadline, caller has gone--> over, and whoever works for it is told to stop
//
// Thread: the connection's, except coding().
// Bound: one deadline.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dispatcher/transport/gate/answer_stream.h"
#include "dispatcher/transport/gate/api_gate.h"
#include "dispatcher/transport/grpc/grpc_coding.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class GrpcCall : public std::enable_shared_from_this<GrpcCall> {
 public:
  // `name` is what it is counted as, with the status `success` when all is well; outlives this.
  GrpcCall(std::shared_ptr<ApiGate> gate, std::string_view name, int success,
           runtime::HttpResponder respond);
  ~GrpcCall();  // on any thread; its deadline is forgotten
  GrpcCall(const GrpcCall&) = delete;
  GrpcCall& operator=(const GrpcCall&) = delete;

  // Read what the head says of the call's time and coding. False: it is refused and over.
  bool start(const runtime::HttpRequestHead& head);
  void vouch() {
    is_vouched_ = true;
    respond_.vouch();
  }
  bool is_vouched() const { return is_vouched_; }

  // Each ends the call, unless it is over.
  void answer(const google::protobuf::Message& message);
  void fail(const absl::Status& status);
  void answer_or_fail(const Answer& answer);

  // For an answer in pieces: what it begins with; its trailers, which end the call; and all of it
  // when there are no pieces.
  runtime::HttpResponse head() const;
  runtime::HttpFields end(const absl::Status& status);
  runtime::HttpResponse refusal(const absl::Status& status);

  // Run `stop` when the deadline has passed (DEADLINE_EXCEEDED), instead of fail(), or the caller
  // has gone (CANCELLED; the call is over then).
  void when_stopped(std::function<void(const absl::Status&)> stop) { stop_ = std::move(stop); }

  bool is_over() const { return over_; }
  const GrpcCoding& coding() const { return coding_; }
  runtime::HttpResponder responder() const { return respond_; }

 private:
  // False when it was over.
  bool close(const absl::Status& status);
  void on_deadline();
  void on_gone();

  const std::shared_ptr<ApiGate> gate_;
  const std::string_view name_;
  const int success_;
  const runtime::HttpResponder respond_;
  std::string content_type_;
  GrpcCoding coding_;
  std::optional<Deadlines::Id> deadline_;
  std::function<void(const absl::Status&)> stop_;
  bool is_vouched_ = false;
  bool over_ = false;
};

}  // namespace tocsin::dispatcher
