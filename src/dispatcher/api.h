// Api: the calls of the schema, whatever transport they arrive over.
//
//   REST  --+
//           +--> ApiGate --> admit(): may this key make the call? --> call() --> Reply
//   gRPC  --+
//
// Nothing here blocks: calls that need the log or storage are answered later, so that an alert
// finds the shard free.
//
// Thread: the dispatcher's shard.
// Bound: those of its parts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "dispatcher/manage/app_keys.h"
#include "dispatcher/manage/apps.h"
#include "dispatcher/manage/audiences.h"
#include "dispatcher/manage/devices.h"
#include "dispatcher/manage/server_calls.h"
#include "dispatcher/manage/webhook_calls.h"
#include "dispatcher/options.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/keys.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/reply_stream.h"
#include "dispatcher/reply/schema.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/report/reports.h"
#include "dispatcher/report/series.h"
#include "dispatcher/report/totals.h"
#include "dispatcher/report/watches.h"
#include "dispatcher/send/due_schedules.h"
#include "dispatcher/send/list_send.h"
#include "dispatcher/send/send_batch.h"
#include "dispatcher/send/sends.h"

namespace tocsin::dispatcher {

// What the connections' threads have to know of the API without asking.
struct ApiState {
  Keys keys;
  bool is_serving = true;  // false: it cannot do what calls ask for
  bool is_ending = false;  // and takes no more of them
};

class Api {
 public:
  // `webhooks` outlives this.
  Api(const Options& options, Services services, webhooks::Webhooks& webhooks,
      const cluster::StorageCounts& counts);

  void on_apps_changed(cluster::AppsChanged apps);

  // Tell `follow` the state now, and whenever it has changed, before any call that changed it is
  // answered. One follower.
  void follow(std::function<void(const ApiState&)> follow);

  // The caller, from the text of "Authorization" and the app the call is about. UNAUTHENTICATED,
  // PERMISSION_DENIED or NOT_FOUND: see Keys.
  absl::StatusOr<Caller> admit(const Method& method, const std::string& authorization,
                               const std::string& app) const;
  // A reply for a call that has started.
  Reply open(Reply::Respond respond);
  // Requires that `request` is of the method's type and that the caller was admitted to it.
  void call(const Method& method, const Caller& caller, const google::protobuf::Message& request,
            Reply reply);
  // A call with several answers, with the text of "Authorization"; errors come as the end of the
  // stream. Requires that `request` is of the method's type.
  void call(const Method& method, const std::string& authorization,
            const google::protobuf::Message& request, std::shared_ptr<ReplyStream> stream);
  // Start a list that comes in pieces.
  std::shared_ptr<ListSend> new_list() { return std::make_shared<ListSend>(services_, sends_); }
  // Add one piece; the first one needs a key that may send.
  absl::Status add_to_list(ListSend& list, const Method& method, const std::string& authorization,
                           const std::string& app, const v1::SendToListRequest& piece);
  void finish_list(ListSend& list, const Method& method, const std::string& authorization,
                   const std::string& app, Reply reply);

  // Expire replies. Call it every tick_ms.
  void tick();
  static constexpr uint32_t tick_ms = 100;
  // Ask storage for its numbers, and look whether log and storage work. Call it every refresh_ms.
  void refresh();
  static constexpr uint32_t refresh_ms = 1000;
  // Send the schedules that are due, and take the due steps of rollouts. Call it every due_ms.
  void send_due();
  static constexpr uint32_t due_ms = DueSchedules::due_ms;
  // Answer all open calls: the server is shutting down.
  void abandon() { replies_.abandon(); }
  // End the calls with several answers, and take no new ones: the server is shutting down.
  void end_streams();

 private:
  using Handler =
      std::function<void(const Caller&, const google::protobuf::Message& request, Reply)>;
  template <typename Request, typename Do>
  void on(Do handle);
  void add_handlers();
  void add_send_handlers();
  void add_report_handlers();
  void add_schedule_handlers();
  void add_app_handlers();
  void add_webhook_handlers();
  void forget_lists(AppId app);
  void on_counts(const absl::StatusOr<cluster::StorageCounts>& counts);
  void check_serving();
  void tell_state();

  Options options_;
  Services services_;
  Replies replies_;
  Keys keys_;
  Apps apps_;
  AppKeys app_keys_;
  Schedules schedules_;
  Rollouts rollouts_;
  Sends sends_;
  DueSchedules due_schedules_;
  Reports reports_;
  Totals totals_;
  Series series_;
  Watches watches_;
  Devices devices_;
  Audiences audiences_;
  ServerCalls server_;
  WebhookCalls webhook_calls_;
  std::map<const Method*, Handler> handlers_;
  std::function<void(const ApiState&)> follow_;
  bool is_serving_ = true;
  bool is_ending_ = false;
  uint64_t counted_at_ms_;  // when storage last told its numbers
};

}  // namespace tocsin::dispatcher
