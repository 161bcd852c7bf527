#include "storage/storage.h"

#include <chrono>
#include <deque>
#include <future>
#include <malloc.h>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "storage/apply/record_apply.h"
#include "storage/backup/backup.h"
#include "storage/questions/questions.h"
#include "storage/sessions/ack_writer.h"
#include "storage/sessions/backlog.h"
#include "storage/sessions/seen_gatherer.h"
#include "storage/sessions/sessions.h"
#include "storage/storage_thread.h"
#include "storage/tables/apps.h"

namespace tocsin::storage {
namespace {

constexpr uint64_t return_memory_interval_ms = 30'000;

}  // namespace

class Storage::Impl {
 public:
  Impl(std::unique_ptr<Store> store, cluster::Log& log, cluster::Bus& bus)
      : log_(log), bus_(bus), store_(std::move(store)), outbox_(bus) {
    add_questions();
  }
  ~Impl() { stop(); }

  absl::Status open();
  void stop();

  void answer(std::vector<Asked> questions) {
    thread_.post([this, questions = std::move(questions)]() mutable {
      for (auto& [question, done] : questions) {
        questions_.answer(std::move(question), std::move(done));
      }
    });
  }
  cluster::EndpointId endpoint() const { return endpoint_; }

 private:
  void add_questions();
  absl::Status load();
  absl::Status catch_up();
  void join();
  void on_entries(cluster::LogBatch batch);
  void apply_waiting();
  void tell_applied(cluster::Position position);
  absl::Status apply_all(Applied& applied);
  void on_message(cluster::BusMessage message);
  void publish_apps();
  void tick();
  void log_seen();
  void flush_if_due();
  void return_memory();
  void trim();

  cluster::Log& log_;
  cluster::Bus& bus_;
  StorageThread thread_;
  std::unique_ptr<Store> store_;
  Apps apps_;
  Registry registry_{*store_};
  Messages messages_{*store_};
  Inbox inbox_{*store_};
  InboxTallies inbox_tallies_;
  LiveCasts live_casts_;
  TraitNames names_;
  WebhookQueues webhooks_;
  RecordApply record_apply_{{*store_, apps_, registry_, messages_, inbox_, inbox_tallies_,
                             live_casts_, names_, webhooks_}};
  AckGatherer acks_;
  SeenGatherer seen_;
  AckWriter ack_writer_{log_, thread_, acks_};
  Outbox outbox_;
  Backlog backlog_{messages_, inbox_, live_casts_, names_};
  Replays replays_{backlog_, acks_};
  Sessions sessions_{
      {*store_, registry_, messages_, live_casts_, names_, acks_, seen_, replays_, outbox_}};

  Backup backup_{*store_, log_, thread_};
  Questions questions_{{*store_, apps_, registry_, messages_, live_casts_, webhooks_, sessions_}};

  // Entries not yet applied, starting with the one at `next_entry_` of the first batch.
  std::deque<cluster::LogBatch> waiting_;
  size_t next_entry_ = 0;
  absl::Status stalled_;
  bool halted_ = false;  // a record that can never be applied
  cluster::Position caught_up_at_ = 0;
  std::promise<absl::Status> caught_up_;
  bool catching_up_ = true;
  bool joined_ = false;
  bool stopped_ = false;
  using OnApplied = absl::AnyInvocable<void(absl::StatusOr<internal::AppliedQuestion::Answer>)>;
  std::multimap<cluster::Position, OnApplied> when_applied_;

  cluster::EndpointId endpoint_ = 0;
  size_t bytes_since_flush_ = 0;
  bool flushing_much_ = false;
  bool return_memory_ = false;  // to the system, when the time comes
  uint64_t return_memory_not_before_ms_ = 0;
  uint64_t flushed_at_ms_ = monotonic_ms();
  cluster::Position trimmed_ = 0;

