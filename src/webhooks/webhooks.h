// Webhooks: posts what happened to messages to the apps' webhooks, app by app in order.
//
//   idle --events wait--> read --> posting --2xx--> WebhookAdvanced in the log --> idle
//    ^                                |--else, on the last attempt--> the same, given up
//    `--after a pause-----------------'--else
//
// The events belong to storage and leave it when the log says that the webhook has had them; events
// that were being posted when the server died are posted again. An app has one request under way;
// a failed one is repeated with the same events.
//
// Thread: owns a shard, so that nothing here delays a send. All public calls from any thread;
// done() is called on that shard, or never when it stops.
// Bound: webhook_posts_max requests at once, and one test per app besides.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "cluster/bus.h"
#include "cluster/log.h"
#include "cluster/storage_client.h"
#include "webhooks/options.h"

namespace tocsin::webhooks {

// What this process has learned about an app's webhook since it started; 0 and "": nothing.
struct WebhookState {
  uint32_t failed_attempts = 0;  // in a row
  std::string last_error = {};   // of these attempts
  uint64_t last_success_ms = 0;
  uint64_t next_attempt_ms = 0;  // after one that failed
};

// What came back from a test.
struct WebhookTried {
  int status = 0;          // 0: no answer
  std::string error = {};  // "": it answered 2xx
  uint32_t took_ms = 0;
};

class Webhooks {
 public:
  // INVALID_ARGUMENT for an authority or a proxy that does not parse. Log, bus and storage outlive
  // the result, which must outlive the traffic on the bus (cluster/bus.h).
  static absl::StatusOr<std::unique_ptr<Webhooks>> start(Options options, cluster::Log& log,
                                                         cluster::Bus& bus,
                                                         cluster::StorageClient& storage);
  ~Webhooks();  // stops

  void state(AppId app, absl::AnyInvocable<void(WebhookState)> done);
  // RESOURCE_EXHAUSTED: a test of this app is under way, or too many tests are. Requires an app
  // with a webhook; NOT_FOUND if it has lost it in the meantime.
  void test(AppId app, absl::AnyInvocable<void(absl::StatusOr<WebhookTried>)> done);

  // Abort what is under way, end the shard. Idempotent.
  void stop();

 private:
  class Impl;
  explicit Webhooks(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::webhooks
