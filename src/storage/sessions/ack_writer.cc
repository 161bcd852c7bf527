#include "storage/sessions/ack_writer.h"

#include <utility>

#include "base/clock.h"
#include "base/limits.h"

namespace tocsin::storage {

void AckWriter::added() {
  if (acks_.gathered() == 0 || acks_.is_outstanding() || refused_) return;
  if (acks_.gathered() >= limits::ack_batch_max || finished_) {
    append();
  } else if (!lingering_) {
    lingering_ = true;
    thread_.shard().after(limits::ack_linger_ms, [this] {
      lingering_ = false;
      if (acks_.gathered() > 0 && !acks_.is_outstanding() && !refused_) append();
    });
  }
}

void AckWriter::tick() {
  refused_ = false;
  if (acks_.gathered() > 0 && !acks_.is_outstanding() && !lingering_) append();
}

void AckWriter::finish(absl::AnyInvocable<void()> done) {
  finished_ = std::move(done);
  refused_ = false;
  if (acks_.gathered() > 0 && !acks_.is_outstanding()) append();
  check_finished();
}

void AckWriter::append() {
  log_.append(acks_.take(wall_ms()),
              thread_.mailbox().wrap([this](absl::StatusOr<cluster::Position> committed) {
                on_commit(std::move(committed));
              }));
}

void AckWriter::on_commit(absl::StatusOr<cluster::Position> committed) {
  if (committed.ok()) {
    committed_ = *committed;
    settle_if_applied();
    return;
  }
  // The log has said why.
  acks_.settle(false);
  refused_ = true;
  check_finished();
}

void AckWriter::on_applied(cluster::Position position) {
  applied_ = position;
  settle_if_applied();
}

void AckWriter::settle_if_applied() {
  if (!committed_ || *committed_ > applied_) return;
  committed_.reset();
  acks_.settle(true);
  added();
  check_finished();
}

void AckWriter::check_finished() {
  if (finished_ && (acks_.empty() || refused_)) std::exchange(finished_, nullptr)();
}

}  // namespace tocsin::storage
