// ResidentWatch: the largest resident size of a process while something goes on.
//
// Sampled from a thread of its own, because what goes on may keep the main thread busy; and the
// kernel's own high-water mark, reset at the start where the kernel permits, sees what falls
// between two samples.
//
// Thread: made and ended by one owner.
#pragma once

#include <cstdint>
#include <thread>

namespace tocsin::harness {

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

// Resident bytes of process `pid` now, cheaply; 0 when it is gone.
uint64_t resident_bytes_now(int pid);

}  // namespace tocsin::harness
