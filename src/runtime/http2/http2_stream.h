// Http2Stream: one request and its answer on a connection of HTTP/2.
//
//   head --> open --body--> half-closed --answer's END_STREAM--> complete --> closed
//              \--answer's END_STREAM--> complete --body's end, or RST_STREAM(NO_ERROR)--> closed
//              \--RST_STREAM, connection gone--> closed: when_gone() runs
//
// An answer may come before the request's end: what comes of the body is then thrown away (unless
// the answer reads on), and the stream's window is not opened again. A client that has not ended
// http_linger_ms_max after END_STREAM is out is told to stop (RFC 9113 section 8.1). Not earlier,
// however much it sends: the reset would overtake the answer, and there are clients (curl 7.88) that
// then report the reset instead of it.
//
// Thread: the connection's.  Bound: one piece of the answer, what the sink has not taken (the
// connection's window), and what the sink holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/http2/http2_answer.h"
#include "runtime/http2/http2_connection.h"
#include "runtime/http2/http2_intake.h"
#include "runtime/http2/http2_request.h"
#include "runtime/http_server/http_exchange.h"

namespace tocsin::runtime {

class Http2Stream final : public HttpExchange, public std::enable_shared_from_this<Http2Stream> {
 public:
  // `connection` outlives close().
  Http2Stream(Http2Connection& connection, int32_t id);
  ~Http2Stream() override;

  // What Http2Events says of this stream.
  void on_field(std::string_view name, std::string_view value);
  void on_head(bool is_end);
  void on_body(std::string_view bytes);
  void on_body_end();
  Http2Read read_answer(std::span<uint8_t> room);
  void on_answer_moved();
  void on_answer_end();
  // The stream is gone; whoever waits for it is told.
  void close();

  // Give up what takes too long; called from time to time. `elapsed_ms` since the last call;
  // `is_blocked`: the client could not have sent more.
  void on_tick(uint64_t elapsed_ms, bool is_blocked);

  bool is_complete() const { return is_complete_; }
  // Bytes that wait for the sink.
  bool is_paused() const { return intake_.is_paused(); }

  // HttpExchange
  void respond(HttpResponse response) override;
  void resume() override;
  void vouch() override;
  void when_gone(Task task) override;

 private:
  void begin(HttpRequestHead head);
  void refuse(int status, const char* message);
  HttpResponse error(int status, const char* message);
  // It is larger than its sink takes.
  void refuse_body();
  void stop_body();
  void send(HttpResponse response);
  HttpFields fields_of(const HttpResponse& response) const;
  void on_piece(std::string piece);
  void check_request(uint64_t elapsed_ms, bool is_blocked);
  void check_answer();
  void update_held();

  Http2Connection& connection_;
  const int32_t id_;
  std::unique_ptr<Http2Request> request_;  // until its head is complete
  Http2Intake intake_;
  std::optional<Http2Answer> answer_;
  Task when_gone_ = nullptr;
  uint64_t body_bytes_ = 0;  // of the request, received
  uint64_t begun_ms_;        // less the time that was not the client's fault
  uint64_t moved_ms_ = 0;    // the answer got on
  bool is_body_ended_ = false;
  bool is_head_ = false;
  bool is_vouched_ = false;
  bool is_answered_ = false;
  bool reads_on_ = false;  // HttpResponse::reads_on
  bool is_complete_ = false;
  bool is_closed_ = false;
  bool is_grpc_ = false;  // by its media type
  Http2Connection::Held unread_;
  Http2Connection::Held half_received_;
};

}  // namespace tocsin::runtime
