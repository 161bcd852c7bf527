#include "dispatcher/reply/log_refusal.h"

#include "runtime/log.h"

namespace tocsin::dispatcher {
namespace {

absl::Status failed() {
  return absl::InternalError("the server's log or store failed; its log says why");
}

}  // namespace

absl::Status refused_by_log(std::string_view what, const absl::Status& status) {
  runtime::log_warning("dispatcher: {} was not accepted: {}", what, status.ToString());
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return absl::ResourceExhaustedError(
          "the server has no room to store this now: try again later");
    case absl::StatusCode::kUnavailable:
      return absl::UnavailableError(
          "the server cannot store this now; it may still be found after the server's restart");
    default:
      return failed();
  }
}

absl::Status unread(std::string_view what, const absl::Status& status) {
  if (absl::IsNotFound(status)) return status;
  runtime::log_error("dispatcher: {} could not be read: {}", what, status.ToString());
  return failed();
}

}  // namespace tocsin::dispatcher
