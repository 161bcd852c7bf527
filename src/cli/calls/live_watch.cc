#include "cli/calls/live_watch.h"

#include <chrono>
#include <fmt/format.h>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "cli/calls/watch.h"
#include "tocsin/v1/error.pb.h"

namespace tocsin::cli {
namespace {

// Storage knows a message only a moment after it was accepted.
constexpr uint64_t fresh_ms_max = 10'000;
constexpr uint64_t retry_ms = 100;

std::string bar_of(const v1::MessageReport& report) {
  const double settled = static_cast<double>(report.targeted() - report.pending());
  const double share =
      report.targeted() == 0 ? 1 : settled / static_cast<double>(report.targeted());
  return bar(share) + "  " + progress_line(report);
}

}  // namespace

LiveWatch::LiveWatch(const Session& session, const std::string& message)
    : session_(session),
      target_(fmt::format("{}/{}/watch", messages_path(session), path_segment(message))),
      progress_(session.console) {}

int LiveWatch::run(bool fresh) {
  const uint64_t give_up_ms = monotonic_ms() + (fresh ? fresh_ms_max : 0);
  while (true) {
    const auto answer =
        session_.api.stream(target_, [this](std::string_view bytes) { return on_bytes(bytes); });
    const bool early = answer.ok() && answer->status == 404 && monotonic_ms() < give_up_ms;
    if (!early) {
      progress_.end();
      if (const int code = judge(session_, answer); code != ExitCode::ok) return code;
      return end();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(retry_ms));
  }
}

bool LiveWatch::on_bytes(std::string_view bytes) {
  if (!events_.add(bytes)) return false;
  for (auto event = events_.next(); event; event = events_.next()) {
    if (!on_event(*event)) return false;
  }
  return true;
}

bool LiveWatch::on_event(const ServerEvent& event) {
  complete_ = event.name == "end";
  if (event.name == "error") error_ = event.data;
  if (event.name.empty() && parse_answer(event.data, report_)) show(event.data);
  return !complete_ && error_.empty();
}

void LiveWatch::show(const std::string& json) {
  const Console& console = session_.console;
  if (session_.json) {
    console.out << json << '\n' << std::flush;
  } else if (console.err_is_terminal) {
    progress_.show(bar_of(report_));
  } else {
    console.out << progress_line(report_) << '\n' << std::flush;
  }
}

int LiveWatch::end() {
  if (!error_.empty()) {
    v1::ErrorResponse response;
    parse_answer(error_, response);
    const int status = response.error().code() == 0 ? 500 : response.error().code();
    return judge(session_, runtime::HttpsAnswer{.status = status, .body = error_ + '\n'});
  }
  if (!complete_) {
    session_.console.err << "tocsin: the server ended the watch before the message was done\n";
    return ExitCode::unreachable;
  }
  const bool wants_table = session_.console.err_is_terminal && !session_.json;
  if (wants_table) session_.console.out << report_table(report_);
  return ExitCode::ok;
}

}  // namespace tocsin::cli
