// Watches: sends callers the books of a message whenever they change.
//
//   start() --> first report --change, at most reports_per_s--> ... --nothing pending--> end
//                    \----- caller gone, key no longer valid, server shuts down -------> end
//
// Storage is asked once per watched message, not once per watcher: as often as the fastest watcher
// wants, never twice at once, and never sooner than ten times as long as the last answer took, so
// that watching a message to millions takes at most a tenth of storage's time.
//
// Thread: the dispatcher's shard.
// Bound: watches_max, watches_per_app_max; watch_polls_max questions under way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "cluster/bus_message.h"
#include "dispatcher/reply/reply_stream.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

class Watches {
 public:
  // Whether the caller's key is still valid for the call.
  using Admit = std::function<absl::Status()>;

  // A watch ends with DEADLINE_EXCEEDED when storage does not answer within `answer_ms_max`.
  Watches(Services services, uint32_t answer_ms_max)
      : services_(std::move(services)), answer_ms_max_(answer_ms_max) {}

  // INVALID_ARGUMENT, RESOURCE_EXHAUSTED, NOT_FOUND and UNAVAILABLE come as the stream's end.
  void start(const cluster::AppConfig& app, const v1::WatchMessageRequest& request, Admit admit,
             std::shared_ptr<ReplyStream> stream);

  // Ask, report and expire. Call it every tick_ms.
  void tick(uint64_t now_ms);
  static constexpr uint32_t tick_ms = 100;

  // End all, and take no new ones: the server is shutting down.
  void stop();

  size_t size() const { return watchers_; }

 private:
  using Key = std::pair<AppId, MessageId>;
  struct Watcher {
    uint64_t number = 0;
    std::shared_ptr<ReplyStream> stream;
    Admit admit;
    uint32_t period_ms = 0;
    uint64_t due_ms = 0;  // not told before
    uint64_t told = 0;    // version of the report
    uint64_t told_at_ms = 0;
  };
  struct Watched {
    std::string app_name;
    std::vector<Watcher> watchers;
    v1::MessageReport report;
    uint64_t version = 0;  // of the report; 0: there is none yet
    bool is_final = false;
    uint64_t poll_due_ms = 0;
    uint64_t asked_at_ms = 0;  // 0: no question under way
  };
  using Books = absl::StatusOr<cluster::Books>;

  absl::Status room_for(AppId app) const;
  void ask_due(uint64_t now_ms);
  void ask(const Key& key, Watched& watched, uint64_t now_ms);
  void on_books(const Key& key, uint64_t asked_at_ms, const Books& books);
  void tell(Watched& watched, uint64_t now_ms);
  // False when that ended the watch.
  static bool tell_one(Watcher& watcher, const Watched& watched, uint64_t now_ms);
  void end_all(Watched& watched, const absl::Status& status);
  void remove(const Key& key, uint64_t number);

  Services services_;
  uint32_t answer_ms_max_;
  std::map<Key, Watched> watched_;
  size_t watchers_ = 0;
  size_t polls_ = 0;  // under way
  uint64_t last_number_ = 0;
  bool stopped_ = false;
};

}  // namespace tocsin::dispatcher
