// StopSignal: SIGINT and SIGTERM as something to look at between two steps, so that a drill that is
// interrupted still ends its workers and its server and removes its directory.
//
// Thread: made once, on the main thread; requested() from any.
#pragma once

namespace tocsin::drill {

class StopSignal {
 public:
  // Handles both signals from now on, and ignores SIGPIPE.
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const;
  // Readable once a signal came: for poll().
  int fd() const;

  // Wait `ms`, or until a signal comes; true when one has.
  bool sleep_ms(int ms) const;
};

}  // namespace tocsin::drill
