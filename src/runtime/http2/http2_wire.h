// Http2Wire: nghttp2 with the options of this server, and its callbacks as calls of an interface.
//
//   receive() --> nghttp2 --> Http2Events      produce() <-- nghttp2 <-- submit_...()
//
// Everything but receive() and produce() may be called from within an event.
//
// Windows are given back only for bytes that have been taken (consume()). The window of a stream is
// large enough for a fast upload (256 KB a round trip), and that of the connection is what all
// streams together may leave untaken: 1 MB, however many streams there are.
//
// Thread: the connection's.
// Bound: per connection about 20 KB of tables and one frame; streams_max; the connection's window;
// acknowledgements that wait (nghttp2: 1000); eight CONTINUATION frames a head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/http2/http2_answer.h"
#include "runtime/http_server/http_exchange.h"

struct nghttp2_session;

namespace tocsin::runtime {

// RFC 9113 section 7.
enum class Http2Error : uint32_t {
  none = 0,
  protocol = 1,
  internal = 2,
  settings_timeout = 4,
  cancel = 8,
  enhance_your_calm = 11,
};

// What nghttp2 has seen. Streams are named by their identifiers.
class Http2Events {
 public:
  virtual ~Http2Events() = default;

  virtual void on_head_begun(int32_t stream) = 0;
  virtual void on_field(int32_t stream, std::string_view name, std::string_view value) = 0;
  // A block of fields begins, of a head or of trailers; one of its fields is decoded to `bytes`.
  // False: enough, the connection ends.
  virtual void on_fields_begun() = 0;
  virtual bool on_field_decoded(size_t bytes) = 0;
  // The head is complete and follows the rules. `is_end`: there is no body.
  virtual void on_head(int32_t stream, bool is_end) = 0;
  virtual void on_body(int32_t stream, std::string_view bytes) = 0;
  // The end of a body, after trailers if there were any.
  virtual void on_body_end(int32_t stream) = 0;
  // The stream has ended: both sides are through, or it was reset by either.
  virtual void on_closed(int32_t stream) = 0;

  // What is to go into the next frame of an answer's body.
  virtual Http2Read read_answer(int32_t stream, std::span<uint8_t> room) = 0;
  virtual void on_answer_moved(int32_t stream) = 0;
  // END_STREAM is out.
  virtual void on_answer_end(int32_t stream) = 0;

  virtual void on_settings(bool is_acknowledgement) = 0;
  virtual void on_ping_answer() = 0;
  virtual void on_go_away() = 0;
};

class Http2Wire {
 public:
  // Greets the client with our settings.
  explicit Http2Wire(Http2Events& events);
  ~Http2Wire();
  Http2Wire(const Http2Wire&) = delete;
  Http2Wire& operator=(const Http2Wire&) = delete;

  // What the connection is to be ended with, if anything.
  [[nodiscard]] std::optional<Http2Error> receive(std::string_view bytes);
  // Append about `bytes_wanted`. False: the connection is beyond use.
  [[nodiscard]] bool produce(std::string& out, size_t bytes_wanted);
  bool wants_output() const;
  // Neither input nor output is wanted any more.
  bool is_over() const;
  // Frames that wait, besides those of answers' bodies.
  size_t frames_waiting() const;

  // `fields` in lower case. With a body it is read with Http2Events::read_answer().
  void submit_answer(int32_t stream, int status, const HttpFields& fields, bool has_body);
  // 100: send the body.
  void submit_continue(int32_t stream);
  void submit_reset(int32_t stream, Http2Error error);
  // After Http2Read::waits.
  void resume_answer(int32_t stream);
  // `bytes` of the stream's body have been taken.
  void consume(int32_t stream, size_t bytes);
  // `bytes` of any stream were thrown away: others may send as many, but that stream may not.
  void consume_unwanted(size_t bytes);
  // The client's windows hold nothing more for us.
  bool is_stream_window_closed(int32_t stream) const;
  bool is_connection_window_closed() const;

  void submit_ping();
  // GOAWAY: no more streams, please; those under way to us are served still.
  void submit_shutdown_notice();
  // GOAWAY: those that came after the last one are not.
  void submit_last_stream();
  // GOAWAY, and nothing after it.
  void submit_end(Http2Error error);

 private:
  Http2Events& events_;
  struct Delete {
    void operator()(nghttp2_session* session) const;
  };
  std::unique_ptr<nghttp2_session, Delete> session_;
};

}  // namespace tocsin::runtime
