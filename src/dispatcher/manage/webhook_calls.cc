#include "dispatcher/manage/webhook_calls.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "tocsin/internal/record.pb.h"
#include "webhooks/webhook_request.h"

namespace tocsin::dispatcher {
namespace {

using Letter = internal::DeadLettersQuestion::Letter;
using Letters = google::protobuf::RepeatedPtrField<Letter>;

absl::Status no_webhook() {
  return absl::NotFoundError("this app has no webhook: set settings.webhook_url");
}

absl::Status no_dead_letter(const std::string& id) {
  return absl::NotFoundError(fmt::format("this app has no dead letter '{}'", id));
}

std::string webhook_resource(const std::string& app) {
  return fmt::format("{}/webhook", app_resource(app));
}

void set_if_any(google::protobuf::Timestamp* (v1::Webhook::*field)(), uint64_t wall_ms,
                v1::Webhook& webhook) {
  if (wall_ms > 0) json::set_time(*(webhook.*field)(), wall_ms);
}

v1::Webhook shown(const std::string& app, const std::string& url,
                  const internal::WebhookQueueRow& queue, const webhooks::WebhookState& state) {
  v1::Webhook webhook;
  webhook.set_name(webhook_resource(app));
  webhook.set_url(url);
  webhook.set_queued_events(queue.events());
  webhook.set_queued_bytes(queue.bytes());
  webhook.set_dropped_events(queue.dropped_events());
  webhook.set_dead_letters(queue.dead_letters());
  webhook.set_dropped_dead_letters(queue.dropped_dead_letters());
  webhook.set_failed_attempts(state.failed_attempts);
  webhook.set_last_error(state.last_error);
  set_if_any(&v1::Webhook::mutable_last_success_time, state.last_success_ms, webhook);
  set_if_any(&v1::Webhook::mutable_next_attempt_time, state.next_attempt_ms, webhook);
  return webhook;
}

v1::DeadLetter shown(const std::string& app, const Letter& letter) {
  v1::DeadLetter shown;
  const std::string id = webhooks::webhook_event_id(letter.first());
  shown.set_name(fmt::format("{}/dead-letters/{}", webhook_resource(app), id));
  shown.set_dead_letter_id(id);
  shown.set_events(letter.events());
  shown.set_first_event_id(id);
  shown.set_last_event_id(webhooks::webhook_event_id(letter.last()));
  json::set_time(*shown.mutable_first_event_time(), letter.first_at_ms());
  json::set_time(*shown.mutable_fail_time(), letter.failed_at_ms());
  shown.set_attempts(letter.attempts());
  shown.set_error(letter.error());
  return shown;
}

const Letter* find(const Letters& letters, const std::string& id) {
  const auto number = webhooks::webhook_event_number(id);
  if (!number) return nullptr;
  const auto found = std::find_if(letters.begin(), letters.end(),
                                  [&](const auto& letter) { return letter.first() == *number; });
  return found == letters.end() ? nullptr : &*found;
}

// The dead letters asked for. NOT_FOUND names the first id that is not one.
template <typename Ids>
absl::StatusOr<Letters> chosen(const Letters& letters, const Ids& ids) {
  Letters chosen;
  for (const std::string& id : ids) {
    const Letter* letter = find(letters, id);
    if (letter == nullptr) return no_dead_letter(id);
    *chosen.Add() = *letter;
  }
  return chosen;
}

std::string record_of(AppId app, const Letters& letters, bool retried) {
  internal::Record record;
  internal::DeadLettersChanged& changed = *record.mutable_dead_letters_changed();
  changed.set_app_id(app.value);
  for (const Letter& letter : letters) changed.add_ids(letter.first());
  changed.set_retried(retried);
  changed.set_changed_at_ms(wall_ms());
  return record.SerializeAsString();
}

}  // namespace

void WebhookCalls::get(const cluster::AppConfig& app, Reply reply) {
  const std::string& url = app.settings.webhook_url;
  if (url.empty()) return reply.fail(no_webhook());
  webhooks_.state(app.id, [&storage = services_.storage, id = app.id, name = app.name, url,
                           reply = std::move(reply)](webhooks::WebhookState state) {
    storage.ask(about<internal::WebhookQueueQuestion>(id),
                [name, url, state = std::move(state), reply](auto answer) {
                  answer.ok() ? reply.send(shown(name, url, answer->queue(), state))
                              : reply.fail(unread("a webhook", answer.status()));
                });
  });
}

void WebhookCalls::test(const cluster::AppConfig& app, Reply reply) {
  if (app.settings.webhook_url.empty()) return reply.fail(no_webhook());
  webhooks_.test(app.id, [reply = std::move(reply)](absl::StatusOr<webhooks::WebhookTried> tried) {
    if (!tried.ok()) return reply.fail(tried.status());
    v1::WebhookTest test;
    test.set_ok(tried->error.empty());
    test.set_status(static_cast<uint32_t>(tried->status));
    test.set_error(tried->error);
    test.set_took_ms(tried->took_ms);
    reply.send(std::move(test));
  });
}

void WebhookCalls::dead_letters(const cluster::AppConfig& app, Reply reply) {
  services_.storage.ask(about<internal::DeadLettersQuestion>(app.id),
                        [name = app.name, reply = std::move(reply)](auto answer) {
                          if (!answer.ok())
                            return reply.fail(unread("dead letters", answer.status()));
                          v1::ListDeadLettersResponse response;
                          for (const Letter& letter : answer->letters())
                            *response.add_dead_letters() = shown(name, letter);
                          reply.send(std::move(response));
                        });
}

void WebhookCalls::retry(const cluster::AppConfig& app, const v1::RetryDeadLettersRequest& request,
                         Reply reply) {
  services_.storage.ask(about<internal::DeadLettersQuestion>(app.id),
                        [services = services_, app = app.id, ids = request.dead_letter_ids(),
                         reply = std::move(reply)](auto answer) {
                          if (!answer.ok())
                            return reply.fail(unread("dead letters", answer.status()));
                          const absl::StatusOr<Letters> retried =
                              ids.empty() ? answer->letters() : chosen(answer->letters(), ids);
                          if (!retried.ok()) return reply.fail(retried.status());
                          v1::RetryDeadLettersResponse response;
                          response.set_dead_letters(static_cast<uint64_t>(retried->size()));
                          for (const Letter& letter : *retried)
                            response.set_events(response.events() + letter.events());
                          if (retried->empty()) return reply.send(std::move(response));
                          append_then_answer(services, record_of(app, *retried, true),
                                             "a retry of dead letters", std::move(response), reply);
                        });
}

void WebhookCalls::remove(const cluster::AppConfig& app, const v1::DeleteDeadLetterRequest& request,
                          Reply reply) {
  services_.storage.ask(about<internal::DeadLettersQuestion>(app.id),
                        [services = services_, app = app.id, id = request.dead_letter_id(),
                         reply = std::move(reply)](auto answer) {
                          if (!answer.ok())
                            return reply.fail(unread("dead letters", answer.status()));
                          const Letter* letter = find(answer->letters(), id);
                          if (letter == nullptr) return reply.fail(no_dead_letter(id));
                          Letters one;
                          *one.Add() = *letter;
                          append_then_answer(services, record_of(app, one, false),
                                             "a change to dead letters", v1::Nothing(), reply);
                        });
}

}  // namespace tocsin::dispatcher
