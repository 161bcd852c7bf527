#include "dispatcher/transport/grpc/grpc_call.h"

#include <utility>

#include <google/protobuf/message.h>

#include "base/clock.h"
#include "dispatcher/transport/grpc/grpc_status.h"
#include "dispatcher/transport/grpc/grpc_timeout.h"

namespace tocsin::dispatcher {
GrpcCall::GrpcCall(std::shared_ptr<ApiGate> gate, std::string_view name, int success,
                   runtime::HttpResponder respond)
    : gate_(std::move(gate)), name_(name), success_(success), respond_(std::move(respond)) {}

GrpcCall::~GrpcCall() {
  if (over_ || !deadline_) return;
  gate_->here([gate = gate_, deadline = *deadline_] { gate->deadlines().remove(deadline); });
}

bool GrpcCall::start(const runtime::HttpRequestHead& head) {
  // As the caller has it: with the name of the format, or without.
  content_type_ = head.headers.media_type();
  auto coding = GrpcCoding::of(head.headers);
  if (!coding.ok()) {
    fail(coding.status());
    return false;
  }
  coding_ = *coding;
  respond_.when_gone([call = weak_from_this()] {
    if (const auto alive = call.lock()) alive->on_gone();
  });
  const std::string_view timeout = head.headers.find("grpc-timeout");
  if (timeout.empty()) return true;
  const auto timeout_ms = parse_grpc_timeout(timeout);
  if (!timeout_ms) {
    fail(grpc_refusal(absl::StatusCode::kInvalidArgument,
                      "grpc-timeout: must be one to eight digits and one of H M S m u n"));
    return false;
  }
  deadline_ = gate_->deadlines().add(monotonic_ms() + *timeout_ms, [call = weak_from_this()] {
    if (const auto alive = call.lock()) alive->on_deadline();
  });
  return true;
}

bool GrpcCall::close(const absl::Status& status) {
  if (std::exchange(over_, true)) return false;
  if (deadline_) gate_->deadlines().remove(*deadline_);
  gate_->counts().add(name_, Transport::grpc, grpc_counted_status(status, success_));
  return true;
}

void GrpcCall::answer(const google::protobuf::Message& message) {
  if (!close(absl::OkStatus())) return;
  runtime::HttpResponse response = head();
  response.body = coding_.frame(message.SerializeAsString());
  response.trailers = grpc_trailers(absl::OkStatus());
  respond_(std::move(response));
}

void GrpcCall::fail(const absl::Status& status) {
  if (!over_) respond_(refusal(status));
}

void GrpcCall::answer_or_fail(const Answer& given) {
  given.ok() ? answer(**given) : fail(given.status());
}

runtime::HttpResponse GrpcCall::head() const {
  runtime::HttpResponse head{.content_type = content_type_, .says_length = false};
  coding_.add_fields(head.headers);
  return head;
}

runtime::HttpFields GrpcCall::end(const absl::Status& status) {
  close(status);
  return grpc_trailers(status);
}

// "Trailers-Only": the head is all there is.
runtime::HttpResponse GrpcCall::refusal(const absl::Status& status) {
  close(status);
  runtime::HttpResponse response{
      .content_type = content_type_, .headers = grpc_trailers(status), .says_length = false};
  add_grpc_accept_encoding(response.headers);
  return response;
}

void GrpcCall::on_deadline() {
  if (over_) return;
  const absl::Status late = absl::DeadlineExceededError(
      "the call's deadline has passed; it may still take effect: look before you repeat it");
  stop_ ? std::exchange(stop_, nullptr)(late) : fail(late);
}

void GrpcCall::on_gone() {
  const absl::Status gone = grpc_refusal(absl::StatusCode::kCancelled, "the caller has gone");
  if (close(gone) && stop_) std::exchange(stop_, nullptr)(gone);
}

}  // namespace tocsin::dispatcher
