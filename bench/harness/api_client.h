// ApiClient: the REST calls that benches make: create an app, list its devices, send an alert, read
// its books and a counter.
//
// Thread: one owner; calls block it.  Bound: HttpsClient's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>
#include <boost/describe.hpp>

#include "runtime/http/https_client.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::bench {

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

// The server's own books of one alert (GET /v1/apps/{app}/messages/{id}).
struct Books {
  uint64_t targeted = 0;
  uint64_t pending = 0;
  uint64_t delivered = 0;
  uint64_t expired = 0;
  uint64_t dropped = 0;
};
BOOST_DESCRIBE_STRUCT(Books, (), (targeted, pending, delivered, expired, dropped))

class ApiClient {
 public:
  // `url` is https://host:port; `ca_pem` the authority it is checked with.
  static absl::StatusOr<ApiClient> create(const std::string& url, const std::string& ca_pem);

  // Errors of all calls carry the server's own message.
  absl::StatusOr<AppKeys> create_app(const std::string& admin_key, const std::string& app);

  // Use the connection once, so that the next call needs no TCP or TLS handshake.
  absl::Status warm_up(const AppKeys& keys);
  // To every device of the app. Call warm_up() right before, or a handshake is in the time.
  absl::StatusOr<SentAlert> send(const AppKeys& keys, const AlertRequest& request);

  // All devices of the app.
  absl::StatusOr<std::vector<v1::Device>> devices(const AppKeys& keys);
  absl::StatusOr<Books> books(const AppKeys& keys, const std::string& message_id);

  // Each value of the metric `name` (GET /metrics) whose labels have `label` (key="value", or
  // nothing for all), in the server's order.
  absl::StatusOr<std::vector<double>> metrics(const std::string& admin_key, const std::string& name,
                                              const std::string& label);
  // Their sum: 0 for one that has not been counted yet.
  absl::StatusOr<double> counter(const std::string& admin_key, const std::string& name,
                                 const std::string& label);

 private:
  explicit ApiClient(std::unique_ptr<runtime::HttpsClient> client) : client_(std::move(client)) {}
  template <typename Message>
  absl::StatusOr<Message> call(const runtime::HttpsRequest& request);
  absl::StatusOr<std::string> call_for_text(const runtime::HttpsRequest& request);

  std::unique_ptr<runtime::HttpsClient> client_;
};

// A message as JSON, for a call of another.
std::string json_of(const google::protobuf::Message& message);

// The same as ApiClient::metrics(), of Prometheus' text format.
std::vector<double> metrics_in(std::string_view text, std::string_view name,
                               std::string_view label);

}  // namespace tocsin::bench
