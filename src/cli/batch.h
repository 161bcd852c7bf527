// Batch: the messages of a file, one JSON SendRequest a line, sent a hundred at a time, each line
// accepted or refused by itself.
//
// A line that cannot be sent at all (no JSON, an unknown field, too large) is refused here and the
// rest goes on. A call that fails as a whole ends it.
//
// Thread: one owner; run() blocks.
// Bound: send_batch_max lines and http_body_bytes_max at once.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "cli/progress.h"
#include "cli/session.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {

class Batch {
 public:
  Batch(const Session& session, std::string key);

  // Send every line of `in`. Refusals are written as they come; the counts at the end, or with
  // --json one result a line instead. Returns the exit code: refused if a line was.
  int run(std::istream& in);

 private:
  using Result = v1::SendBatchResponse::Result;
  struct Line {
    uint64_t number;
    std::optional<Result> refused;  // here
  };

  int add(const std::string& text);
  int flush();
  int stopped(int code) const;
  void report(uint64_t line, const Result& result);
  void write_counts() const;

  const Session& session_;
  std::string key_;
  uint64_t line_ = 0;
  std::vector<Line> lines_;  // not answered yet
  v1::SendBatchRequest request_;
  size_t request_bytes_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  Progress progress_;
};

}  // namespace tocsin::cli
