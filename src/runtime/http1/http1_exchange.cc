#include "runtime/http1/http1_exchange.h"

#include <utility>

namespace tocsin::runtime {

Http1Exchange::Http1Exchange(HttpHost& host, HttpLink& link, Http1Request request)
    : host_(host),
      link_(&link),
      request_(std::move(request)),
      body_(request_.framing),
      unread_(host.unread) {}

void Http1Exchange::respond(HttpResponse response) {
  if (link_ == nullptr || is_answered_) return;
  is_answered_ = true;
  answer_ = std::move(response);
  unread_.set(answer_->body.size());
  link_->on_progress();
}

void Http1Exchange::resume() {
  if (link_ == nullptr) return;
  is_paused_ = false;
  link_->on_progress();
}

void Http1Exchange::vouch() {
  if (link_ == nullptr) return;
  is_vouched_ = true;
  link_->on_vouched();
}

void Http1Exchange::when_gone(Task task) {
  if (link_ != nullptr) gone_ = std::move(task);
}

void Http1Exchange::begin() {
  sink_ =
      host_.handler.begin(std::move(request_.head), HttpResponder(weak_from_this(), host_.thread));
  if (sink_ != nullptr) body_bytes_max_ = sink_->bytes_max();
}

Http1Exchange::Reading Http1Exchange::read(Http1Input& input) {
  if (is_paused_) return Reading::paused;
  const Http1Body::Read read = body_.read(input.view());
  input.consume(read.used);
  switch (read.outcome) {
    case Http1Body::Outcome::more:
      return Reading::more;
    case Http1Body::Outcome::piece:
      return hand_over(read.piece) ? Reading::piece : Reading::too_large;
    case Http1Body::Outcome::end:
      end_body();
      return Reading::end;
    case Http1Body::Outcome::bad:
      break;
  }
  return Reading::bad;
}

bool Http1Exchange::hand_over(std::string_view piece) {
  body_bytes_ += piece.size();
  if (body_bytes_ > body_bytes_max_) return false;
  is_paused_ = true;  // resume() may be called before on_piece() returns
  if (sink_->on_piece(piece)) is_paused_ = false;
  return true;
}

void Http1Exchange::end_body() {
  if (const auto sink = std::move(sink_)) sink->on_end();
}

HttpResponse Http1Exchange::take_answer() {
  HttpResponse answer = *std::move(answer_);
  answer_.reset();
  unread_.set(0);
  return answer;
}

void Http1Exchange::ask(HttpBodySource& source) {
  if (is_asking_) return;
  is_asking_ = true;
  source.next([weak = weak_from_this()](std::string piece) {
    const auto self = weak.lock();
    if (self == nullptr || !self->is_asking_ || self->piece_) return;
    self->unread_.set(piece.size());
    self->piece_ = std::move(piece);
    self->link_->on_progress();
  });
}

std::optional<std::string> Http1Exchange::take_piece() {
  if (!piece_) return std::nullopt;
  is_asking_ = false;
  unread_.set(0);
  return std::exchange(piece_, std::nullopt);
}

void Http1Exchange::complete() {
  link_ = nullptr;
  is_asking_ = false;
  sink_.reset();
  gone_ = nullptr;
}

void Http1Exchange::lose() {
  if (link_ == nullptr) return;
  link_ = nullptr;
  is_asking_ = false;
  answer_.reset();
  piece_.reset();
  unread_.set(0);
  const auto sink = std::move(sink_);
  if (Task gone = std::move(gone_)) gone();
}

}  // namespace tocsin::runtime
