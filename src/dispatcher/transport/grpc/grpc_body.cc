#include "dispatcher/transport/grpc/grpc_body.h"

#include <fmt/format.h>
#include <utility>

#include <google/protobuf/message.h>

#include "base/limits.h"
#include "dispatcher/transport/grpc/grpc_status.h"

namespace tocsin::dispatcher {

absl::Status grpc_frame_fault(GrpcFrames::Step step) {
  if (step == GrpcFrames::Step::too_large) return grpc_message_too_large();
  return grpc_refusal(absl::StatusCode::kInternal,
                      "the body is not made of gRPC messages: a prefix begins with 0 or 1");
}

absl::Status grpc_half_message() {
  return grpc_refusal(absl::StatusCode::kInternal, "the body ends in the middle of a message");
}

absl::Status grpc_parse(const std::string& bytes, google::protobuf::Message& message) {
  if (message.ParseFromString(bytes)) return absl::OkStatus();
  return grpc_refusal(absl::StatusCode::kInvalidArgument,
                      fmt::format("the message is not a valid {}: generate the client from this "
                                  "server's schema",
                                  message.GetDescriptor()->full_name()));
}

GrpcOneMessage::GrpcOneMessage(std::shared_ptr<GrpcCall> call, Done done)
    : call_(std::move(call)), done_(std::move(done)), frames_(limits::http_body_bytes_max) {}

// The call is refused by its own words before this many have come.
size_t GrpcOneMessage::bytes_max() const { return limits::http_stream_bytes_max; }

size_t GrpcOneMessage::held_bytes() const {
  return frames_.held_bytes() + (message_ ? message_->bytes.size() : 0);
}

bool GrpcOneMessage::on_piece(std::string_view piece) {
  if (call_->is_over()) return true;
  if (auto status = take(piece); !status.ok()) call_->fail(status);
  return true;
}

absl::Status GrpcOneMessage::take(std::string_view piece) {
  while (!piece.empty()) {
    if (message_) {
      return grpc_refusal(absl::StatusCode::kUnimplemented,
                          "the call takes one message, and there are more");
    }
    GrpcMessage message;
    const GrpcFrames::Step step = frames_.take(piece, message);
    if (step == GrpcFrames::Step::more) break;
    if (step != GrpcFrames::Step::message) return grpc_frame_fault(step);
    message_ = std::move(message);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> GrpcOneMessage::whole() {
  if (!frames_.is_between()) return grpc_half_message();
  if (!message_) {
    return grpc_refusal(absl::StatusCode::kUnimplemented,
                        "the call takes one message, and there is none");
  }
  return call_->coding().decode(*std::exchange(message_, std::nullopt));
}

void GrpcOneMessage::on_end() {
  if (call_->is_over()) return;
  const auto message = whole();
  message.ok() ? done_(*message) : call_->fail(message.status());
}

GrpcListPieces::GrpcListPieces(const GrpcCoding& coding)
    : coding_(coding), frames_(limits::http_body_bytes_max) {}

void GrpcListPieces::feed(std::string_view bytes) {
  bytes_.erase(0, std::exchange(read_, 0));
  bytes_ += bytes;
}

absl::StatusOr<bool> GrpcListPieces::next(bool is_last, ListPiece& piece) {
  std::string_view bytes = std::string_view(bytes_).substr(read_);
  GrpcMessage message;
  const GrpcFrames::Step step = frames_.take(bytes, message);
  read_ = bytes_.size() - bytes.size();
  if (step == GrpcFrames::Step::more) {
    if (is_last && !frames_.is_between()) return grpc_half_message();
    return false;
  }
  if (step != GrpcFrames::Step::message) return grpc_frame_fault(step);
  const auto decoded = coding_.decode(std::move(message));
  if (!decoded.ok()) return decoded.status();
  piece.bytes = grpc_prefix_bytes + decoded->size();
  if (auto status = grpc_parse(*decoded, piece.request); !status.ok()) return status;
  return true;
}

}  // namespace tocsin::dispatcher
