#include "dispatcher/transport/grpc/grpc_status.h"

#include <fmt/format.h>

#include <absl/strings/escaping.h>
#include <google/rpc/status.pb.h>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {
namespace {

constexpr char refusal_mark[] = "tocsin.grpc_refusal";

bool has_body(const absl::Status& status) { return !status.GetPayload(refusal_mark); }

void add_body(const absl::Status& status, runtime::HttpFields& trailers) {
  const v1::ErrorResponse::Body body = error_body(status);
  const std::string bytes = body.SerializeAsString();
  trailers.emplace_back("tocsin-error-bin", grpc_binary_value(bytes));
  if (bytes.size() > limits::grpc_details_bytes_max) return;
  google::rpc::Status details;
  details.set_code(status.raw_code());
  details.set_message(body.message());
  details.add_details()->PackFrom(body);
  trailers.emplace_back("grpc-status-details-bin", grpc_binary_value(details.SerializeAsString()));
}

}  // namespace

runtime::HttpFields grpc_trailers(const absl::Status& status) {
  runtime::HttpFields trailers{{"grpc-status", fmt::format("{}", status.raw_code())}};
  if (status.ok()) return trailers;
  trailers.emplace_back("grpc-message", grpc_percent_encoded(std::string(status.message())));
  if (has_body(status)) add_body(status, trailers);
  return trailers;
}

absl::Status grpc_refusal(absl::StatusCode code, std::string_view message) {
  absl::Status status(code, {message.data(), message.size()});
  status.SetPayload(refusal_mark, absl::Cord());
  return status;
}

int grpc_counted_status(const absl::Status& status, int success) {
  constexpr int client_has_gone = 499;  // as proxies write it into their logs
  constexpr int not_implemented = 501;
  if (status.ok()) return success;
  if (absl::IsCancelled(status)) return client_has_gone;
  if (absl::IsUnimplemented(status)) return not_implemented;
  return error_body(status).code();
}

std::string grpc_percent_encoded(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string grpc_binary_value(std::string_view bytes) {
  std::string value = absl::Base64Escape({bytes.data(), bytes.size()});
  while (value.ends_with('=')) value.pop_back();
  return value;
}

}  // namespace tocsin::dispatcher
