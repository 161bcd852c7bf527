// Any body of a gRPC call, in any pieces: the same messages or the same fault as in one piece, never
// more held than a message of the bound; and what was read, framed again, is what was sent.
//
//   1 byte: the size of the pieces   the body
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "dispatcher/transport/grpc/grpc_coding.h"
#include "dispatcher/transport/grpc/grpc_frames.h"

using namespace tocsin;
using dispatcher::GrpcFrames;
using dispatcher::GrpcMessage;

namespace {

constexpr size_t bytes_max = 1000;

struct Outcome {
  std::vector<GrpcMessage> messages;
  GrpcFrames::Step last = GrpcFrames::Step::more;
  bool is_between = true;
};

Outcome read(std::string_view body, size_t piece_bytes) {
  GrpcFrames frames(bytes_max);
  Outcome outcome;
  while (!body.empty()) {
    std::string_view piece = body.substr(0, piece_bytes);
    body.remove_prefix(piece.size());
    do {
      GrpcMessage message;
      outcome.last = frames.take(piece, message);
      TOCSIN_CHECK(frames.held_bytes() <= bytes_max + dispatcher::grpc_prefix_bytes);
      if (outcome.last == GrpcFrames::Step::message) outcome.messages.push_back(message);
    } while (outcome.last == GrpcFrames::Step::message && !piece.empty());
    if (outcome.last > GrpcFrames::Step::more) return outcome;
  }
  outcome.is_between = frames.is_between();
  return outcome;
}

void check_same(const Outcome& one, const Outcome& other) {
  TOCSIN_CHECK(one.messages.size() == other.messages.size());
  for (size_t i = 0; i < one.messages.size(); ++i) {
    TOCSIN_CHECK(one.messages[i].bytes == other.messages[i].bytes);
    TOCSIN_CHECK(one.messages[i].is_compressed == other.messages[i].is_compressed);
  }
  TOCSIN_CHECK((one.last > GrpcFrames::Step::more) == (other.last > GrpcFrames::Step::more));
  TOCSIN_CHECK(one.is_between == other.is_between);
}

// Whatever was packed is unpacked within the bound, or refused.
void check_decoded(const GrpcMessage& message) {
  runtime::HttpHeaders headers;
  headers.add("grpc-encoding", "gzip");
  const auto decoded = dispatcher::GrpcCoding::of(headers)->decode(message);
  TOCSIN_CHECK(!decoded.ok() || decoded->size() <= limits::http_body_bytes_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece_bytes = std::max<size_t>(1, data[0]);
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const Outcome whole = read(body, std::max<size_t>(1, body.size()));
  check_same(whole, read(body, piece_bytes));
  std::string again;
  for (const GrpcMessage& message : whole.messages) {
    again += dispatcher::grpc_frame(message.is_compressed, message.bytes);
    check_decoded(message);
  }
  TOCSIN_CHECK(body.starts_with(again));
  return 0;
}
