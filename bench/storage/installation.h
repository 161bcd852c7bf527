// Installation: a real log, bus and storage in one folder, and a partition to be its gateway or
// dispatcher.
//
//   <folder>/db   the store        <folder>/log   the log, which begins where the store is
//
// Thread: the main thread.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "cluster/embedded_log.h"
#include "cluster/in_process_bus.h"
#include "runtime/shard.h"
#include "storage/storage.h"

namespace tocsin::bench::storage_bench {

class Installation {
 public:
  // `position` is that of the store in <folder>/db, 0 when there is none: then all is new.
  static absl::StatusOr<std::unique_ptr<Installation>> open(const std::string& folder,
                                                            cluster::Position position);
  ~Installation();

  cluster::Log& log() { return *log_; }
  cluster::Bus& bus() { return bus_; }
  storage::Storage& storage() { return *storage_; }
  runtime::Shard& peer() { return peer_; }

  // Append the record and wait until storage has applied it.
  absl::Status append(std::string record);

  // Both after everything that has been posted to storage before.
  cluster::StorageCounts counts();
  // CPU time of storage's thread so far.
  uint64_t storage_cpu_ns();

 private:
  Installation() : peer_("bench") { peer_.start(); }

  // The log's subscriptions and answers end before what they use.
  runtime::Shard peer_;
  cluster::InProcessBus bus_;
  std::unique_ptr<cluster::EmbeddedLog> log_;
  std::unique_ptr<storage::Storage> storage_;
};

}  // namespace tocsin::bench::storage_bench
