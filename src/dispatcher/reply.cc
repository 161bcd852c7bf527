#include "dispatcher/reply.h"

#include <fmt/format.h>

#include "dispatcher/api_error.h"

namespace tocsin::dispatcher {

void Reply::State::answer(runtime::HttpResponse response) {
  if (!respond) return;
  std::exchange(respond, nullptr)(std::move(response));
}

void Reply::send(runtime::HttpResponse response, runtime::Task then) const {
  auto answer = [state = state_, response = std::move(response), then = std::move(then)]() mutable {
    state->answer(std::move(response));
    if (then) then();
  };
  state_->door.on_this_thread() ? answer() : state_->door.post(std::move(answer));
}

void Reply::fail(const absl::Status& status) const { send(error_response(status)); }

Replies::Replies(ShardDoor door, uint32_t answer_ms_max)
    : door_(std::move(door)), answer_ms_max_(answer_ms_max) {}

Reply Replies::open(runtime::HttpServer::Respond respond, uint64_t now_ms) {
  Reply reply;
  reply.state_ = std::make_shared<Reply::State>(Reply::State{door_, std::move(respond)});
  waiting_.push_back({now_ms + answer_ms_max_, reply.state_});
  return reply;
}

void Replies::expire(uint64_t now_ms) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const Waiting& oldest = waiting_.front();
    if (!oldest.state->respond) continue;
    if (oldest.deadline_ms > now_ms) return;
    oldest.state->answer(error_response(absl::DeadlineExceededError(fmt::format(
        "no answer from log or storage within {} ms; the call may still take effect: look before "
        "you repeat it",
        answer_ms_max_))));
  }
}

}  // namespace tocsin::dispatcher
