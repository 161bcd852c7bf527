// Http2Session: HttpSession of HTTP/2 (RFC 9113), on nghttp2.
//
//   Http2Wire (frames, HPACK, windows) --> Http2Session (streams, deadlines) --> Http2Stream
//
// What ends a connection: the client (GOAWAY, end of input, an error), nothing to do for
// keep_alive_ms, no tokens left for cheap frames (Http2Tolls), no answer to our SETTINGS or PING
// for stalled_ms_max, and finish(). Each but the end of input is told with GOAWAY.
//
// Streams are looked after several times in the shortest of the limits, rather than with a timer
// each.
//
// Thread: the connection's.
// Bound: http_streams_max streams and what Http2Wire says; no input is wanted while output waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/http2/http2_connection.h"
#include "runtime/http2/http2_stream.h"
#include "runtime/http2/http2_tolls.h"
#include "runtime/http_server/http_session.h"

namespace tocsin::runtime {

class Http2Session final : public HttpSession, private Http2Events {
 public:
  Http2Session(HttpHost& host, HttpLink& link);
  ~Http2Session() override;

  void receive(std::string_view bytes) override;
  bool wants_input() const override;
  void on_input_end() override;
  void produce(std::string& out, size_t bytes_wanted) override;
  bool is_over() const override;
  bool is_idle() const override { return streams_.empty(); }
  void finish() override;

  uint64_t deadline_ms() const override;
  void on_deadline() override;

  size_t unread_bytes() const override { return connection_.unread_bytes; }
  size_t half_received_bytes() const override { return connection_.half_received_bytes; }

 private:
  using Streams = std::unordered_map<int32_t, std::shared_ptr<Http2Stream>>;

  // Http2Events
  void on_head_begun(int32_t stream) override;
  void on_field(int32_t stream, std::string_view name, std::string_view value) override;
  void on_fields_begun() override { field_bytes_ = 0; }
  bool on_field_decoded(size_t bytes) override;
  void on_head(int32_t stream, bool is_end) override;
  void on_body(int32_t stream, std::string_view bytes) override;
  void on_body_end(int32_t stream) override;
  void on_closed(int32_t stream) override;
  Http2Read read_answer(int32_t stream, std::span<uint8_t> room) override;
  void on_answer_moved(int32_t stream) override;
  void on_answer_end(int32_t stream) override;
  void on_settings(bool is_acknowledgement) override;
  void on_ping_answer() override;
  void on_go_away() override;

  // nullptr: not one of ours, or the connection is at its end.
  std::shared_ptr<Http2Stream> find(int32_t stream) const;
  uint64_t tick_ms() const;
  void tick();
  void check_peer();
  void ping();
  // Tell the client that there will be an end, and wait for what it has sent before it knew.
  void leave();
  // After whatever may have ended streams or the connection.
  void settle();
  void close_streams();

  HttpHost& host_;
  Http2Connection connection_;
  Http2Tolls tolls_;
  Streams streams_;
  size_t field_bytes_ = 0;  // of the block that is being decoded
  uint64_t opened_ms_;
  uint64_t idle_since_ms_;
  uint64_t heard_ms_;       // bytes came in
  uint64_t pinged_ms_ = 0;  // an answer is due; 0: none
  uint64_t last_tick_ms_ = 0;
  bool is_greeted_ = false;       // preface and settings of the client are here
  bool is_acknowledged_ = false;  // our settings
  bool is_leaving_ = false;       // the client has been told
  bool is_finishing_ = false;
  bool is_last_told_ = false;  // which stream is the last to be served
  bool is_lost_ = false;       // nothing can be sent or will come
  bool output_waits_ = false;
};

}  // namespace tocsin::runtime
