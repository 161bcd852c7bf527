#include "dispatcher/transport/gate/answer_stream.h"

#include <utility>

namespace tocsin::dispatcher {

// The stream as the HTTP server has it; that it is dropped means that the caller has gone.
class AnswerStream::Body final : public runtime::HttpBodySource {
 public:
  explicit Body(std::shared_ptr<AnswerStream> stream) : stream_(std::move(stream)) {}
  ~Body() override { stream_->on_gone(); }
  void next(Take take) override { stream_->next(std::move(take)); }
  runtime::HttpFields trailers() override { return std::exchange(stream_->end_.trailers, {}); }

 private:
  std::shared_ptr<AnswerStream> stream_;
};

void AnswerStream::begin() {
  state_ = State::open;
  runtime::HttpResponse head = writer_->head();
  head.source = std::make_shared<Body>(shared_from_this());
  respond_(std::move(head));
}

void AnswerStream::offer(std::string piece) {
  if (state_ == State::ended) return;
  newest_ = std::move(piece);
  state_ == State::waiting ? begin() : flush();
}

void AnswerStream::keep_alive() {
  if (!take_) return;
  std::string sign = writer_->keep_alive();
  if (!sign.empty()) std::exchange(take_, nullptr)(std::move(sign));
}

void AnswerStream::end(const absl::Status& status) {
  if (state_ == State::ended) return;
  gone_ = nullptr;
  if (std::exchange(state_, State::ended) == State::waiting) {
    return respond_(writer_->refusal(status));
  }
  end_ = writer_->end(status);
  flush();
}

void AnswerStream::cut(const absl::Status& status) {
  if (state_ == State::ended) return;
  runtime::Task gone = std::exchange(gone_, nullptr);
  end(status);
  if (gone) gone();
}

void AnswerStream::on_gone() {
  state_ = State::ended;
  take_ = nullptr;
  newest_.clear();
  if (gone_) std::exchange(gone_, nullptr)();
}

void AnswerStream::next(runtime::HttpBodySource::Take take) {
  take_ = std::move(take);
  flush();
}

void AnswerStream::flush() {
  if (!take_) return;
  std::string piece = std::exchange(newest_, {}) + std::exchange(end_.piece, {});
  if (piece.empty() && state_ != State::ended) return;
  std::exchange(take_, nullptr)(std::move(piece));
}

}  // namespace tocsin::dispatcher
