// A batch: several sends in one call, each with its own answer.
//
// Thread: the dispatcher's shard.
// Bound: send_batch_max messages.
#pragma once

#include <functional>

#include "dispatcher/reply/reply.h"
#include "tocsin/v1/push.pb.h"

namespace tocsin::dispatcher {

// Makes the reply for one message.
using OpenReply = std::function<Reply(Reply::Respond)>;
using SendOne = std::function<void(const v1::SendRequest&, Reply)>;

// Send all messages of `request`; answers when each has its answer.
void send_batch(const v1::SendBatchRequest& request, const OpenReply& open, const SendOne& send,
                Reply reply);

}  // namespace tocsin::dispatcher
