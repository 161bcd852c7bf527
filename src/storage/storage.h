// Storage: what every device is, and what it has not had yet. A state machine over the log.
//
// It applies log records in order to RocksDB (the log position in the same write batch), keeps the
// live casts' sets in memory, and serves sessions: when a gateway says a device has a new session,
// it answers with a grant that carries what the device missed. Acknowledgements are gathered for
// ack_linger_ms and become log records themselves, so state stays a function of the log alone.
//
// Thread: owns a shard, the storage thread; RocksDB is touched only there. The public calls may be
// made from any thread; callbacks run on the storage thread and must only post.
// Bound: live_casts_max per app, inbox_messages_max per device, in_flight_max unacknowledged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "base/limits.h"
#include "cluster/bus.h"
#include "cluster/log.h"
#include "cluster/storage_client.h"

namespace tocsin::storage {

struct Options {
  std::string folder;  // RocksDB's folder
  // A message's report is kept for this long after its expiry. The same on every replica.
  uint32_t report_retention_s = limits::report_retention_s_default;
};

class Storage : public cluster::StorageClient {
 public:
  // Open RocksDB and apply the log's tail; returns when everything committed is applied. From then
  // on the app table is published on the bus: at once, when it changes, and when a role asks for it
  // (AppsWanted). DATA_LOSS / FAILED_PRECONDITION with the folder's name when the store cannot be
  // used.
  static absl::StatusOr<std::unique_ptr<Storage>> open(Options options, cluster::Log& log,
                                                       cluster::Bus& bus);
  ~Storage() override;

  // Append waiting acknowledgements, flush RocksDB, end the thread. Idempotent.
  void stop();

  cluster::EndpointId endpoint() const;

  void hand_over(std::vector<Asked> questions) override;

 private:
  class Impl;
  explicit Storage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tocsin::storage
