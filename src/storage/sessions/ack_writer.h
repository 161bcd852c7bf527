// AckWriter: brings gathered acknowledgements into the log, one record at a time.
//
// A record goes out ack_linger_ms after its first acknowledgement, or as soon as ack_batch_max are
// there. If the log refuses it (disk full), its acknowledgements stay and are tried again with
// every tick, so none is lost while this process lives.
//
// Thread: the storage thread.
#pragma once

#include <optional>

#include <absl/functional/any_invocable.h>

#include "cluster/log.h"
#include "storage/sessions/ack_gatherer.h"
#include "storage/storage_thread.h"

namespace tocsin::storage {

class AckWriter {
 public:
  AckWriter(cluster::Log& log, const StorageThread& thread, AckGatherer& acks)
      : log_(log), thread_(thread), acks_(acks) {}

  // Acknowledgements were added.
  void added();
  // Every record up to `position` is in the store.
  void on_applied(cluster::Position position);
  // Time to try again what was refused.
  void tick();

  // Write everything now; `done` is called once all is in the store, or an append is refused.
  void finish(absl::AnyInvocable<void()> done);

 private:
  void append();
  void on_commit(absl::StatusOr<cluster::Position> committed);
  void settle_if_applied();
  void check_finished();

  cluster::Log& log_;
  const StorageThread& thread_;
  AckGatherer& acks_;
  cluster::Position applied_ = 0;
  std::optional<cluster::Position> committed_;  // where the outstanding record is
  bool lingering_ = false;
  bool refused_ = false;
  absl::AnyInvocable<void()> finished_;
};

}  // namespace tocsin::storage
