// How a session answers: whole, piece by piece, or with what is wrong.
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "runtime/http1/http1_session.h"

namespace tocsin::runtime {
namespace {

// Of the FloodGuard's tokens, for an answer to a request without a valid key.
constexpr uint32_t stranger_tokens = 40;

}  // namespace

void Http1Session::produce(std::string& out, size_t bytes_wanted) {
  const size_t bytes_before = out.size();
  const auto room = [&] {
    return bytes_wanted - std::min(bytes_wanted, out.size() - bytes_before);
  };
  has_left_ = true;
  has_asked_ = false;
  moved_ms_ = host_.now_ms;
  {
    const Http1Input::Turn turn(input_, {});
    run();
    do {
      output_.move_to(out, room());
    } while (output_.is_empty() && continue_answer(room()));
  }
  has_left_ = out.size() == bytes_before;
  settle();
}

bool Http1Session::continue_answer(size_t room) {
  if (!is_answering_) return false;
  if (source_ != nullptr) return room > 0 && pull_piece();
  end_answer();
  run();
  return true;
}

bool Http1Session::begin_answer() {
  if (phase_ == Phase::body) abandon_body();
  HttpResponse response = charged(exchange_->take_answer());
  is_answering_ = true;
  const Http1Request& request = exchange_->request();
  const Http1BodyEnd body_end = body_end_of(response, request.takes_chunks);
  is_kept_ = request.keeps_connection && body_end != Http1BodyEnd::close && can_keep();
  is_chunking_ = body_end == Http1BodyEnd::last_chunk;
  send_head(response, body_end);
  if (!is_kept_) close_input();
  if (request.is_head || body_end == Http1BodyEnd::none) return true;
  source_ = std::move(response.source);
  if (source_ == nullptr) output_.set_body(std::move(response.body), {});
  return true;
}

// 429 instead, when too many strangers have been answered here.
HttpResponse Http1Session::charged(HttpResponse response) {
  if (exchange_->is_vouched() || guard_.take(stranger_tokens, host_.now_ms)) return response;
  close_input();
  return host_.handler.error(429, "too many requests without a valid key");
}

bool Http1Session::can_keep() const {
  if (is_last_ || host_.stopping) return false;
  if (phase_ != Phase::complete && phase_ != Phase::drop) return false;
  return !input_ended_ || input_.size() > 0;
}

void Http1Session::send_head(const HttpResponse& response, Http1BodyEnd body_end) {
  mark_output();
  output_.add_text(
      http1_answer_head(response, {.body_end = body_end,
                                   .date = host_.date,
                                   .is_kept = is_kept_,
                                   .keep_alive_s = host_.limits.keep_alive_ms / 1000}));
}

// One piece each time that output has left, and never a second one on top of it.
bool Http1Session::pull_piece() {
  auto piece = exchange_->take_piece();
  if (!piece && !has_asked_) {
    const auto source = source_;  // may be dropped by what it hands over
    exchange_->ask(*source);
    piece = exchange_->take_piece();
  }
  has_asked_ = true;
  if (!piece) return false;
  if (piece->empty()) {
    source_.reset();
    if (is_chunking_) output_.add_text("0\r\n\r\n");
    return true;
  }
  if (is_chunking_) output_.add_text(fmt::format("{:x}\r\n", piece->size()));
  output_.set_body(*std::move(piece), is_chunking_ ? "\r\n" : "");
  return true;
}

void Http1Session::end_answer() {
  is_answering_ = false;
  exchange_->complete();
  exchange_.reset();
  if (!is_kept_ || is_last_ || host_.stopping) return close_input();
  if (phase_ == Phase::complete) await_head();
}

void Http1Session::refuse(int status, std::string message) {
  const bool is_head = exchange_ != nullptr && exchange_->request().is_head;
  lose_exchange();
  close_input();
  is_kept_ = false;
  HttpResponse response = host_.handler.error(status, std::move(message));
  response.source = nullptr;
  send_head(response, Http1BodyEnd::length);
  if (!is_head) output_.set_body(std::move(response.body), {});
}

void Http1Session::lose_exchange() {
  is_answering_ = false;
  source_.reset();
  if (const auto lost = std::exchange(exchange_, nullptr)) lost->lose();
}

bool Http1Session::is_output_waiting() const {
  return !output_.is_empty() || (is_answering_ && !has_left_);
}

void Http1Session::mark_output() {
  if (!is_output_waiting()) moved_ms_ = host_.now_ms;
}

size_t Http1Session::unread_bytes() const {
  return output_.size() + (exchange_ == nullptr ? 0 : exchange_->unread_bytes());
}

size_t Http1Session::half_received_bytes() const {
  return input_.size() + (exchange_ == nullptr ? 0 : exchange_->held_bytes());
}

void Http1Session::settle() {
  unread_.set(output_.size());
  half_received_.set(half_received_bytes());
}

}  // namespace tocsin::runtime
