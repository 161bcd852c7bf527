// Attackers: the processes of one attack, each with an address of its own.
//
// They are processes, and nice ones, so that what they do takes little from the server and the
// devices on the same machine. They wait for the board's `begun`, and end with `over`, with this
// program, or after attack_s_max.
//
// Thread: the main thread, the only one when they are started.
// Bound: sockets_max in all; attack_s_max.
#pragma once

#include <cstdint>
#include <vector>

#include <absl/status/statusor.h>

#include "harness/child_process.h"
#include "harness/shared_array.h"
#include "siege/attack/attack.h"

namespace tocsin::bench::siege {

inline constexpr uint32_t sockets_max = 4'000;
inline constexpr uint32_t attack_s_max = 300;

class Attackers {
 public:
  // `count` of them, from 127.0.0.2 on. `attack` outlives them.
  static absl::StatusOr<Attackers> start(const Attack& attack, const Prey& prey, uint32_t count);

  void begin() { board_[0].begun = true; }
  // Wait until their processes have ended, and with them their connections.
  void end();
  const AttackBoard& board() const { return board_[0]; }

 private:
  explicit Attackers(SharedArray<AttackBoard> board) : board_(std::move(board)) {}

  SharedArray<AttackBoard> board_;  // of one
  std::vector<ChildProcess> processes_;
};

}  // namespace tocsin::bench::siege