  runtime::Gauge applied_gauge_ =
      runtime::gauge("tocsin_storage_applied_position", "Position of the last log record applied");
  runtime::Gauge devices_gauge_ = runtime::gauge("tocsin_storage_devices", "Registered devices");
  runtime::Gauge casts_gauge_ =
      runtime::gauge("tocsin_storage_live_casts", "Casts that connecting devices are offered");
  runtime::Gauge sessions_gauge_ =
      runtime::gauge("tocsin_storage_sessions", "Devices with an open session");
};

// -- Opening and closing -------------------------------------------------------------------------

absl::Status Storage::Impl::open() {
  if (auto status = load(); !status.ok()) return status;
  if (auto status = catch_up(); !status.ok()) return status;
  thread_.shard().run_and_wait([this] { join(); });
  return absl::OkStatus();
}

absl::Status Storage::Impl::load() {
  if (auto status = apps_.load(*store_); !status.ok()) return status;
  if (auto status = registry_.load(); !status.ok()) return status;
  if (auto status = live_casts_.load(*store_, wall_ms(), names_); !status.ok()) return status;
  if (auto status = webhooks_.load(*store_); !status.ok()) return status;
  ack_writer_.on_applied(store_->state().position);
  return absl::OkStatus();
}

absl::Status Storage::Impl::catch_up() {
  const cluster::Position have = store_->state().position;
  caught_up_at_ = log_.last();
  if (caught_up_at_ < have) {
    return absl::DataLossError(
        fmt::format("the store is at log position {}, but the log ends at {}: these folders do not "
                    "belong together, or the log was lost. Restore the log",
                    have, caught_up_at_));
  }
  const auto started =
      log_.subscribe(have, [this, mailbox = thread_.mailbox()](cluster::LogBatch batch) {
        mailbox.post([this, batch = std::move(batch)] { on_entries(batch); });
      });
  if (absl::IsOutOfRange(started)) {
    return absl::DataLossError(
        fmt::format("the store is older than the log reaches back: {}. "
                    "Restore a newer copy of the store",
                    std::string(started.message())));
  }
  if (!started.ok()) return started;
  thread_.post([this] { apply_waiting(); });
  return caught_up_.get_future().get();
}

void Storage::Impl::join() {
  endpoint_ = bus_.join(cluster::Role::storage, thread_.shard(),
                        [this](cluster::BusMessage message) { on_message(std::move(message)); });
  joined_ = true;
  publish_apps();
  thread_.shard().every(limits::storage_tick_ms, [this] { tick(); });
}

void Storage::Impl::stop() {
  if (std::exchange(stopped_, true)) return;
  backup_.stop();
  if (joined_) {
    std::promise<void> written;
    thread_.shard().run_and_wait([&] { ack_writer_.finish([&written] { written.set_value(); }); });
    const std::chrono::milliseconds patience(limits::storage_stop_ms_max);
    if (written.get_future().wait_for(patience) != std::future_status::ready) {
      runtime::log_warning(
          "storage: stopping with acknowledgements the log has not taken; their "
          "devices will repeat them");
      thread_.shard().run_and_wait([&] { ack_writer_.finish(nullptr); });
    }
    thread_.shard().run_and_wait([this] {
      const auto status = store_->flush(/*wait=*/true);
      if (!status.ok()) runtime::log_warning("storage: not flushed: {}", status.ToString());
      trim();
    });
  }
  thread_.stop();
}

// -- Applying the log ----------------------------------------------------------------------------

void Storage::Impl::on_entries(cluster::LogBatch batch) {
  waiting_.push_back(std::move(batch));
  apply_waiting();
}

void Storage::Impl::apply_waiting() {
  if (halted_) return;
  Applied applied;
  const auto status = apply_all(applied);
  const cluster::Position position = store_->state().position;
  applied_gauge_.set(static_cast<double>(position));
  if (!status.ok() && stalled_.ok()) {
    runtime::log_error("storage: stopped applying the log at position {}: {}", position,
                       status.ToString());
  }
  stalled_ = status;
  halted_ = absl::IsDataLoss(status);
  sessions_.on_applied(applied);
  ack_writer_.on_applied(position);
  outbox_.flush();
  if (applied.apps_changed && joined_) publish_apps();
  if (catching_up_ && (!status.ok() || position >= caught_up_at_)) {
    catching_up_ = false;
    caught_up_.set_value(status);
  }
  tell_applied(position);
  flush_if_due();
}

void Storage::Impl::tell_applied(cluster::Position position) {
  while (!when_applied_.empty() && when_applied_.begin()->first <= position) {
    when_applied_.extract(when_applied_.begin()).mapped()(internal::AppliedQuestion::Answer());
  }
}

absl::Status Storage::Impl::apply_all(Applied& applied) {
  for (; !waiting_.empty(); waiting_.pop_front(), next_entry_ = 0) {
    const auto& entries = *waiting_.front();
    for (; next_entry_ < entries.size(); ++next_entry_) {
      const cluster::LogEntry& entry = entries[next_entry_];
      if (auto status = record_apply_.apply(entry, applied); !status.ok()) return status;
      bytes_since_flush_ += entry.record.size();
    }
  }
  return absl::OkStatus();
}

// -- Traffic -------------------------------------------------------------------------------------

void Storage::Impl::on_message(cluster::BusMessage message) {
  if (const auto* opened = std::get_if<cluster::SessionsOpened>(&message)) {
    sessions_.on_opened(*opened);
  } else if (const auto* closed = std::get_if<cluster::SessionsClosed>(&message)) {
    sessions_.on_closed(*closed);
  } else if (const auto* acknowledged = std::get_if<cluster::Acknowledged>(&message)) {
    sessions_.on_acknowledged(*acknowledged);
    ack_writer_.added();
  } else if (const auto* changed = std::get_if<cluster::ConditionsChanged>(&message)) {
    sessions_.on_conditions(*changed);
  } else if (std::holds_alternative<cluster::AppsWanted>(message)) {
    publish_apps();
  }
  outbox_.flush();
}

void Storage::Impl::publish_apps() {
  const cluster::AppsChanged table = apps_.table();
  bus_.publish(cluster::Role::gateway, table);
  bus_.publish(cluster::Role::dispatcher, table);
  bus_.publish(cluster::Role::webhooks, table);
}

void Storage::Impl::tick() {
  if (!stalled_.ok() && !halted_ && store_->repair().ok()) apply_waiting();
  live_casts_.sweep(wall_ms());
  sessions_.tick();
  ack_writer_.tick();
  log_seen();
  outbox_.flush();
  flush_if_due();
  trim();
  return_memory();
  devices_gauge_.set(static_cast<double>(registry_.devices()));
  casts_gauge_.set(static_cast<double>(live_casts_.size()));
  sessions_gauge_.set(static_cast<double>(sessions_.open_sessions()));
}

void Storage::Impl::log_seen() {
  auto record = seen_.take();
  if (!record) return;
  log_.append(*std::move(record),
              thread_.mailbox().wrap(
                  [this](absl::StatusOr<cluster::Position> at) { seen_.settle(at.ok()); }));
}

void Storage::Impl::flush_if_due() {
  const bool old = monotonic_ms() - flushed_at_ms_ >= limits::store_flush_interval_ms;
  if (bytes_since_flush_ == 0 || (bytes_since_flush_ < limits::store_flush_bytes && !old)) return;
  flushing_much_ |= bytes_since_flush_ >= limits::store_return_memory_bytes;
  bytes_since_flush_ = 0;
  flushed_at_ms_ = monotonic_ms();
  const auto status = store_->flush(/*wait=*/false);
  if (!status.ok()) runtime::log_warning("storage: cannot flush: {}", status.ToString());
}

// The log is needed from the position that the store would wake up with.
void Storage::Impl::trim() {
  if (backup_.is_running()) return;
  const auto persisted = store_->persisted_position();
  if (!persisted.ok() || *persisted <= trimmed_) return;
  trimmed_ = *persisted;
  log_.trim(trimmed_);
  return_memory_ |= std::exchange(flushing_much_, false);
}

// The write buffers of a flush are free now, but the allocator keeps them unless told otherwise.
// Telling it holds up every allocation for milliseconds, so a busy store does so rarely.
void Storage::Impl::return_memory() {
  const uint64_t now_ms = monotonic_ms();
  if (!return_memory_ || now_ms < return_memory_not_before_ms_) return;
  return_memory_ = false;
  return_memory_not_before_ms_ = now_ms + return_memory_interval_ms;
  malloc_trim(0);
}

// -- Questions -----------------------------------------------------------------------------------

// Questions that are answered later.
void Storage::Impl::add_questions() {
  using internal::AppliedQuestion;
  using internal::BackupQuestion;
  questions_.on_later<AppliedQuestion>([this](const AppliedQuestion& question, auto done) {
    if (store_->state().position >= question.position()) return done(AppliedQuestion::Answer());
    when_applied_.emplace(question.position(), std::move(done));
  });
  questions_.on_later<BackupQuestion>([this](const BackupQuestion& question, auto done) {
    backup_.start(question.folder(), std::move(done));
  });
  TOCSIN_CHECK(questions_.is_complete());
}

// ------------------------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Storage>> Storage::open(Options options, cluster::Log& log,
                                                       cluster::Bus& bus) {
  auto store = Store::open(options.folder, uint64_t{options.report_retention_s} * 1000);
  if (!store.ok()) return store.status();
  auto impl = std::make_unique<Impl>(*std::move(store), log, bus);
  if (auto status = impl->open(); !status.ok()) {
    return absl::Status(status.code(), fmt::format("storage {}: {}", options.folder,
                                                   std::string(status.message())));
  }
  return std::unique_ptr<Storage>(new Storage(std::move(impl)));
}

Storage::Storage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Storage::~Storage() = default;

void Storage::stop() { impl_->stop(); }
void Storage::hand_over(std::vector<Asked> questions) { impl_->answer(std::move(questions)); }
cluster::EndpointId Storage::endpoint() const { return impl_->endpoint(); }

}  // namespace tocsin::storage
