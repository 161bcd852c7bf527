#include "cli/api_client.h"

#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "base/check.h"

namespace tocsin::cli {

absl::StatusOr<ApiClient> ApiClient::create(const std::string& server, const std::string& ca) {
  runtime::HttpsClientOptions options{.server = server, .takes_proxy = true};
  if (!ca.empty()) {
    std::ifstream file(ca, std::ios::binary);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    options.ca_pem = text.str();
    if (options.ca_pem.empty()) {
      return absl::InvalidArgumentError(
          fmt::format("cannot read the certificate authority {}", ca));
    }
  }
  auto https = runtime::HttpsClient::create(std::move(options));
  if (!https.ok()) return https.status();
  return ApiClient(*std::move(https));
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::get(const std::string& target,
                                                    const std::string& key) {
  return https_->call({.method = "GET", .target = target, .bearer_token = key});
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::post(const std::string& target,
                                                     const std::string& key,
                                                     const google::protobuf::Message& body) {
  return call_with_body("POST", target, key, body);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::patch(const std::string& target,
                                                      const std::string& key,
                                                      const google::protobuf::Message& body) {
  return call_with_body("PATCH", target, key, body);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::remove(const std::string& target,
                                                       const std::string& key) {
  return https_->call({.method = "DELETE", .target = target, .bearer_token = key});
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::stream(
    const std::string& target, const std::string& key,
    const runtime::HttpsClient::OnPiece& on_piece) {
  return https_->stream({.method = "GET", .target = target, .bearer_token = key}, on_piece);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::upload(
    const std::string& target, const std::string& key,
    const runtime::HttpsClient::NextPiece& next) {
  return https_->upload({.method = "POST",
                         .target = target,
                         .bearer_token = key,
                         .content_type = "application/x-ndjson"},
                        next);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::call_with_body(
    const char* method, const std::string& target, const std::string& key,
    const google::protobuf::Message& body) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(body, &json);
  if (!status.ok()) return absl::InvalidArgumentError("the text is not valid UTF-8");
  return https_->call(
      {.method = method, .target = target, .bearer_token = key, .body = std::move(json)});
}

bool parse_answer(const std::string& json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage(json, &message, options).ok();
}

std::string json_line(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  // What came as JSON goes as JSON.
  TOCSIN_CHECK(google::protobuf::util::MessageToJsonString(message, &json, options).ok());
  return json + '\n';
}

std::string path_segment(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_' || byte == '.';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

}  // namespace tocsin::cli
