#include "dispatcher/transport/grpc/grpc_frames.h"

#include <algorithm>
#include <utility>

namespace tocsin::dispatcher {

GrpcFrames::Step GrpcFrames::take(std::string_view& bytes, GrpcMessage& message) {
  if (prefix_bytes_ < grpc_prefix_bytes) {
    for (; prefix_bytes_ < grpc_prefix_bytes && !bytes.empty(); bytes.remove_prefix(1)) {
      prefix_[prefix_bytes_++] = static_cast<uint8_t>(bytes.front());
    }
    if (prefix_bytes_ < grpc_prefix_bytes) return Step::more;
    if (prefix_[0] > 1) return Step::broken;
    length_ = 0;
    for (size_t i = 1; i < grpc_prefix_bytes; ++i) length_ = length_ << 8 | prefix_[i];
    if (length_ > bytes_max_) return Step::too_large;
  }
  const size_t taken = std::min(bytes.size(), length_ - message_.bytes.size());
  message_.bytes.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  if (message_.bytes.size() < length_) return Step::more;
  message_.is_compressed = prefix_[0] == 1;
  message = std::exchange(message_, {});
  prefix_bytes_ = 0;
  return Step::message;
}

std::string grpc_frame(bool is_compressed, std::string_view bytes) {
  std::string frame;
  frame.reserve(grpc_prefix_bytes + bytes.size());
  frame += is_compressed ? '\1' : '\0';
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(bytes.size() >> shift & 0xff);
  frame += bytes;
  return frame;
}

}  // namespace tocsin::dispatcher
