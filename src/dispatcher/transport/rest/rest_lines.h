// RestLines: a list send over HTTP: one SendToListRequest a line, as JSON; the body may come packed
// by gzip.
//
// Thread: the connection's.
// Bound: a line of http_line_bytes_max; the bytes of the body that were fed and not yet asked for;
// http_stream_bytes_max unpacked.
#pragma once

#include <memory>
#include <string>

#include "dispatcher/transport/gate/list_call.h"
#include "runtime/http_server/gunzip.h"

namespace tocsin::dispatcher {

class RestLines final : public ListSource {
 public:
  explicit RestLines(bool is_gzip);

  void feed(std::string_view bytes) override;
  absl::StatusOr<bool> next(bool is_last, ListPiece& piece) override;
  size_t held_bytes() const override { return packed_.size() + lines_.size() - read_; }

 private:
  // Whether there is more to look at now.
  absl::StatusOr<bool> unpack();
  absl::Status read_line(std::string_view line, ListPiece& piece);

  std::unique_ptr<runtime::Gunzip> gunzip_;  // nullptr: nothing is packed
  std::string packed_;
  std::string lines_;
  size_t read_ = 0;      // bytes of lines_
  size_t searched_ = 0;  // bytes of lines_ that hold no further end of a line
  size_t count_ = 0;     // of lines
};

}  // namespace tocsin::dispatcher
