// Storage: what every device is, and what it has not had yet. A state machine over the log.
//
// It applies log records in order into RocksDB (the log position in the same write batch), keeps
// the live casts' sets in memory, and serves sessions: when a gateway says a device has opened a
// session it answers with a grant that carries what the device missed. Acknowledgements are
// gathered for ack_linger_ms and become log records themselves, so state stays a function of the
// log alone.
//
// Thread: owns one partition (its lane); RocksDB is touched there only. The public calls may be made
// from any thread; callbacks run on the lane and must only post.
// Bound: live_casts_max per app, inbox_messages_max per device, in_flight_max unacknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <absl/status/statusor.h>

#include "base/limits.h"
#include "cluster/bus.h"
#include "cluster/log.h"
#include "storage/store/activity_step.h"
#include "storage/tables/webhook_event.h"

namespace tocsin::storage {

struct Options {
  std::string folder;  // RocksDB's
  // A message's report is kept so long after its expiry. The same on every replica.
  uint32_t report_retention_s = limits::report_retention_s_default;
};

// How a cast reaches its audience in steps (storage/apply/rollouts.h).
struct RolloutPlan {
  uint32_t per_s = 0;
  uint64_t over_ms = 0;          // both 0: all at once
  uint32_t canary_permille = 0;  // 0: no canary
  uint64_t canary_watch_ms = 0;
  uint32_t canary_delivered_percent = 0;
};
struct Rollout {
  enum class State { running, done, stopped };
  AppId app;
  MessageId message;
  uint64_t expires_at_ms = 0;
  RolloutPlan plan;
  State state = State::running;
  uint32_t steps = 0;
  uint64_t targeted = 0;  // when it was accepted
  uint64_t released = 0;
  uint64_t canaries = 0;       // of the released
  uint64_t canary_at_ms = 0;   // 0: not yet
  uint64_t paced_from_ms = 0;  // since when the rest follows; 0: not yet
  std::string stop_reason = {};
};
struct CanaryOutcome {
  uint64_t delivered = 0;
  uint64_t reachable = 0;  // connected, might have it now, and have not got it
  uint64_t pending = 0;    // have not got it, and may still
};

// The books of one message: targeted = pending + delivered + expired + replaced + recalled +
// dropped(), at any moment.
struct Books {
  MessageId message;
  wire::Priority priority = wire::Priority::normal;
  uint64_t accepted_at_ms = 0;
  uint64_t expires_at_ms = 0;
  uint64_t targeted = 0;
  uint64_t pending = 0;
  uint64_t delivered = 0;
  uint64_t opened = 0;  // of the delivered
  uint64_t expired = 0;
  uint64_t replaced = 0;  // by a newer one with its collapse key
  uint64_t recalled = 0;
  uint64_t dropped_unknown_device = 0;  // was named, but is not registered
  uint64_t dropped_inbox_full = 0;
  uint64_t dropped_device_deleted = 0;
  uint64_t dropped_stopped = 0;        // the rollout was, before it came to them
  uint64_t dropped_frequency_cap = 0;  // had as many messages that day as the app allows
  uint64_t recalled_at_ms = 0;         // 0: not recalled
  std::optional<Rollout> rollout = {};
  uint64_t held = 0;  // of the pending: the rollout has not come to them
  std::string label;
  std::string group;
  // Deliveries by how long they took, from accepted to acknowledged: latency_buckets numbers, up to
  // 2^(i/2) ms the one number i, what took longer the last (latency_buckets.h).
  std::vector<uint64_t> latency;

