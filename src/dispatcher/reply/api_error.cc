#include "dispatcher/reply/api_error.h"

#include <fmt/format.h>

#include "json/to_json.h"

namespace tocsin::dispatcher {
namespace {

constexpr char payload_name[] = "tocsin.v1.ErrorResponse.Body";
constexpr uint32_t retry_after_s_default = 1;

v1::ErrorResponse::Body payload_of(const absl::Status& status) {
  v1::ErrorResponse::Body body;
  const auto payload = status.GetPayload(payload_name);
  if (payload) body.ParseFromString(std::string(*payload));
  return body;
}

absl::Status with_payload(absl::Status status, const v1::ErrorResponse::Body& body) {
  status.SetPayload(payload_name, absl::Cord(body.SerializeAsString()));
  return status;
}

int http_status_of(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

const char* name_of_http(int http_status) {
  switch (http_status) {
    case 405:
    case 501:
    case 505:
      return "UNIMPLEMENTED";
    case 408:
      return "DEADLINE_EXCEEDED";
    case 503:
      return "UNAVAILABLE";
    default:
      return http_status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}

runtime::HttpResponse response_of(const v1::ErrorResponse::Body& body) {
  v1::ErrorResponse response;
  *response.mutable_error() = body;
  runtime::HttpResponse answer{.status = body.code(),
                               .body = json::to_json(response, json::Zeros::omit)};
  if (body.retry_after_s() > 0) {
    answer.headers.emplace_back("retry-after", fmt::format("{}", body.retry_after_s()));
  }
  if (body.code() == 401) answer.headers.emplace_back("www-authenticate", "Bearer");
  return answer;
}

}  // namespace

absl::Status with_field(absl::Status status, const std::string& field,
                        const std::string& description) {
  if (status.ok()) status = absl::InvalidArgumentError(fmt::format("{}: {}", field, description));
  v1::ErrorResponse::Body body = payload_of(status);
  auto* violation = body.add_field_violations();
  violation->set_field(field);
  violation->set_description(description);
  return with_payload(std::move(status), body);
}

absl::Status invalid_field(const std::string& field, const std::string& description) {
  return with_field(absl::OkStatus(), field, description);
}

absl::Status with_retry_after(absl::Status status, uint32_t seconds) {
  v1::ErrorResponse::Body body = payload_of(status);
  body.set_retry_after_s(seconds);
  return with_payload(std::move(status), body);
}

v1::ErrorResponse::Body error_body(const absl::Status& status) {
  v1::ErrorResponse::Body body = payload_of(status);
  body.set_code(http_status_of(status.code()));
  // Codes without an HTTP status of their own are our bugs, and are all called INTERNAL.
  body.set_status(body.code() == 500 && status.code() != absl::StatusCode::kDataLoss
                      ? "INTERNAL"
                      : absl::StatusCodeToString(status.code()));
  body.set_message(std::string(status.message()));
  const bool passing = body.code() == 429 || body.code() == 503;
  if (passing && body.retry_after_s() == 0) body.set_retry_after_s(retry_after_s_default);
  return body;
}

runtime::HttpResponse error_response(const absl::Status& status) {
  return response_of(error_body(status));
}

runtime::HttpResponse http_error_response(int http_status, const std::string& message) {
  v1::ErrorResponse::Body body;
  body.set_code(http_status);
  body.set_status(name_of_http(http_status));
  body.set_message(message);
  if (http_status == 503) body.set_retry_after_s(retry_after_s_default);
  return response_of(body);
}

}  // namespace tocsin::dispatcher
