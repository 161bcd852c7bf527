#include "dispatcher/transport/rest_list.h"

#include <fmt/format.h>
#include <utility>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/transport/json_error.h"
#include "json/read.h"

namespace tocsin::dispatcher {
namespace {

absl::Status in_line(const absl::Status& status, size_t line) {
  return absl::InvalidArgumentError(
      fmt::format("line {}: {}", line, std::string(status.message())));
}

}  // namespace

void RestList::on_piece(std::string piece, runtime::Task more) {
  rest_ += piece;
  const absl::Status status = read_lines();
  if (!status.ok()) return open_().fail(status);
  list_->when_welcome(std::move(more));
}

absl::Status RestList::read_lines() {
  size_t begin = 0;
  for (size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    const std::string line = rest_.substr(begin, end - begin);
    begin = end + 1;
    ++lines_;
    if (auto status = read_line(line); !status.ok()) return in_line(status, lines_);
  }
  rest_.erase(0, begin);
  if (rest_.size() <= limits::http_line_bytes_max) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("line {} is too long: at most {} bytes", lines_ + 1,
                                                limits::http_line_bytes_max));
}

absl::Status RestList::read_line(const std::string& line) {
  if (line.find_first_not_of(" \t\r") == std::string::npos) return absl::OkStatus();
  v1::SendToListRequest request;
  if (const auto fault = json::read(line, request, json::UnknownFields::refuse)) {
    return json_error(*fault, "the line");
  }
  return api_.add_to_list(*list_, method_, authorization_, app_, request);
}

void RestList::on_end() {
  if (!rest_.empty()) {
    ++lines_;
    const absl::Status status = read_line(std::exchange(rest_, {}));
    if (!status.ok()) return open_().fail(in_line(status, lines_));
  }
  api_.finish_list(*list_, method_, authorization_, app_, open_());
}

}  // namespace tocsin::dispatcher
