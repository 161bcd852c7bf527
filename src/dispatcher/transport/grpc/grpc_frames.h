// GrpcFrames: the messages in the body of a gRPC call, each with its prefix (PROTOCOL-HTTP2,
// "Length-Prefixed-Message"):
//
//   1 byte: 0, or 1 when the message is compressed   4 bytes: its length, big-endian   the message
//
// Thread: one owner.
// Bound: one message of bytes_max; a longer one is refused by its prefix.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin::dispatcher {

inline constexpr size_t grpc_prefix_bytes = 5;

struct GrpcMessage {
  bool is_compressed = false;
  std::string bytes = {};
};

class GrpcFrames {
 public:
  enum class Step {
    message,    // one is complete
    more,       // all bytes were taken
    too_large,  // the prefix announces more than bytes_max
    broken      // a prefix that does not exist
  };

  explicit GrpcFrames(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Take bytes off the front of `bytes`, at most to the end of a message, which then is in
  // `message`. Must not be called again after too_large or broken.
  Step take(std::string_view& bytes, GrpcMessage& message);

  // No message is half here: the body may end.
  bool is_between() const { return prefix_bytes_ == 0; }
  size_t held_bytes() const { return prefix_bytes_ + message_.bytes.size(); }

 private:
  const size_t bytes_max_;
  std::array<uint8_t, grpc_prefix_bytes> prefix_{};
  size_t prefix_bytes_ = 0;  // of the message that comes
  size_t length_ = 0;        // of it, once the prefix is complete
  GrpcMessage message_;
};

// `bytes` with their prefix.
std::string grpc_frame(bool is_compressed, std::string_view bytes);

}  // namespace tocsin::dispatcher