  uint64_t dropped() const {
    return dropped_unknown_device + dropped_inbox_full + dropped_device_deleted + dropped_stopped +
           dropped_frequency_cap;
  }
};

// What became of a message on one device.
struct DeviceFate {
  enum class State {
    not_targeted,
    registered_later,  // than the message was accepted
    pending,
    delivered,
    opened,
    expired,
    replaced,
    recalled,
    dropped_inbox_full,
    dropped_device_deleted,
    dropped_stopped,
    dropped_frequency_cap
  };
  State state = State::not_targeted;
  DeviceRef place;
  uint64_t expires_at_ms = 0;
  bool held = false;       // pending, and its rollout has not come to it
  bool has_terms = false;  // a clock, or conditions on the device, decide too
  bool connected = false;  // the device, now
};

struct AudienceSize {
  uint64_t devices = 0;
  uint64_t online = 0;
};

// What is known of a device.
struct DeviceDetails {
  DeviceId device;
  DeviceRef place;
  std::vector<std::string> tags = {};
  std::string platform = {};
  std::string app_version = {};
  std::string sdk_version = {};
  std::string language = {};
  std::string time_zone = {};
  std::string alias = {};
  std::string region = {};
  uint64_t registered_at_ms = 0;
  uint32_t last_seen_day = 0;  // days since 1970-01-01 UTC; 0: not in audience_windows_days_max
  bool connected = false;      // now
};

struct DevicePage {
  std::vector<DeviceDetails> devices;
  std::optional<DeviceRef> next;  // where the next page begins; nullopt: this was the last
};

// What the first call with an idempotency key was answered.
struct FirstAnswer {
  MessageId message;
  std::string fingerprint;
  uint64_t accepted_at_ms = 0;
  uint64_t expires_at_ms = 0;  // of the message; 0: it was scheduled
};

// A call that waits for its time.
struct Schedule {
  AppId app;
  MessageId message;  // that it will be
  uint64_t due_at_ms = 0;
  uint64_t created_at_ms = 0;
  std::string request;  // as the dispatcher wrote it
};

// By what an app finds its messages.
struct MessageLabel {
  enum class Kind { label, group };
  Kind kind = Kind::label;
  std::string text;
};

// Messages, newest first. A page may be shorter than asked for, even empty, with more behind it.
struct MessagePage {
  std::vector<MessageId> messages;
  MessageId next;  // ask for those before it; 0: these were the last
};

// What happened in an app in one minute or hour.
struct Activity {
  uint64_t begins_at_ms = 0;
  uint64_t messages = 0;  // accepted
  uint64_t targeted = 0;  // of them
  uint64_t delivered = 0;
  uint64_t opened = 0;
  uint64_t dropped = 0;
};

struct BackupMade {
  std::string folder;
  cluster::Position last = 0;  // the last record in it
  uint64_t bytes = 0;          // of all files, hard links included
};

struct Counts {
  uint64_t apps = 0;
  uint64_t devices = 0;
  uint64_t live_casts = 0;
  cluster::Position applied = 0;
  MessageId largest_message;  // so that new ids start above it
};

class Storage {
 public:
  // Open RocksDB and apply the log's tail; returns when everything committed is applied. Then
  // publishes the app table on the bus (AppsChanged to gateways and dispatchers), also on
  // changes. DATA_LOSS / FAILED_PRECONDITION with the folder's name when the store cannot be
  // used.
  static absl::StatusOr<std::unique_ptr<Storage>> open(Options options, cluster::Log& log,
                                                       cluster::Bus& bus);
  ~Storage();

  // Append waiting acknowledgements, flush RocksDB, end the lane. Idempotent.
  void stop();

  // NOT_FOUND when the app has no such message, or its report's retention has ended.
  using OnBooks = absl::AnyInvocable<void(absl::StatusOr<Books>)>;
  void books(AppId app, MessageId message, OnBooks done);

  // NOT_FOUND when there is no such message or device.
  using OnFate = absl::AnyInvocable<void(absl::StatusOr<DeviceFate>)>;
  void fate(AppId app, MessageId message, DeviceId device, OnFate done);

  // How many devices an audience expression means, and how many of them have a session. INVALID_
  // ARGUMENT when it is none; NOT_FOUND when it names an uploaded audience that does not exist.
  using OnAudienceSize = absl::AnyInvocable<void(absl::StatusOr<AudienceSize>)>;
  void count_audience(AppId app, std::string expression, OnAudienceSize done);

  // The names of the app's uploaded audiences.
  using OnNames = absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>)>;
  void audience_names(AppId app, OnNames done);

  // For each id whether it is a device of the app, or why the store could not be read.
  using OnKnown = absl::AnyInvocable<void(absl::StatusOr<std::vector<bool>>)>;
  void known_devices(AppId app, std::vector<DeviceId> devices, OnKnown done);

  // For each id what is known of it; nullopt for one the app does not have.
  using OnDevices =
      absl::AnyInvocable<void(absl::StatusOr<std::vector<std::optional<DeviceDetails>>>)>;
  void devices(AppId app, std::vector<DeviceId> devices, OnDevices done);
  // Up to `max` devices that an audience expression means, at places from `from` on. Errors as of
  // count_audience().
  using OnDevicePage = absl::AnyInvocable<void(absl::StatusOr<DevicePage>)>;
  void list_devices(AppId app, std::string expression, DeviceRef from, size_t max,
                    OnDevicePage done);

