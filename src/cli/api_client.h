// ApiClient: the calls of the API that `tocsin` makes.
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
  // INVALID_ARGUMENT for a server that is no https URL or a `ca` that cannot be read.
  static absl::StatusOr<ApiClient> create(const std::string& server, const std::string& ca);

  // What each call from now on shows.
  void use_key(std::string key) { key_ = std::move(key); }

  // Any HTTP status is an answer; the error means that there is none.
  absl::StatusOr<runtime::HttpsAnswer> get(const std::string& target);
  absl::StatusOr<runtime::HttpsAnswer> post(const std::string& target,
                                            const google::protobuf::Message& body);
  absl::StatusOr<runtime::HttpsAnswer> patch(const std::string& target,
                                             const google::protobuf::Message& body);
  absl::StatusOr<runtime::HttpsAnswer> remove(const std::string& target);
  // An answer that goes on, and a body of lines that comes in pieces; see https_client.h.
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

// `text` as one segment of a path, or a value of a query, percent-encoded.
std::string path_segment(const std::string& text);

}  // namespace tocsin::cli
