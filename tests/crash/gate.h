// Gate: lets the callers work while a server runs, and holds them when it does not.
//
// Thread: any.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "tests/crash/server.h"

namespace tocsin::crash {

class Gate {
 public:
  // Callers may go on with this server, resting up to `rest_ms_max` after each op.
  void open(const ServerAddress& server, uint32_t rest_ms_max);
  // Nobody begins; returns when the last one under way has ended.
  void close();
  // Everybody is to end.
  void stop();
  // Ops begun since the gate was opened.
  uint64_t begun() const;

  struct Pass {
    ServerAddress server;
    uint64_t op;  // this caller's next
    uint32_t rest_ms_max;
  };
  // Wait until the gate is open; nullopt when the run has ended. Every pass is given back.
  std::optional<Pass> enter();
  void leave();
  // The server of this life has died, it seems: wait for the next one, or half a second.
  void await_next_life(uint64_t life);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  ServerAddress server_;
  uint32_t rest_ms_max_ = 0;
  uint64_t ops_ = 0;    // given out in all
  uint64_t begun_ = 0;  // since open()
  uint64_t inside_ = 0;
  bool is_open_ = false;
  bool is_stopped_ = false;
};

}  // namespace tocsin::crash
