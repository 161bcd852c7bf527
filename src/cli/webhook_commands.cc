#include <fmt/format.h>

#include <google/protobuf/util/time_util.h>

#include "cli/commands.h"
#include "cli/table.h"
#include "tocsin/v1/webhooks.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string webhook_path(const Session& session) { return app_path(session) + "/webhook"; }

std::string number(uint64_t value) { return fmt::format("{}", value); }

std::string text_of(const v1::Webhook& webhook) {
  std::vector<Row> rows = {{"url", webhook.url()},
                           {"queued events", number(webhook.queued_events())},
                           {"dropped events", number(webhook.dropped_events())},
                           {"dead letters", number(webhook.dead_letters())},
                           {"dropped dead letters", number(webhook.dropped_dead_letters())}};
  if (webhook.has_last_success_time()) {
    rows.push_back({"last success", TimeUtil::ToString(webhook.last_success_time())});
  }
  if (webhook.failed_attempts() > 0) {
    rows.push_back({"failed attempts", number(webhook.failed_attempts())});
    rows.push_back({"last error", webhook.last_error()});
    rows.push_back({"next attempt", TimeUtil::ToString(webhook.next_attempt_time())});
  }
  return table(rows);
}

std::string text_of(const v1::WebhookTest& test) {
  if (test.ok()) return fmt::format("It answered {} after {} ms.\n", test.status(), test.took_ms());
  return fmt::format("It failed after {} ms: {}.\n", test.took_ms(), test.error());
}

std::string text_of(const v1::ListDeadLettersResponse& letters) {
  std::vector<Row> rows = {
      {"DEAD LETTER", "EVENTS", "FIRST EVENT", "GIVEN UP", "ATTEMPTS", "ERROR"}};
  for (const v1::DeadLetter& letter : letters.dead_letters()) {
    rows.push_back({letter.dead_letter_id(), number(letter.events()),
                    TimeUtil::ToString(letter.first_event_time()),
                    TimeUtil::ToString(letter.fail_time()), number(letter.attempts()),
                    letter.error()});
  }
  return table(rows);
}

}  // namespace

int show_webhook(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::Webhook>(session, session.api.get(webhook_path(session), *key),
                                   [](const v1::Webhook& webhook) { return text_of(webhook); });
}

// A webhook that does not answer well is as much a failure as a server that refuses.
int test_webhook(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  bool ok = true;
  const auto answer =
      session.api.post(webhook_path(session) + "/test", *key, v1::TestWebhookRequest());
  if (v1::WebhookTest test; answer.ok() && parse_answer(answer->body, test)) ok = test.ok();
  const int code = write_answer<v1::WebhookTest>(
      session, answer, [](const v1::WebhookTest& test) { return text_of(test); });
  return code == ExitCode::ok && !ok ? ExitCode::refused : code;
}

int list_dead_letters(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  return write_answer<v1::ListDeadLettersResponse>(
      session, session.api.get(webhook_path(session) + "/dead-letters", *key),
      [](const v1::ListDeadLettersResponse& letters) { return text_of(letters); });
}

int retry_dead_letters(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  v1::RetryDeadLettersRequest request;
  for (const std::string& id : session.arguments.dead_letters) request.add_dead_letter_ids(id);
  return write_answer<v1::RetryDeadLettersResponse>(
      session, session.api.post(webhook_path(session) + "/dead-letters/retry", *key, request),
      [](const v1::RetryDeadLettersResponse& retried) {
        return fmt::format("{} dead letters with {} events are in the queue again.\n",
                           retried.dead_letters(), retried.events());
      });
}

int delete_dead_letter(const Session& session) {
  const auto key = app_key(session);
  if (!key.ok()) return wrong_usage(session.console, key.status());
  const std::string& id = session.arguments.dead_letters.front();
  return write_done(
      session,
      session.api.remove(fmt::format("{}/dead-letters/{}", webhook_path(session), path_segment(id)),
                         *key),
      fmt::format("Dead letter {} deleted.\n", id));
}

}  // namespace tocsin::cli
