#include "dispatcher/send/idempotency.h"

#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"

namespace tocsin::dispatcher {
namespace {

v1::SendResponse answer_of(const std::string& app, const internal::IdempotencyRow& first) {
  v1::SendResponse response;
  response.set_name(message_resource(app, MessageId{first.message_id()}));
  response.set_message_id(MessageId{first.message_id()}.text());
  json::set_time(*response.mutable_accept_time(), first.accepted_at_ms());
  if (first.expires_at_ms() > 0)
    json::set_time(*response.mutable_expire_time(), first.expires_at_ms());
  return response;
}

}  // namespace

void Idempotency::begin(const cluster::AppConfig& app, const Send& send, Reply reply,
                        absl::AnyInvocable<void(Reply)> go_on) {
  const Key key(app.id.value, send.idempotency_key);
  const bool first = under_way_.insert(key).second;
  auto question = about<internal::FirstAnswerQuestion>(app.id);
  question.set_key(send.idempotency_key);
  services_.storage.ask(
      std::move(question),
      services_.mailbox.wrap([this, key, first, name = app.name, fingerprint = send.fingerprint,
                              reply = std::move(reply),
                              go_on = std::move(go_on)](auto found) mutable {
        const bool known = found.ok() && found->has_first();
        if (!known && found.ok() && first) return this->go_on(key, reply, go_on);
        if (known || first) under_way_.erase(key);
        if (!found.ok()) return reply.fail(unread("an answer", found.status()));
        if (!known) {
          return reply.fail(absl::UnavailableError(
              "another call with this idempotency_key is under way: repeat this one"));
        }
        if (found->first().fingerprint() != fingerprint) {
          return reply.fail(invalid_field("idempotency_key",
                                          "was used for another message in the last 24 hours"));
        }
        reply.send(answer_of(name, found->first()));
      }));
}

void Idempotency::go_on(const Key& key, const Reply& reply,
                        absl::AnyInvocable<void(Reply)>& go_on) {
  go_on(open_([this, key, reply](const Answer& answer) {
    settle(key, answer);
    reply.forward(answer);
  }));
}

void Idempotency::settle(const Key& key, const Answer& answer) {
  if (absl::IsDeadlineExceeded(answer.status())) return;
  if (!answer.ok()) {
    under_way_.erase(key);
    return;
  }
  cluster::when_applied(services_.storage, services_.log.last(),
                        services_.mailbox.wrap([this, key] { under_way_.erase(key); }));
}

}  // namespace tocsin::dispatcher
