// Schedules: sends that wait for their time. Until then they can be listed, changed and deleted.
//
// A schedule is a log record with the whole request in it; its id is the id that its message will
// have. When due, it is sent like any other send, with that id, so a crash in between cannot send
// it twice: storage takes an id once, and removes the schedule when it takes the message. One that
// is due but cannot be accepted (its device is gone, say) is dropped, and the server's log says
// why.
//
// Thread: the dispatcher's shard.
// Bound: schedules_per_app_max per app.
#pragma once

#include <string>
#include <utility>

#include "cluster/bus_message.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/send_request.h"
#include "tocsin/internal/record.pb.h"
#include "tocsin/v1/schedules.pb.h"

namespace tocsin::dispatcher {

// The record that ends a schedule.
internal::Record schedule_removed(AppId app, MessageId id);

class Schedules {
 public:
  explicit Schedules(Services services) : services_(std::move(services)) {}

  // Keep `request`, which was checked, until send.send_at_ms.
  void create(AppId app, const std::string& app_name, MessageId id, const Send& send,
              const v1::SendRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, const v1::ListSchedulesRequest& request, Reply reply);
  void get(const cluster::AppConfig& app, const v1::GetScheduleRequest& request, Reply reply);
  void update(const Caller& caller, const v1::UpdateScheduleRequest& request, Reply reply);
  void remove(const cluster::AppConfig& app, const v1::DeleteScheduleRequest& request, Reply reply);

 private:
  Services services_;
};

}  // namespace tocsin::dispatcher
