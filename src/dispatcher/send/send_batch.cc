#include "dispatcher/send/send_batch.h"

#include <fmt/format.h>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "dispatcher/reply/api_error.h"

namespace tocsin::dispatcher {
namespace {

struct Batch {
  v1::SendBatchResponse response;
  int missing = 0;
  Reply reply;

  void take(int index, const Answer& answer) {
    v1::SendBatchResponse::Result& result = *response.mutable_results(index);
    if (answer.ok()) {
      *result.mutable_accepted() = static_cast<const v1::SendResponse&>(**answer);
    } else {
      *result.mutable_error() = error_body(answer.status());
    }
    if (--missing == 0) reply.send(std::move(response));
  }
};

}  // namespace

void send_batch(const v1::SendBatchRequest& request, const OpenReply& open, const SendOne& send,
                Reply reply) {
  const int count = request.messages_size();
  if (count == 0 || count > limits::send_batch_max) {
    return reply.fail(invalid_field(
        "messages", fmt::format("give 1 to {} messages, not {}", limits::send_batch_max, count)));
  }
  auto batch = std::make_shared<Batch>();
  batch->missing = count;
  batch->reply = std::move(reply);
  for (int i = 0; i < count; ++i) batch->response.add_results();
  for (int i = 0; i < count; ++i) {
    send(request.messages(i), open([batch, i](const Answer& answer) { batch->take(i, answer); }));
  }
}

}  // namespace tocsin::dispatcher
