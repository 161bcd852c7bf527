// Http2Intake: the body of one request on its way from DATA frames to its sink.
//
//   take() --> sink.on_piece() --true--> more
//                 |false
//              kept, until resume()
//
// A sink may answer or resume from within its own calls, so it is only destroyed after they have
// returned. The end is told when all pieces have been welcome.
//
// Thread: the connection's.  Bound: what is kept is within the windows, which are given back only
// for bytes that have been taken.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

class Http2Intake {
 public:
  // nullptr: nobody wants the body.
  void open(std::unique_ptr<HttpBodySink> sink) { sink_ = std::move(sink); }
  // Whether somebody waits for the body.
  bool is_open() const { return sink_ != nullptr && !is_dropped_; }

  // All three: how many bytes need not be kept any longer.
  //
  // Requires is_open().
  size_t take(std::string_view bytes);
  size_t resume();
  // What comes is not wanted any more.
  size_t drop();

  // There is no more to come.
  void on_end();

  // It is the sink that takes its time, not the client.
  bool is_paused() const { return is_open() && !is_welcome_; }
  bool may_pause() const { return is_open() && sink_->may_pause(); }
  size_t bytes_max() const { return is_open() ? sink_->bytes_max() : SIZE_MAX; }
  // Bytes here and in the sink.
  size_t held_bytes() const;

 private:
  size_t deliver(std::string_view bytes);
  void end_when_due();
  size_t forget();

  std::unique_ptr<HttpBodySink> sink_ = nullptr;
  std::string kept_ = {};
  bool is_welcome_ = true;
  bool is_busy_ = false;  // within a call of the sink
  bool is_dropped_ = false;
  bool is_ended_ = false;
};

}  // namespace tocsin::runtime
