#include "dispatcher/reply/field_faults.h"

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {

void FieldFaults::add(std::string field, std::string description) {
  if (!is_full()) faults_.emplace_back(std::move(field), std::move(description));
}

bool FieldFaults::is_full() const { return faults_.size() >= limits::field_faults_max; }

absl::Status FieldFaults::status() const {
  absl::Status status;
  for (const auto& [field, description] : faults_) {
    status = with_field(std::move(status), field, description);
  }
  return status;
}

}  // namespace tocsin::dispatcher
