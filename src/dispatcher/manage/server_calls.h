// ServerCalls: what operators ask of the server, which is status and backups.
//
// Thread: the dispatcher's shard.
#pragma once

#include <cstdint>

#include "dispatcher/options.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"

namespace tocsin::dispatcher {

class ServerCalls {
 public:
  // `options` outlives this.
  ServerCalls(const Options& options, Services services);

  void status(Reply reply);
  void back_up(Reply reply);

 private:
  const Options& options_;
  Services services_;
  uint64_t started_at_ms_;
};

}  // namespace tocsin::dispatcher
