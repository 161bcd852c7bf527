#include "cli/api_client.h"

#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include <google/protobuf/message.h>

#include "json/from_json.h"
#include "json/to_json.h"

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

absl::StatusOr<runtime::HttpsAnswer> ApiClient::get(const std::string& target) {
  return https_->call({.method = "GET", .target = target, .bearer_token = key_});
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::post(const std::string& target,
                                                     const google::protobuf::Message& body) {
  return call_with_body("POST", target, body);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::patch(const std::string& target,
                                                      const google::protobuf::Message& body) {
  return call_with_body("PATCH", target, body);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::remove(const std::string& target) {
  return https_->call({.method = "DELETE", .target = target, .bearer_token = key_});
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::stream(
    const std::string& target, const runtime::HttpsClient::OnPiece& on_piece) {
  return https_->stream({.method = "GET", .target = target, .bearer_token = key_}, on_piece);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::upload(
    const std::string& target, const runtime::HttpsClient::NextPiece& next) {
  return https_->upload({.method = "POST",
                         .target = target,
                         .bearer_token = key_,
                         .content_type = "application/x-ndjson"},
                        next);
}

absl::StatusOr<runtime::HttpsAnswer> ApiClient::call_with_body(
    const char* method, const std::string& target, const google::protobuf::Message& body) {
  auto json = json::try_to_json(body, json::Zeros::omit);
  if (!json.ok()) return json.status();
  json->pop_back();  // a body does not end in a newline
  return https_->call(
      {.method = method, .target = target, .bearer_token = key_, .body = *std::move(json)});
}

bool parse_answer(const std::string& json, google::protobuf::Message& message) {
  return json::from_json(json, message, json::UnknownFields::skip).ok();
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
