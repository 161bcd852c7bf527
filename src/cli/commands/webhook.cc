// webhook show, test, dead-letters, retry, delete: where an app's events are posted.
#include <fmt/format.h>
#include <string>
#include <vector>

#include <CLI/App.hpp>
#include <google/protobuf/util/time_util.h>

#include "cli/commands/commands.h"
#include "cli/options.h"
#include "cli/table.h"
#include "tocsin/v1/webhooks.pb.h"

namespace tocsin::cli {
namespace {

using google::protobuf::util::TimeUtil;

std::string webhook_path(const Session& session) { return app_path(session) + "/webhook"; }

std::string number(uint64_t value) { return fmt::format("{}", value); }

std::string webhook_text(const v1::Webhook& webhook) {
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

std::string test_text(const v1::WebhookTest& test) {
  if (test.ok()) return fmt::format("It answered {} after {} ms.\n", test.status(), test.took_ms());
  return fmt::format("It failed after {} ms: {}.\n", test.took_ms(), test.error());
}

std::string letters_text(const v1::ListDeadLettersResponse& letters) {
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

std::string retried_text(const v1::RetryDeadLettersResponse& retried) {
  return fmt::format("{} dead letters with {} events are in the queue again.\n",
                     retried.dead_letters(), retried.events());
}

int show_webhook(const Session& session) {
  return write_answer<v1::Webhook>(session, session.api.get(webhook_path(session)), webhook_text);
}

// A webhook that fails the test is as much a failure as a server that refuses.
int test(const Session& session) {
  bool ok = true;
  const auto answer = session.api.post(webhook_path(session) + "/test", v1::TestWebhookRequest());
  if (v1::WebhookTest test; answer.ok() && parse_answer(answer->body, test)) ok = test.ok();
  const int code = write_answer<v1::WebhookTest>(session, answer, test_text);
  return code == ExitCode::ok && !ok ? ExitCode::refused : code;
}

int list_given_up(const Session& session) {
  return write_answer<v1::ListDeadLettersResponse>(
      session, session.api.get(webhook_path(session) + "/dead-letters"), letters_text);
}

int retry(const Session& session, const v1::RetryDeadLettersRequest& request) {
  return write_answer<v1::RetryDeadLettersResponse>(
      session, session.api.post(webhook_path(session) + "/dead-letters/retry", request),
      retried_text);
}

int remove_letters(const Session& session, const std::string& id) {
  const std::string target =
      fmt::format("{}/dead-letters/{}", webhook_path(session), path_segment(id));
  return write_done(session, session.api.remove(target),
                    fmt::format("Dead letter {} deleted.\n", id));
}

}  // namespace

void add_webhook(CommandLine& line) {
  CLI::App& webhook = line.add_noun("webhook", "Where an app's events are posted");
  webhook.footer(
      "Set one up with:\n"
      "  tocsin app set demo --webhook-url https://example.org/hook\n"
      "  tocsin webhook test --app demo");
  line.add_on_app(webhook, "show", "Its queue, and how posting is going", show_webhook);
  line.add_on_app(webhook, "test", "Post an event PING and say what came back", test);
  line.add_on_app(webhook, "dead-letters", "List the requests that were given up", list_given_up);
  auto [retry_command, request] =
      line.add_on_app(webhook, "retry", "Put dead letters back into the queue", retry);
  add_strings(retry_command, "DEAD_LETTER_ID", *request.mutable_dead_letter_ids(),
              "From dead-letters; default: all");
  auto [delete_command, id] =
      line.add_on_app(webhook, "delete", "Delete a dead letter", remove_letters);
  delete_command.add_option("DEAD_LETTER_ID", id, "From dead-letters")->required();
}

}  // namespace tocsin::cli
