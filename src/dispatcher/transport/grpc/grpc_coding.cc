#include "dispatcher/transport/grpc/grpc_coding.h"

#include <fmt/format.h>
#include <utility>
#include <zlib.h>

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include "base/limits.h"
#include "dispatcher/transport/grpc/grpc_status.h"
#include "json/quotable.h"
#include "runtime/http_server/gunzip.h"

namespace tocsin::dispatcher {
namespace {

constexpr char codings_known[] = "identity,gzip";

bool takes_gzip(std::string_view accepted) {
  for (const absl::string_view coding :
       absl::StrSplit(absl::string_view(accepted.data(), accepted.size()), ',')) {
    if (absl::StripAsciiWhitespace(coding) == "gzip") return true;
  }
  return false;
}

// Packed by gzip; empty when that makes it no smaller.
std::string smaller_by_gzip(std::string_view bytes) {
  constexpr int gzip_with_largest_window = 16 + MAX_WBITS;
  constexpr int memory_level = 8;  // zlib's default
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, gzip_with_largest_window, memory_level,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string packed(bytes.size() - 1, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  const bool fits = deflate(&z, Z_FINISH) == Z_STREAM_END;
  packed.resize(fits ? z.total_out : 0);
  deflateEnd(&z);
  return packed;
}

}  // namespace

absl::StatusOr<GrpcCoding> GrpcCoding::of(const runtime::HttpHeaders& headers) {
  GrpcCoding coding;
  const std::string_view encoding = headers.find("grpc-encoding");
  coding.is_gzip_ = encoding == "gzip";
  if (!coding.is_gzip_ && !encoding.empty() && encoding != "identity") {
    return grpc_refusal(
        absl::StatusCode::kUnimplemented,
        fmt::format("messages compressed by {} are not understood here: send them by gzip, or as "
                    "they are",
                    json::quotable(std::string(encoding))));
  }
  coding.gzip_back_ = coding.is_gzip_ && takes_gzip(headers.find("grpc-accept-encoding"));
  return coding;
}

absl::StatusOr<std::string> GrpcCoding::decode(GrpcMessage message) const {
  if (!message.is_compressed) return std::move(message.bytes);
  if (!is_gzip_) {
    return grpc_refusal(absl::StatusCode::kInternal,
                        "a message is compressed, but the field grpc-encoding is missing");
  }
  std::string unpacked;
  switch (runtime::gunzip(message.bytes, limits::http_body_bytes_max, unpacked)) {
    case runtime::Gunzip::Step::ok:
      return unpacked;
    case runtime::Gunzip::Step::too_large:
      return grpc_message_too_large();
    case runtime::Gunzip::Step::broken:
      break;
  }
  return grpc_refusal(absl::StatusCode::kInternal, "a compressed message is not valid gzip");
}

std::string GrpcCoding::frame(std::string_view message) const {
  if (!gzip_back_ || message.size() < limits::grpc_gzip_bytes_min) {
    return grpc_frame(false, message);
  }
  const std::string packed = smaller_by_gzip(message);
  return packed.empty() ? grpc_frame(false, message) : grpc_frame(true, packed);
}

void GrpcCoding::add_fields(runtime::HttpFields& headers) const {
  if (gzip_back_) headers.emplace_back("grpc-encoding", "gzip");
  add_grpc_accept_encoding(headers);
}

absl::Status grpc_message_too_large() {
  return grpc_refusal(absl::StatusCode::kResourceExhausted,
                      fmt::format("the message is too large: at most {} bytes, unpacked",
                                  limits::http_body_bytes_max));
}

void add_grpc_accept_encoding(runtime::HttpFields& headers) {
  headers.emplace_back("grpc-accept-encoding", codings_known);
}

}  // namespace tocsin::dispatcher
