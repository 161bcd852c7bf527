// AlertApi: the three REST calls a drill makes: create an app, send an alert, read its books.
//
// Thread: one owner; calls block it.  Bound: HttpsClient's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "drill/report.h"
#include "runtime/https_client.h"

namespace tocsin::drill {

struct AppKeys {
  std::string app;
  std::string send_key;
  std::string registration_key;  // as the server gave it
};

struct AlertRequest {
  std::string title;
  std::string body;
  std::string priority;  // "alert", "high", "normal", "low"
};

struct SentAlert {
  std::string message_id;
  uint64_t start_ns = 0;  // CLOCK_MONOTONIC right before the request was written
  uint64_t end_ns = 0;    // when the answer was there
};

class AlertApi {
 public:
  // `url` is https://host:port; `ca_pem` the authority it is checked with.
  static absl::StatusOr<AlertApi> create(const std::string& url, const std::string& ca_pem);

  // Errors of all calls carry the server's own message.
  absl::StatusOr<AppKeys> create_app(const std::string& admin_key, const std::string& app);

  // To every device of the app. The connection is used once before, so that no TCP or TLS handshake
  // is in the time from start_ns.
  absl::StatusOr<SentAlert> send(const AppKeys& keys, const AlertRequest& request);

  absl::StatusOr<Books> books(const AppKeys& keys, const std::string& message_id);

 private:
  explicit AlertApi(std::unique_ptr<runtime::HttpsClient> client);
  absl::StatusOr<std::string> call(const runtime::HttpsRequest& request);

  std::unique_ptr<runtime::HttpsClient> client_;
};

}  // namespace tocsin::drill
