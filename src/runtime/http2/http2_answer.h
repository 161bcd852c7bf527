// Http2Answer: the body of one answer on its way into DATA frames.
//
// A body that is known is cut up; one that goes on is asked for its next piece when the last one has
// gone into frames, so nothing waits here but one piece.
//
// Thread: the connection's.  Bound: the answer's maker; counted in HttpHost::unread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

// What has been read of an answer for one frame.
struct Http2Read {
  size_t bytes = 0;
  bool is_end = false;  // nothing follows but `trailers`
  HttpFields trailers = {};
  // Neither bytes nor the end: there will be more when Http2Answer::put() has said so.
  bool waits = false;
};

class Http2Answer {
 public:
  // Of `response` only body, source and trailers are used.
  explicit Http2Answer(HttpResponse response);

  // Fill `room` as far as there is something. `make_take` makes what the source is given; it ends
  // in put().
  Http2Read read(std::span<uint8_t> room, const std::function<HttpBodySource::Take()>& make_take);
  // The next piece. Whether a reader has been told to wait for it.
  bool put(std::string piece);

  // It is the source that takes its time, not the reader.
  bool is_waiting() const { return is_asked_; }
  size_t held_bytes() const { return piece_.size(); }

 private:
  size_t copy(std::span<uint8_t> room);
  HttpFields all_trailers();

  std::string piece_;
  size_t sent_bytes_ = 0;  // of it
  std::shared_ptr<HttpBodySource> source_;
  HttpFields trailers_;
  bool is_ended_;  // no piece follows this one
  bool is_asked_ = false;
  bool reader_waits_ = false;
};

}  // namespace tocsin::runtime
