// Appends a record that changes something, and answers when the change is in force: whoever got the
// answer sees its effect.
//
// Thread: any.
#pragma once

#include <string>
#include <utility>

#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/reply/services.h"

namespace tocsin::dispatcher {

// `what` is for the server's log when the record is refused: "a change to a device".
template <typename Response>
void append_then_answer(const Services& services, std::string record, const char* what,
                        Response response, const Reply& reply) {
  services.log.append(std::move(record), [&storage = services.storage, reply, what,
                                          response = std::move(response)](auto position) {
    if (!position.ok()) return reply.fail(refused_by_log(what, position.status()));
    cluster::when_applied(storage, *position, [reply, response] { reply.send(response); });
  });
}

}  // namespace tocsin::dispatcher
