// Http1Session: HTTP/1.1, and 1.0, on one connection (RFC 9112), as an HttpSession.
//
// One request at a time: the next head is read when the answer before has been produced, so that
// pipelined requests are answered in order and cost nothing while they wait.
//
//            +-------------- answer produced, connection kept <--------+
//            v                                                         |
//   head ----+--> body --end--> complete ------ answer ----------------+
//                  \--early answer, little left--> drop --all read-----+
//                   \--------------------------------------------------+--> closed
//
// A body whose rest nobody wants is read and dropped when it is announced to be short; otherwise
// the connection is closed after the answer. After anything that is not well formed nothing more is
// read: what follows is nobody's request.
//
// Deadlines: an idle connection ends without a word after keep_alive_ms. A request has to be
// complete within request_ms_max of its first byte, or gets a 408. Where the sink takes more than
// http_body_bytes_max (an upload), it has request_ms_max for each body_progress_bytes instead: about
// 100 bytes per second at least. The time in which a sink does not want more is not counted. Output
// that does not move for stalled_ms_max ends the connection.
//
// Thread: the connection's.  Bound: http_head_bytes_max of input and one receive(), one answer or
// one piece of it; what the sink keeps is its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/http1/http1_answer.h"
#include "runtime/http1/http1_exchange.h"
#include "runtime/http1/http1_input.h"
#include "runtime/http1/http1_lines.h"
#include "runtime/http1/http1_output.h"
#include "runtime/http_server/http_session.h"

namespace tocsin::runtime {

class Http1Session final : public HttpSession {
 public:
  Http1Session(HttpHost& host, HttpLink& link);
  ~Http1Session() override;
  Http1Session(const Http1Session&) = delete;
  Http1Session& operator=(const Http1Session&) = delete;

  void receive(std::string_view bytes) override;
  bool wants_input() const override;
  void on_input_end() override;
  void produce(std::string& out, size_t bytes_wanted) override;
  bool is_over() const override;
  bool is_idle() const override;
  void finish() override;
  uint64_t deadline_ms() const override;
  void on_deadline() override;
  size_t unread_bytes() const override;
  size_t half_received_bytes() const override;

 private:
  enum class Phase : uint8_t { head, body, drop, complete, closed };  // of the input

  // Go on as far as input and answers allow.
  void run();
  // Whether there is more to do at once.
  bool step();

  // -- Input (http1_session.cc) ------------------------------------------------------------------
  void await_head();
  bool read_head();
  void skip_blank_lines();
  bool on_head(std::string_view text);
  void begin_exchange(Http1Request request);
  void begin_body();
  bool read_body();
  void note_progress();
  bool drop_body();
  // The rest of the body is unwanted.
  void abandon_body();
  void on_body_end();
  // There is not enough input to go on; false.
  bool starve();
  void close_input();

  // -- Answers (http1_session_answer.cc) ---------------------------------------------------------
  bool begin_answer();
  HttpResponse charged(HttpResponse response);
  void send_head(const HttpResponse& response, Http1BodyEnd body_end);
  // With all of output_ sent: whether there is more, now.
  bool continue_answer(size_t room);
  bool pull_piece();
  void end_answer();
  void refuse(int status, std::string message);
  void lose_exchange();
  bool can_keep() const;
  bool is_output_waiting() const;
  void mark_output();
  // The budgets hear what is held.
  void settle();

  HttpHost& host_;
  HttpLink& link_;
  FloodGuard guard_;
  Http1Input input_;
  Http1Output output_;
  HttpBudget::Share unread_;
  HttpBudget::Share half_received_;

  Phase phase_ = Phase::head;
  bool input_ended_ = false;
  bool is_last_ = false;     // finish() was called
  bool head_begun_ = false;  // its first byte is there
  uint8_t blank_lines_ = 0;  // before this head
  Http1Lines lines_{Http1Lines::First::request_line};
  size_t scanned_bytes_ = 0;  // of the head
  uint64_t drop_bytes_ = 0;   // still to be dropped
  uint64_t progress_at_ = 0;  // body bytes that earned the last respite
  uint64_t input_deadline_ms_ = no_deadline;

  std::shared_ptr<Http1Exchange> exchange_;
  bool is_answering_ = false;  // its answer has been taken
  bool is_kept_ = false;       // the answer promises it
  bool is_continued_ = false;  // 100 was sent
  bool is_chunking_ = false;
  bool has_asked_ = false;  // the source, since the last output left
  std::shared_ptr<HttpBodySource> source_;
  bool has_left_ = true;   // what was produced before
  uint64_t moved_ms_ = 0;  // when output last moved, or began to wait
};

}  // namespace tocsin::runtime
