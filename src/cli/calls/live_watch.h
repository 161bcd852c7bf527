// LiveWatch: follows a message over the server's stream of reports, and shows it.
//
//   on a terminal  one line that moves, and the report as a table at the end
//   else           a line each time something has changed
//   with --json    the report each time, one object per line
//
// Thread: one owner; run() blocks.
#pragma once

#include <string>

#include "cli/calls/event_stream.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {

class LiveWatch {
 public:
  LiveWatch(const Session& session, const std::string& message);

  // Runs until no device is pending: ExitCode::ok. `fresh`: the message was accepted a moment ago,
  // so storage may not know it yet.
  int run(bool fresh);

 private:
  // Takes what the server sends; false when nothing more is to be read.
  bool on_bytes(std::string_view bytes);
  bool on_event(const ServerEvent& event);
  void show(const std::string& json);
  int end();

  const Session& session_;
  std::string target_;
  EventStream events_;
  v1::MessageReport report_;
  Progress progress_;
  bool complete_ = false;
  std::string error_;  // with which the server ended the watch, as JSON
};

}  // namespace tocsin::cli