  // Run `done` once the record at `position` is applied and what it changes is on the bus:
  // whoever asks afterwards sees it. Never, when applying the log has halted.
  void when_applied(cluster::Position position, absl::AnyInvocable<void()> done);

  // What the first call with this key was answered in the last idempotency_ms; nullopt: there was
  // none.
  using OnFirstAnswer = absl::AnyInvocable<void(absl::StatusOr<std::optional<FirstAnswer>>)>;
  void idempotent(AppId app, std::string key, OnFirstAnswer done);

  // NOT_FOUND when the app has no such schedule: it was sent or cancelled.
  using OnSchedule = absl::AnyInvocable<void(absl::StatusOr<Schedule>)>;
  void schedule(AppId app, MessageId message, OnSchedule done);
  // Those of an app behind `after` (0: all), in the order of their ids, at most `max`.
  using OnSchedules = absl::AnyInvocable<void(absl::StatusOr<std::vector<Schedule>>)>;
  void schedules(AppId app, MessageId after, size_t max, OnSchedules done);
  // Those of all apps that are due at `until_ms`, in the order of their time, at most `max`.
  void due_schedules(uint64_t until_ms, size_t max, OnSchedules done);
  // Those that run, of all apps, at most `max`.
  using OnRollouts = absl::AnyInvocable<void(absl::StatusOr<std::vector<Rollout>>)>;
  void rollouts(size_t max, OnRollouts done);
  // NOT_FOUND when there is no such message.
  using OnCanaries = absl::AnyInvocable<void(absl::StatusOr<CanaryOutcome>)>;
  void canaries(AppId app, MessageId message, OnCanaries done);

  using OnScheduleCount = absl::AnyInvocable<void(absl::StatusOr<uint64_t>)>;
  void schedule_count(AppId app, OnScheduleCount done);

  // The messages of an app before `before` (0: the newest), at most `max`; all, or those with a
  // label or of a group.
  using OnPage = absl::AnyInvocable<void(absl::StatusOr<MessagePage>)>;
  void messages(AppId app, MessageId before, size_t max, OnPage done);
  void messages_labelled(AppId app, MessageLabel label, MessageId before, size_t max, OnPage done);

  // The apps that have events for their webhooks.
  void webhooks_waiting(absl::AnyInvocable<void(std::vector<AppId>)> done);
  // The oldest events of an app that fit one request, none behind number `until`; none when there
  // are none.
  using OnWebhookEvents = absl::AnyInvocable<void(absl::StatusOr<std::vector<WebhookEvent>>)>;
  void webhook_events(AppId app, uint64_t until, OnWebhookEvents done);
  void webhook_queue(AppId app, absl::AnyInvocable<void(WebhookQueue)> done);
  // The oldest first.
  using OnDeadLetters = absl::AnyInvocable<void(absl::StatusOr<std::vector<DeadLetter>>)>;
  void dead_letters(AppId app, OnDeadLetters done);

  // What happened in an app in the steps that begin in a range of time, which must not be longer
  // than series_steps_max of them. Steps in which nothing did are left out.
  using OnActivity = absl::AnyInvocable<void(absl::StatusOr<std::vector<Activity>>)>;
  struct ActivityRange {
    ActivityStep step = ActivityStep::minute;
    uint64_t from_ms = 0;
    uint64_t until_ms = 0;
  };
  void activity(AppId app, ActivityRange range, OnActivity done);

  using OnCounts = absl::AnyInvocable<void(Counts)>;
  void counts(OnCounts done);
  // How many devices `app` has.
  void device_count(AppId app, absl::AnyInvocable<void(uint64_t)> done);

  // Make a backup of store and log in `folder` while both go on (storage/backup/backup.h); done() gets
  // what was made, or why not: ALREADY_EXISTS, RESOURCE_EXHAUSTED, UNAVAILABLE.
  using OnBackup = absl::AnyInvocable<void(absl::StatusOr<BackupMade>)>;
  void backup(std::string folder, OnBackup done);

  // Publish the app table again, for a role that has joined the bus after open().
  void announce_apps();

  cluster::EndpointId endpoint() const;

 private:
  class Impl;
  explicit Storage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::storage
