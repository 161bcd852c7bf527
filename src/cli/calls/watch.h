// Watch: polls the report of a message until no device is pending, and shows it.
//
// Thread: one owner; run() blocks.
// Bound: one call every 100 ms at first, one per second later.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "cli/session.h"
#include "cli/table.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {

// A report for people, as a table; and how far the message has come, in one line.
std::string report_table(const v1::MessageReport& report);
std::string progress_line(const v1::MessageReport& report);
// Rows of how long deliveries took.
std::vector<Row> latency_rows(const v1::MessageReport::Latency& latency);

class Watch {
 public:
  Watch(const Session& session, const std::string& message);

  // Runs until no device is pending: ExitCode::ok; or until `deadline_ms` of monotonic_ms():
  // ExitCode::pending. `fresh`: the message was accepted a moment ago, so storage may not know it
  // yet.
  int run(uint64_t deadline_ms, bool fresh);

  // Requires a run() that ended without an error.
  void write_report() const;

 private:
  int end(int code);

  const Session& session_;
  std::string target_;
  absl::StatusOr<runtime::HttpsAnswer> answer_;
  v1::MessageReport report_;
  Progress progress_;
};

}  // namespace tocsin::cli
