// The body of a gRPC call, as its kind of method wants it.
//
//   GrpcOneMessage   exactly one message (unary calls, and those with several answers)
//   GrpcListPieces   any number of SendToListRequest
//
// Thread: the connection's.
// Bound: one message of http_body_bytes_max; GrpcListPieces besides what was fed and not asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <absl/functional/any_invocable.h>

#include "dispatcher/transport/gate/list_call.h"
#include "dispatcher/transport/grpc/grpc_call.h"
#include "dispatcher/transport/grpc/grpc_frames.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

// What is wrong with a body, by what GrpcFrames says of it.
absl::Status grpc_frame_fault(GrpcFrames::Step step);
// INTERNAL: the body ends in the middle of a message.
absl::Status grpc_half_message();
// INTERNAL: the bytes are no message of this type.
absl::Status grpc_parse(const std::string& bytes, google::protobuf::Message& message);

class GrpcOneMessage final : public runtime::HttpBodySink {
 public:
  // `done` gets the message, unpacked; what is wrong with it fails the call instead.
  using Done = absl::AnyInvocable<void(const std::string& message)>;
  GrpcOneMessage(std::shared_ptr<GrpcCall> call, Done done);

  size_t bytes_max() const override;
  bool on_piece(std::string_view piece) override;
  void on_end() override;
  size_t held_bytes() const override;

 private:
  absl::Status take(std::string_view piece);
  absl::StatusOr<std::string> whole();

  const std::shared_ptr<GrpcCall> call_;
  Done done_;
  GrpcFrames frames_;
  std::optional<GrpcMessage> message_;
};

class GrpcListPieces final : public ListSource {
 public:
  explicit GrpcListPieces(const GrpcCoding& coding);

  void feed(std::string_view bytes) override;
  absl::StatusOr<bool> next(bool is_last, ListPiece& piece) override;
  size_t held_bytes() const override { return bytes_.size() - read_ + frames_.held_bytes(); }

 private:
  const GrpcCoding coding_;
  GrpcFrames frames_;
  std::string bytes_;
  size_t read_ = 0;  // of bytes_
};

}  // namespace tocsin::dispatcher
