// ListUpload: a send to the device ids in a file, which goes to the server as it is read.
//
// Nothing is sent before the end of the file: a line that is not an id stops it, and no device gets
// anything.
//
// Thread: one owner; it blocks.
// Bound: ids_per_line ids in memory.
#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include <absl/status/statusor.h>

#include "cli/progress.h"
#include "cli/session.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::cli {

class ListUpload {
 public:
  static constexpr int ids_per_line = 1000;

  // `in` is the file `name` of `bytes`, 0 when unknown.
  ListUpload(const Session& session, std::string name, std::istream& in, uint64_t bytes,
             const v1::SendRequest& message);
  ~ListUpload() { progress_.clear(); }  // the server may answer before the end

  // The next lines of the body, empty at its end. INVALID_ARGUMENT with the line that is not an id.
  absl::StatusOr<std::string> next();

 private:
  void show();

  std::istream& in_;
  uint64_t bytes_;
  uint64_t bytes_read_ = 0;
  uint64_t lines_ = 0;
  uint64_t ids_ = 0;
  std::string head_;  // the message, until it is sent
  std::string name_;  // of the file
  Progress progress_;
};

// Send `message` to the ids of the file `name`; "-" is standard input.
absl::StatusOr<runtime::HttpsAnswer> send_to_list(const Session& session, const std::string& name,
                                                  const v1::SendRequest& message);

}  // namespace tocsin::cli
