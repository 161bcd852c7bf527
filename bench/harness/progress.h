// Progress: how far a long step is, on standard error.
//
// On a terminal one line is rewritten; otherwise (a file, a CI log) a line is written every tenth
// of the way, so that a log of a million devices has ten lines.
//
// Thread: one owner.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <unistd.h>

#include "base/clock.h"

namespace tocsin::bench {

class Progress {
 public:
  // `verb`: what is done to the `total` (> 0), from `start_ms` on. `out` is not owned.
  Progress(std::string verb, uint64_t total, std::FILE* out = stderr,
           bool is_terminal = isatty(STDERR_FILENO) == 1, uint64_t start_ms = monotonic_ms())
      : verb_(std::move(verb)),
        total_(total),
        out_(out),
        is_terminal_(is_terminal),
        start_ms_(start_ms) {}
  // Ends the line, if one is open.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` of total by now. Writes at most five times a second on a terminal.
  void show(uint64_t done, uint64_t now_ms = monotonic_ms());

 private:
  const std::string verb_;
  const uint64_t total_;
  std::FILE* const out_;
  const bool is_terminal_;
  const uint64_t start_ms_;
  uint64_t shown_ms_ = 0;
  uint64_t tenths_shown_ = 0;
  bool line_open_ = false;
};

// "connected 4,200 / 10,000 (42 %), 2,100/s, 3 s to go".
std::string progress_line(const std::string& verb, uint64_t done, uint64_t total,
                          uint64_t elapsed_ms);

}  // namespace tocsin::bench
