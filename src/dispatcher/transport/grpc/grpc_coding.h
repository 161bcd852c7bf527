// GrpcCoding: how the messages of one call are compressed, both ways (gRPC's compression.md).
//
// A request may come by gzip. Its answer goes by gzip when the caller takes that, has used it
// himself, and the message gets smaller by it.
//
// Thread: value; its functions from any.
// Bound: http_body_bytes_max for a request, packed and unpacked.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "dispatcher/transport/grpc/grpc_frames.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::dispatcher {

class GrpcCoding {
 public:
  // What the head says; UNIMPLEMENTED for a coding that is not known.
  static absl::StatusOr<GrpcCoding> of(const runtime::HttpHeaders& headers);

  // A message as it was before it was compressed. INTERNAL when it cannot be unpacked,
  // RESOURCE_EXHAUSTED when that is too large.
  absl::StatusOr<std::string> decode(GrpcMessage message) const;
  // A message with its prefix.
  std::string frame(std::string_view message) const;
  // Announce to the caller how it is done.
  void add_fields(runtime::HttpFields& headers) const;

 private:
  bool is_gzip_ = false;    // the caller's messages may be
  bool gzip_back_ = false;  // ours may be
};

// RESOURCE_EXHAUSTED: a message longer than http_body_bytes_max.
absl::Status grpc_message_too_large();
// The fields of every answer: what codings are known here.
void add_grpc_accept_encoding(runtime::HttpFields& headers);

}  // namespace tocsin::dispatcher
