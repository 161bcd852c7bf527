#include "dispatcher/report/watches.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/reply.h"
#include "dispatcher/report/reports.h"

namespace tocsin::dispatcher {
namespace {

// Storage spends at most a tenth of the time between two questions on the answer.
constexpr uint64_t rest_per_answer = 10;

absl::Status server_ends() {
  return absl::UnavailableError("the server is shutting down: watch again when it is back");
}

}  // namespace

void Watches::start(const cluster::AppConfig& app, const v1::WatchMessageRequest& request,
                    Admit admit, std::shared_ptr<ReplyStream> stream) {
  const auto message = message_id_in(request.message_id());
  if (!message.ok()) return stream->end(message.status());
  if (request.reports_per_s() > limits::watch_reports_per_s_max) {
    return stream->end(
        invalid_field("reports_per_s", fmt::format("at most {}", limits::watch_reports_per_s_max)));
  }
  if (auto status = room_for(app.id); !status.ok()) return stream->end(status);
  const uint32_t per_s =
      request.reports_per_s() == 0 ? limits::watch_reports_per_s_default : request.reports_per_s();
  const Key key(app.id, *message);
  const uint64_t number = ++last_number_;
  // The transport may notice in the middle of send().
  stream->when_gone([this, mailbox = services_.mailbox, key, number] {
    mailbox.post([this, key, number] { remove(key, number); });
  });
  const uint64_t now_ms = monotonic_ms();
  Watched& watched = watched_[key];
  watched.app_name = app.name;
  watched.is_final = false;  // as far as the new watcher knows
  watched.watchers.push_back(
      {number, std::move(stream), std::move(admit), 1000 / per_s, now_ms, 0, now_ms});
  watched.poll_due_ms = now_ms;
  ++watchers_;
  ask_due(now_ms);
}

absl::Status Watches::room_for(AppId app) const {
  if (stopped_) return server_ends();
  if (watchers_ >= limits::watches_max) {
    return absl::ResourceExhaustedError(
        fmt::format("the server has its maximum of {} watches: ask for the report now and then "
                    "instead",
                    limits::watches_max));
  }
  size_t of_app = 0;
  for (const auto& [key, watched] : watched_) {
    if (key.first == app) of_app += watched.watchers.size();
  }
  if (of_app < limits::watches_per_app_max) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      fmt::format("this app has its maximum of {} watches: end one, or ask for the report now and "
                  "then instead",
                  limits::watches_per_app_max));
}

void Watches::tick(uint64_t now_ms) {
  for (auto& [key, watched] : watched_) {
    const bool waits = watched.asked_at_ms != 0;
    if (waits && now_ms - watched.asked_at_ms > answer_ms_max_) {
      end_all(watched, no_answer_within(answer_ms_max_));
    }
    tell(watched, now_ms);
  }
  // A message with a question under way is removed when the answer comes.
  std::erase_if(watched_, [](const auto& item) {
    return item.second.watchers.empty() && item.second.asked_at_ms == 0;
  });
  ask_due(now_ms);
}

// Longest due first, so that none is starved.
void Watches::ask_due(uint64_t now_ms) {
  while (polls_ < limits::watch_polls_max) {
    auto next = watched_.end();
    for (auto at = watched_.begin(); at != watched_.end(); ++at) {
      const Watched& watched = at->second;
      if (watched.asked_at_ms != 0 || watched.is_final || watched.watchers.empty()) continue;
      if (watched.poll_due_ms > now_ms) continue;
      if (next == watched_.end() || watched.poll_due_ms < next->second.poll_due_ms) next = at;
    }
    if (next == watched_.end()) return;
    ask(next->first, next->second, now_ms);
  }
}

void Watches::ask(const Key& key, Watched& watched, uint64_t now_ms) {
  watched.asked_at_ms = now_ms;
  ++polls_;
  services_.storage.ask(about<internal::BooksQuestion>(key.first, key.second),
                        services_.mailbox.wrap([this, key, now_ms](const Books& books) {
                          on_books(key, now_ms, books);
                        }));
}

void Watches::on_books(const Key& key, uint64_t asked_at_ms, const Books& books) {
  --polls_;
  const auto at = watched_.find(key);
  if (at == watched_.end()) return;
  Watched& watched = at->second;
  watched.asked_at_ms = 0;
  const uint64_t now_ms = monotonic_ms();
  if (!books.ok()) {
    end_all(watched, unread("a report", books.status()));
    return;
  }
  v1::MessageReport report = report_of(watched.app_name, *books);
  if (watched.version == 0 || report.SerializeAsString() != watched.report.SerializeAsString()) {
    watched.report = std::move(report);
    ++watched.version;
  }
  watched.is_final = books->devices(internal::PENDING) == 0;
  uint64_t period_ms = 1000;
  for (const Watcher& watcher : watched.watchers) {
    period_ms = std::min<uint64_t>(period_ms, watcher.period_ms);
  }
  watched.poll_due_ms = now_ms + std::max(period_ms, (now_ms - asked_at_ms) * rest_per_answer);
  tell(watched, now_ms);
  ask_due(now_ms);
}

void Watches::tell(Watched& watched, uint64_t now_ms) {
  if (watched.version == 0) return;
  auto& watchers = watched.watchers;
  for (auto at = watchers.begin(); at != watchers.end();) {
    if (tell_one(*at, watched, now_ms)) {
      ++at;
    } else {
      at = watchers.erase(at);
      --watchers_;
    }
  }
}

bool Watches::tell_one(Watcher& watcher, const Watched& watched, uint64_t now_ms) {
  const bool is_news = watcher.told != watched.version;
  if (is_news && now_ms >= watcher.due_ms) {
    // A key that was revoked in the meantime gets no more reports.
    if (auto status = watcher.admit(); !status.ok()) {
      watcher.stream->end(status);
      return false;
    }
    watcher.stream->send(watched.report);
    watcher.told = watched.version;
    watcher.told_at_ms = now_ms;
    watcher.due_ms = now_ms + watcher.period_ms;
  }
  if (watched.is_final && watcher.told == watched.version) {
    watcher.stream->end(absl::OkStatus());
    return false;
  }
  if (now_ms - watcher.told_at_ms >= limits::event_keep_alive_ms) {
    if (auto status = watcher.admit(); !status.ok()) {
      watcher.stream->end(status);
      return false;
    }
    watcher.stream->keep_alive();
    watcher.told_at_ms = now_ms;
  }
  return true;
}

void Watches::end_all(Watched& watched, const absl::Status& status) {
  watchers_ -= watched.watchers.size();
  for (const Watcher& watcher : std::exchange(watched.watchers, {})) watcher.stream->end(status);
}

void Watches::remove(const Key& key, uint64_t number) {
  const auto at = watched_.find(key);
  if (at == watched_.end()) return;
  watchers_ -= std::erase_if(at->second.watchers,
                             [&](const Watcher& watcher) { return watcher.number == number; });
}

void Watches::stop() {
  stopped_ = true;
  for (auto& [key, watched] : watched_) end_all(watched, server_ends());
  watched_.clear();
}

}  // namespace tocsin::dispatcher
