// AlertApi: the REST calls a drill makes: create an app, send an alert, read its books and a
// counter.
//
// Thread: one owner; calls block it.  Bound: HttpsClient's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/report.h"
#include "runtime/http/https_client.h"

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

  // Use the connection once, so that the next call needs no TCP or TLS handshake.
  absl::Status warm_up(const AppKeys& keys);
  // To every device of the app. Call warm_up() right before, or a handshake is in the time.
  absl::StatusOr<SentAlert> send(const AppKeys& keys, const AlertRequest& request);

  absl::StatusOr<Books> books(const AppKeys& keys, const std::string& message_id);

  // Sum of the metric `name` over its labels (GET /metrics). NOT_FOUND when there is none.
  absl::StatusOr<double> metric(const std::string& admin_key, const std::string& name);
  // Each value of `name` whose labels have `label` (key="value"), in the server's order.
  absl::StatusOr<std::vector<double>> metrics(const std::string& admin_key, const std::string& name,
                                              const std::string& label);

 private:
  explicit AlertApi(std::unique_ptr<runtime::HttpsClient> client);
  absl::StatusOr<std::string> call(const runtime::HttpsRequest& request);

  std::unique_ptr<runtime::HttpsClient> client_;
};

// The sum of the metric `name` over its labels in Prometheus' text format; nullopt when it has
// none.
std::optional<double> metric_in(std::string_view text, std::string_view name);
std::vector<double> metrics_in(std::string_view text, std::string_view name,
                               std::string_view label);

}  // namespace tocsin::drill
