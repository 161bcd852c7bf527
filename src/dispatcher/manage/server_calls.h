// ServerCalls: what operators ask of the server, which is status and backups.
//
// Thread: the dispatcher's shard.
#pragma once

#include <cstdint>

#include "dispatcher/options.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"
#include "tocsin/v1/admin.pb.h"

namespace tocsin::dispatcher {

class ServerCalls {
 public:
  // `options` outlives this.
  ServerCalls(const Options& options, Services services);

  // What storage has told last, when nothing was accepted since; else it is asked.
  void status(Reply reply);
  // Storage's numbers, taken just now.
  void set_counts(const cluster::StorageCounts& counts) { counts_ = counts; }
  void back_up(Reply reply);

 private:
  v1::ServerStatus status_of(const cluster::StorageCounts& counts);
  // At most as old as memory_ms_max: the kernel takes longer to tell than the rest of the answer.
  uint64_t resident_bytes();

  const Options& options_;
  Services services_;
  uint64_t started_at_ms_;
  cluster::StorageCounts counts_;
  uint64_t resident_bytes_ = 0;
  uint64_t looked_at_ms_ = 0;  // at resident_bytes_; 0: never
};

}  // namespace tocsin::dispatcher
