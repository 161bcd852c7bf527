// ApiClient: calls the API for `tocsin`.
//
// Thread: one owner; calls block.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <absl/status/statusor.h>

#include "runtime/http/https_client.h"

namespace google::protobuf {
class Message;
}

namespace tocsin::cli {

class ApiClient {
 public:
  // INVALID_ARGUMENT for a server that is not an https URL or a `ca` that cannot be read.
  static absl::StatusOr<ApiClient> create(const std::string& server, const std::string& ca);

  // The key that every call from now on sends.
  void use_key(std::string key) { key_ = std::move(key); }

  // Any HTTP status is an answer; an error means that there was no answer.
  absl::StatusOr<runtime::HttpsAnswer> get(const std::string& target);
  absl::StatusOr<runtime::HttpsAnswer> post(const std::string& target,
                                            const google::protobuf::Message& body);
  absl::StatusOr<runtime::HttpsAnswer> patch(const std::string& target,
                                             const google::protobuf::Message& body);
  absl::StatusOr<runtime::HttpsAnswer> remove(const std::string& target);
  // An answer that comes in pieces, and a body of lines that does; see https_client.h.
  absl::StatusOr<runtime::HttpsAnswer> stream(const std::string& target,
                                              const runtime::HttpsClient::OnPiece& on_piece);
  absl::StatusOr<runtime::HttpsAnswer> upload(const std::string& target,
                                              const runtime::HttpsClient::NextPiece& next);

 private:
  absl::StatusOr<runtime::HttpsAnswer> call_with_body(const char* method, const std::string& target,
                                                      const google::protobuf::Message& body);
  explicit ApiClient(std::unique_ptr<runtime::HttpsClient> https) : https_(std::move(https)) {}

  std::unique_ptr<runtime::HttpsClient> https_;
  std::string key_;
};

// Fill `message` from an answer's JSON; false when it is not such a message. Fields of newer
// servers are skipped.
bool parse_answer(const std::string& json, google::protobuf::Message& message);

// `text` percent-encoded, as one segment of a path or one value in a query.
std::string path_segment(const std::string& text);

}  // namespace tocsin::cli
