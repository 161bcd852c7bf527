// Schedules: sends that wait for their time. Until then they can be listed, changed and deleted.
//
// A schedule is a log record with the whole request in it; its id is the id that its message will
// have. When it is due it is sent like any other send, with that id, so a crash in between cannot
// send it twice: storage takes an id once, and drops the schedule with the message. One that is due
// but cannot be accepted (its device is gone, say) is dropped, and the server's log says why.
//
// Thread: the dispatcher's shard.  Bound: schedules_per_app_max an app.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "cluster/bus_message.h"
#include "dispatcher/reply/caller.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "dispatcher/send/send_request.h"
#include "tocsin/v1/schedules.pb.h"

namespace tocsin::dispatcher {

class Schedules {
 public:
  // Send what is due: the request, as the message of this id; the reply must be answered.
  using SendDue =
      std::function<void(AppId app, MessageId id, const v1::SendRequest& request, Reply reply)>;
  using OpenReply = std::function<Reply(Reply::Respond)>;

  Schedules(Services services, SendDue send, OpenReply open)
      : services_(std::move(services)), send_(std::move(send)), open_(std::move(open)) {}

  // Keep `request`, which was checked, until send.send_at_ms.
  void create(AppId app, const std::string& app_name, MessageId id, const Send& send,
              const v1::SendRequest& request, Reply reply);
  void list(const cluster::AppConfig& app, const v1::ListSchedulesRequest& request, Reply reply);
  void get(const cluster::AppConfig& app, const v1::GetScheduleRequest& request, Reply reply);
  void update(const Caller& caller, const v1::UpdateScheduleRequest& request, Reply reply);
  void remove(const cluster::AppConfig& app, const v1::DeleteScheduleRequest& request, Reply reply);

  // Send what has become due. Call it every due_ms.
  void tick(uint64_t now_ms);
  static constexpr uint32_t due_ms = 200;

 private:
  void fire(const storage::Schedule& schedule);
  void drop(const storage::Schedule& schedule, const absl::Status& why);

  Services services_;
  SendDue send_;
  OpenReply open_;
  std::set<std::pair<uint32_t, uint64_t>> firing_;  // app, id: until the message is in force
  bool asking_ = false;
};

}  // namespace tocsin::dispatcher
