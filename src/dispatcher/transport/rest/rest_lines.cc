#include "dispatcher/transport/rest/rest_lines.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "dispatcher/transport/rest/json_error.h"
#include "json/read.h"

namespace tocsin::dispatcher {

RestLines::RestLines(bool is_gzip)
    : gunzip_(is_gzip ? std::make_unique<runtime::Gunzip>(limits::http_stream_bytes_max)
                      : nullptr) {}

void RestLines::feed(std::string_view bytes) {
  if (gunzip_ != nullptr) {
    packed_ += bytes;
    return;
  }
  lines_.erase(0, read_);
  searched_ -= read_;
  read_ = 0;
  lines_ += bytes;
}

absl::StatusOr<bool> RestLines::next(bool is_last, ListPiece& piece) {
  for (;;) {
    const size_t end = lines_.find('\n', searched_);
    if (end != std::string::npos) {
      const std::string_view line = std::string_view(lines_).substr(read_, end - read_);
      read_ = searched_ = end + 1;
      if (auto status = read_line(line, piece); !status.ok()) return status;
      return true;
    }
    searched_ = lines_.size();
    if (searched_ - read_ > limits::http_line_bytes_max) {
      return absl::InvalidArgumentError(fmt::format("line {} is too long: at most {} bytes",
                                                    count_ + 1, limits::http_line_bytes_max));
    }
    const auto more = unpack();
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  if (!is_last) return false;
  if (gunzip_ != nullptr && !gunzip_->is_complete()) {
    return absl::InvalidArgumentError("the body is not valid gzip: its end is missing");
  }
  if (read_ == lines_.size()) return false;
  const std::string_view line = std::string_view(lines_).substr(read_);
  read_ = lines_.size();
  if (auto status = read_line(line, piece); !status.ok()) return status;
  return true;
}

absl::StatusOr<bool> RestLines::unpack() {
  if (gunzip_ == nullptr || (packed_.empty() && !gunzip_->has_more())) return false;
  lines_.erase(0, read_);
  searched_ -= read_;
  read_ = 0;
  std::string_view input = packed_;
  const auto step = gunzip_->unpack(input, lines_, limits::http_piece_bytes_max);
  packed_.erase(0, packed_.size() - input.size());
  if (step == runtime::Gunzip::Step::broken) {
    return absl::InvalidArgumentError("the body is not valid gzip: send it whole and undamaged");
  }
  if (step == runtime::Gunzip::Step::too_large) {
    return absl::InvalidArgumentError(fmt::format(
        "the body is too large unpacked: at most {} bytes", limits::http_stream_bytes_max));
  }
  return true;
}

absl::Status RestLines::read_line(std::string_view line, ListPiece& piece) {
  piece.line = ++count_;
  piece.bytes = line.size() + 1;
  piece.is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
  if (piece.is_blank) return absl::OkStatus();
  const auto fault = json::read(line, piece.request, json::UnknownFields::refuse);
  return fault ? json_error(*fault, "the line") : absl::OkStatus();
}

}  // namespace tocsin::dispatcher
