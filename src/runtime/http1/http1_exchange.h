// Http1Exchange: one request of HTTP/1.1 and its answer, between the session and the handler.
//
// What the handler's side says (an answer, a piece of it, resume) is put down here and taken up by
// the session in its next turn. So a responder may be called at any moment, also from within the
// sink that is being handed a piece, and nothing is pulled from under anybody's feet.
//
//   begin() --> read()... --> take_answer() --> ask(), take_piece()... --> complete()
//                  \                 \________________\____ lose()
//
// Thread: the connection's.  Bound: one answer, or one piece of it; of the request nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http1/http1_body.h"
#include "runtime/http1/http1_input.h"
#include "runtime/http1/http1_request.h"
#include "runtime/http_server/http_session.h"

namespace tocsin::runtime {

class Http1Exchange final : public HttpExchange,
                            public std::enable_shared_from_this<Http1Exchange> {
 public:
  // `host` and `link` are left alone after complete() and lose().
  Http1Exchange(HttpHost& host, HttpLink& link, Http1Request request);

  // HttpExchange
  void respond(HttpResponse response) override;
  void resume() override;
  void vouch() override;
  void when_gone(Task task) override;

  // -- The request -------------------------------------------------------------------------------

  // Hand the head to the handler.
  void begin();
  // What there is to do about the body now.
  enum class Reading : uint8_t {
    piece,      // one was handed over; go on
    more,       // more input is needed
    paused,     // the sink does not want more yet
    end,        // the handler has it all
    bad,        // it is not well formed
    too_large,  // for the sink
  };
  Reading read(Http1Input& input);
  // Nobody wants the rest.
  void drop_sink() { sink_.reset(); }

  const Http1Request& request() const { return request_; }
  bool wants_body() const { return sink_ != nullptr; }
  bool is_paused() const { return is_paused_; }
  // The sink takes bodies so large that they may take longer than one request_ms_max.
  bool takes_streams() const { return body_bytes_max_ > limits::http_body_bytes_max; }
  size_t body_bytes_max() const { return body_bytes_max_; }
  uint64_t body_bytes() const { return body_bytes_; }
  uint64_t body_bytes_left() const { return body_.bytes_left(); }
  size_t held_bytes() const { return sink_ == nullptr ? 0 : sink_->held_bytes(); }

  // -- The answer --------------------------------------------------------------------------------

  bool has_answer() const { return answer_.has_value(); }
  HttpResponse take_answer();
  // Ask the source of the answer for its next piece, unless it is being asked.
  void ask(HttpBodySource& source);
  // The piece that was asked for, when it has come.
  std::optional<std::string> take_piece();

  bool is_vouched() const { return is_vouched_; }
  // Of what waits here to be taken.
  size_t unread_bytes() const { return unread_.bytes(); }

  // The answer has been sent.
  void complete();
  // There will be no answer, or not all of it.
  void lose();

 private:
  void end_body();
  bool hand_over(std::string_view piece);

  HttpHost& host_;
  HttpLink* link_;  // nullptr: it is over
  Http1Request request_;
  Http1Body body_;
  std::unique_ptr<HttpBodySink> sink_;
  size_t body_bytes_max_ = 0;
  uint64_t body_bytes_ = 0;
  bool is_paused_ = false;
  bool is_answered_ = false;
  bool is_vouched_ = false;
  bool is_asking_ = false;
  std::optional<HttpResponse> answer_;
  std::optional<std::string> piece_;
  HttpBudget::Share unread_;
  Task gone_;
};

}  // namespace tocsin::runtime
