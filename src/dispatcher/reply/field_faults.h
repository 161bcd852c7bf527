// FieldFaults: what is wrong with the fields of one request.
//
// Thread: one owner.
// Bound: field_faults_max of them, the first, so that a body of many wrong values costs neither time
// nor a long answer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <absl/status/status.h>

namespace tocsin::dispatcher {

class FieldFaults {
 public:
  // `field` by its path in the JSON.
  void add(std::string field, std::string description);
  bool is_empty() const { return faults_.empty(); }
  // More would be left out.
  bool is_full() const;
  // OK when there are none; else INVALID_ARGUMENT that names each (dispatcher/reply/api_error.h).
  absl::Status status() const;

 private:
  std::vector<std::pair<std::string, std::string>> faults_;
};

}  // namespace tocsin::dispatcher
