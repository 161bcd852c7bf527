// What connections cost servers, workers and the kernel, as the growth between two looks.
//
// A server gives heap back some time after a storm of handshakes, and works on after its last
// answer, so a look waits until its memory or CPU time has stood still for a while.
//
// Thread: the main thread.  Bound: the wait given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <absl/status/statusor.h>
#include <boost/describe.hpp>

#include "harness/proc.h"

namespace tocsin::bench {

// How long to wait for a value to stand still; by default memory, in bytes.
struct Patience {
  uint64_t still_ms = 1'500;  // it has settled when it has not moved for this long
  uint32_t timeout_s = 20;
  uint64_t still_by = 256 * 1024;  // by more than this
  uint32_t look_ms = 250;
};

struct Settled {
  std::optional<uint64_t> value;
  bool is_settled = false;
};

// Memory or CPU time of a server; nothing when it has ended or is not ours to look at.
using ReadValue = std::function<std::optional<uint64_t>()>;
// Called to pass the time between two looks; its error ends the wait.
using PassTime = std::function<absl::Status(uint32_t ms)>;

// What `read` gives once it stands still, or patience ends; at once when it gives nothing.
absl::StatusOr<Settled> settle(const ReadValue& read, const Patience& patience,
                               const PassTime& pass_time);
// The value alone, settled or not. NOT_FOUND when there is none.
absl::StatusOr<uint64_t> settled_value(const ReadValue& read, const Patience& patience,
                                       const PassTime& pass_time);

// The machine's memory at one moment. What could not be read is absent.
struct MemoryLook {
  std::optional<uint64_t> server_rss_bytes;  // of all servers together
  std::optional<uint64_t> worker_rss_bytes;
  std::optional<uint64_t> coordinator_rss_bytes;  // this process
  std::optional<uint64_t> slab_bytes;             // all of the kernel's
  std::optional<uint64_t> available_bytes;
  std::optional<KernelMemory> kernel;
  bool settled = false;
};
BOOST_DESCRIBE_STRUCT(MemoryLook, (),
                      (server_rss_bytes, worker_rss_bytes, coordinator_rss_bytes, slab_bytes,
                       available_bytes))

// Once what `read_servers` gives has settled.
absl::StatusOr<MemoryLook> look_at_memory(const ReadValue& read_servers,
                                          const std::vector<int>& worker_pids,
                                          const Patience& patience, const PassTime& pass_time);

struct MemoryReport {
  MemoryLook before;
  MemoryLook after;
  std::optional<double> user_bytes_per_connection;    // of the servers
  std::optional<double> kernel_bytes_per_connection;  // both ends together, device and server
  std::optional<std::string> kernel_source;           // "/proc/slabinfo" or "/proc/meminfo"
  std::optional<double> worker_bytes_per_connection;
  std::optional<double> slab_bytes_per_connection;
  std::optional<double> machine_bytes_per_connection;  // by which MemAvailable fell
};

BOOST_DESCRIBE_STRUCT(MemoryReport, (),
                      (user_bytes_per_connection, kernel_bytes_per_connection,
                       slab_bytes_per_connection, worker_bytes_per_connection,
                       machine_bytes_per_connection, kernel_source))

// `connections` more at the second look than at the first.
MemoryReport memory_growth(const MemoryLook& before, const MemoryLook& after, uint64_t connections);

// The largest resident size of a process while something goes on: sampled from a thread of its own,
// because what goes on may keep the main thread busy, and the kernel's own high-water mark, reset
// at the start where the kernel permits, which sees what falls between two samples.
class ResidentWatch {
 public:
  ResidentWatch(int pid, int sample_ms);
  ~ResidentWatch() { end(); }

  // Stop watching.
  void end();
  // Bytes, after end().
  uint64_t peak() const { return peak_; }
  uint32_t samples() const { return samples_; }

 private:
  void sample();

  const int pid_;
  const bool has_mark_;
  uint64_t peak_ = 0;
  uint32_t samples_ = 0;
  std::jthread thread_;
};

}  // namespace tocsin::bench
