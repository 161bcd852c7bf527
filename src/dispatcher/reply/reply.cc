#include "dispatcher/reply/reply.h"

#include <fmt/format.h>

namespace tocsin::dispatcher {

void Reply::State::answer(Answer answer) {
  if (!respond) return;
  std::exchange(respond, nullptr)(std::move(answer));
}

void Reply::answer(Answer answer, runtime::Task then) const {
  auto task = [state = state_, answer = std::move(answer), then = std::move(then)]() mutable {
    state->answer(std::move(answer));
    if (then) then();
  };
  state_->mailbox.on_this_thread() ? task() : state_->mailbox.post(std::move(task));
}

absl::Status no_answer_within(uint32_t answer_ms_max) {
  return absl::DeadlineExceededError(
      fmt::format("no answer from log or storage within {} ms; the call may still take effect: "
                  "look before you repeat it",
                  answer_ms_max));
}

Replies::Replies(runtime::Mailbox mailbox, uint32_t answer_ms_max)
    : mailbox_(std::move(mailbox)), answer_ms_max_(answer_ms_max) {}

Reply Replies::open(Reply::Respond respond, uint64_t now_ms) {
  Reply reply;
  reply.state_ = std::make_shared<Reply::State>(Reply::State{mailbox_, std::move(respond)});
  waiting_.push_back({now_ms + answer_ms_max_, reply.state_});
  return reply;
}

void Replies::expire(uint64_t now_ms) {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const Waiting& oldest = waiting_.front();
    if (!oldest.state->respond) continue;
    if (oldest.deadline_ms > now_ms) return;
    oldest.state->answer(no_answer_within(answer_ms_max_));
  }
}

void Replies::abandon() {
  for (; !waiting_.empty(); waiting_.pop_front()) {
    waiting_.front().state->answer(absl::UnavailableError(
        "the server is shutting down; the call may still take effect: look before you repeat it"));
  }
}

}  // namespace tocsin::dispatcher
