// Worker: the process that simulates a share of the fleet.
//
//   wait for Plan -> connect all -> (Arm, report) ... -> Stop, or the coordinator is gone
//
// One thread, one epoll. It ends whenever its channel ends, so no worker outlives its coordinator.
//
// Thread: its process's only one.
#pragma once

namespace tocsin::drill {

// Hidden first argument that makes tocsin-drill a worker: tocsin-drill worker CHANNEL_FD BOOK_FD.
inline constexpr char worker_command[] = "worker";

// Run until told to stop. Returns the process's exit code.
int run_worker(int channel_fd, int book_fd);

}  // namespace tocsin::drill
