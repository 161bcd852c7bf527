#include "drill/round_runner.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "drill/alert_recorder.h"
#include "drill/fleet_plan.h"
#include "drill/proc_stats.h"
#include "drill/report_table.h"
#include "drill/round_tally.h"
#include "figures/spread.h"

namespace tocsin::drill {
namespace {

constexpr uint64_t books_poll_ms = 100;
constexpr uint64_t books_poll_ms_per_server = 20;
// The competing alert is sent once so much of the devices has the broadcast.
constexpr double competing_part = 0.10;
constexpr int part_poll_ms = 1;
constexpr size_t part_cells = 2000;
constexpr size_t curve_points = 240;

}  // namespace

RoundRunner::RoundRunner(const Parts& parts, std::string mark, uint64_t connected)
    : parts_(parts),
      mark_(std::move(mark)),
      connected_(connected),
      server_pids_(parts.servers.pids()) {}

absl::Status RoundRunner::run() {
  const Options& options = parts_.options;
  if (absl::Status status = flood(); !status.ok()) return status;
  for (uint32_t i = 0; i < options.warmup_rounds; ++i) {
    const std::string name = fmt::format("warm-up {} of {}", i + 1, options.warmup_rounds);
    if (absl::Status status = alert_alone(warmups_, name); !status.ok()) return status;
  }
  for (uint32_t i = 0; i < options.rounds; ++i) {
    const std::string name = fmt::format("alert {} of {}", i + 1, options.rounds);
    if (absl::Status status = alert_alone(alone_, name); !status.ok()) return status;
    if (!options.competing) continue;
    if (absl::Status status = alert_competing(i); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// One message at a time, so that reading devices keep up and only stuck ones fill.
absl::Status RoundRunner::flood() {
  const uint32_t messages = flood_messages_of(parts_.options);
  if (messages > 0) parts_.sampler.mark("flood");
  for (uint32_t i = 0; i < messages; ++i) {
    absl::StatusOr<Message> message = send("normal", flood_message_bytes);
    if (!message.ok()) return message.status();
    if (absl::Status status = wait_for_devices(*message); !status.ok()) return status;
    if (i + 1 < messages) continue;
    if (absl::Status status = wait_for_books(*message); !status.ok()) return status;
    say(*message, "flood");
  }
  return absl::OkStatus();
}

absl::Status RoundRunner::alert_alone(std::vector<Message>& to, const std::string& name) {
  parts_.sampler.mark(name);
  const std::vector<double> fan_out_s = parts_.servers.fan_out_s(parts_.options.priority);
  absl::StatusOr<Message> message = send(parts_.options.priority, parts_.options.payload_bytes);
  if (!message.ok()) return message.status();
  if (absl::Status status = wait_for_devices(*message); !status.ok()) return status;
  if (absl::Status status = wait_for_books(*message); !status.ok()) return status;
  note_fan_out(fan_out_s, *message);
  say(*message, name);
  to.push_back(*std::move(message));
  return absl::OkStatus();
}

absl::Status RoundRunner::alert_competing(uint32_t round) {
  const Options& options = parts_.options;
  const std::string name =
      fmt::format("alert {} of {} against a broadcast", round + 1, options.rounds);
  parts_.sampler.mark(name);
  const std::vector<double> fan_out_s = parts_.servers.fan_out_s(options.priority);
  absl::StatusOr<Message> broadcast = send("normal", options.payload_bytes);
  if (!broadcast.ok()) return broadcast.status();
  const uint64_t deadline_ms = broadcast->sent.start_ns / 1'000'000 + options.alert_timeout_ms;
  if (absl::Status status = wait_for_part(broadcast->row, deadline_ms); !status.ok()) return status;
  absl::StatusOr<Message> alert = send(options.priority, options.payload_bytes);
  if (!alert.ok()) return alert.status();
  for (Message* message : {&*alert, &*broadcast}) {
    if (absl::Status status = wait_for_devices(*message); !status.ok()) return status;
    // The server's CPU went to both.
    message->report.server_cpu_us_per_delivery.reset();
  }
  for (Message* message : {&*alert, &*broadcast}) {
    if (absl::Status status = wait_for_books(*message); !status.ok()) return status;
    message->report.server_cpu_us_per_delivery_and_acks.reset();
  }
  if (options.priority != "normal") note_fan_out(fan_out_s, *alert);
  say(*alert, name);
  competing_.push_back(*std::move(alert));
  broadcasts_.push_back(*std::move(broadcast));
  return absl::OkStatus();
}

absl::StatusOr<RoundRunner::Message> RoundRunner::send(const std::string& priority,
                                                       uint32_t payload_bytes) {
  Message message;
  message.row = next_row_++;
  AlertRequest request{alert_title(mark_, message.row), "", priority};
  request.body.assign(payload_bytes - request.title.size(), 'x');
  if (absl::Status armed = parts_.workers.arm(message.row); !armed.ok()) return armed;
  message.cpu_before_ns = cpu_ns_of(server_pids_);
  absl::StatusOr<SentToAll> sent = parts_.servers.send(request);
  if (!sent.ok()) return sent.status();
  message.sent = *std::move(sent);
  message.report.message_id = message.sent.message_ids.front();
  if (message.sent.message_ids.size() > 1) message.report.message_ids = message.sent.message_ids;
  message.report.accepted_ms =
      static_cast<double>(message.sent.end_ns - message.sent.start_ns) / 1e6;
  return message;
}

void RoundRunner::note_fan_out(const std::vector<double>& before_s, Message& message) {
  const std::vector<double> after_s = parts_.servers.fan_out_s(parts_.options.priority);
  if (after_s.empty() || after_s.size() != before_s.size()) return;
  std::vector<double> spent_ms;
  for (size_t i = 0; i < after_s.size(); ++i) {
    spent_ms.push_back((after_s[i] - before_s[i]) * 1e3);
  }
  message.report.fan_out_of_shards_ms = figures::spread_of(std::move(spent_ms));
}

absl::Status RoundRunner::wait_for_devices(Message& message) {
  if (absl::Status armed = parts_.workers.arm(message.row); !armed.ok()) return armed;
  const auto is_done = [&](const Status& totals) { return totals.got_armed >= reading(); };
  const absl::StatusOr<bool> all_have_it = parts_.workers.wait(
      is_done, message.sent.start_ns / 1'000'000 + parts_.options.alert_timeout_ms, parts_.stop,
      [&](const Status&) { return parts_.servers.check(); });
  if (!all_have_it.ok()) return all_have_it.status();
  message.report.server_cpu_us_per_delivery = cpu_us_per_delivery(message);
  return absl::OkStatus();
}

// The workers tell ten times a second, which is too late here: look into the book itself, at
// devices spread over the fleet.
absl::Status RoundRunner::wait_for_part(uint32_t row, uint64_t deadline_ms) {
  const size_t devices = parts_.book.devices();
  const size_t stride = std::max<size_t>(1, devices / part_cells);
  while (monotonic_ms() < deadline_ms) {
    size_t looked_at = 0;
    size_t got = 0;
    for (size_t device = 0; device < devices; device += stride, ++looked_at) {
      got += parts_.book.at(row, device).to_app.load(std::memory_order_relaxed) > 0 ? 1 : 0;
    }
    if (static_cast<double>(got) >= competing_part * static_cast<double>(looked_at)) break;
    if (parts_.stop.sleep_ms(part_poll_ms)) return absl::CancelledError("interrupted");
  }
  return parts_.servers.check();
}

absl::Status RoundRunner::wait_for_books(Message& message) {
  const uint64_t deadline_ms = monotonic_ms() + uint64_t{parts_.options.books_timeout_s} * 1000;
  const uint64_t pause_ms =
      std::max(books_poll_ms, books_poll_ms_per_server * parts_.servers.shares().size());
  while (true) {
    message.report.books_closed = books_agree(message);
    message.report.books_ms = static_cast<double>(monotonic_ns() - message.sent.start_ns) / 1e6;
    if (message.report.books_closed || monotonic_ms() >= deadline_ms) break;
    const absl::StatusOr<bool> waited =
        parts_.workers.wait([](const Status&) { return false; }, monotonic_ms() + pause_ms,
                            parts_.stop, [&](const Status&) { return parts_.servers.check(); });
    if (!waited.ok()) return waited.status();
  }
  message.report.server_cpu_us_per_delivery_and_acks = cpu_us_per_delivery(message);
  return absl::OkStatus();
}

// A server's books agree when they say of each device what the device itself says. How many devices
// each of several servers has is known when all are connected; otherwise only their sum is.
bool RoundRunner::books_agree(Message& message) {
  const std::vector<Share>& shares = parts_.servers.shares();
  const auto all = parts_.servers.books(message.sent.message_ids);
  Books sum;
  bool agree = true;
  for (size_t i = 0; i < shares.size(); ++i) {
    if (!all[i].has_value()) return false;
    const Books& books = *all[i];
    // Asked for each time, because a late device may still get it.
    const uint64_t got = delivered(message.row, shares[i]);
    const bool is_whole = connected_ == parts_.book.devices();
    agree = agree && books.delivered == got && books.targeted == books.delivered + books.pending &&
            (!is_whole || books.targeted == shares[i].count);
    sum.targeted += books.targeted;
    sum.pending += books.pending;
    sum.delivered += books.delivered;
    sum.expired += books.expired;
    sum.dropped += books.dropped;
  }
  message.report.books = sum;
  return agree && sum.targeted == connected_ && sum.expired == 0 && sum.dropped == 0;
}

uint64_t RoundRunner::delivered(uint32_t row, const Share& share) const {
  uint64_t got = 0;
  for (uint32_t i = 0; i < share.count; ++i) {
    got += parts_.book.at(row, share.first + i).to_app.load(std::memory_order_relaxed) > 0 ? 1 : 0;
  }
  return got;
}

std::optional<double> RoundRunner::cpu_us_per_delivery(const Message& message) const {
  const std::optional<uint64_t> now_ns = cpu_ns_of(server_pids_);
  const uint64_t got = delivered(message.row, {0, static_cast<uint32_t>(parts_.book.devices())});
  if (got == 0 || !message.cpu_before_ns.has_value() || !now_ns.has_value()) return std::nullopt;
  return static_cast<double>(*now_ns - *message.cpu_before_ns) / 1000 / static_cast<double>(got);
}

void RoundRunner::say(const Message& message, const std::string& name) const {
  fmt::print(stderr, "{}: {} of {} devices have it\n", name,
             with_commas(delivered(message.row, {0, static_cast<uint32_t>(parts_.book.devices())})),
             with_commas(reading()));
}

double RoundRunner::percent_before(uint32_t row, uint64_t ns) const {
  uint64_t before = 0;
  for (size_t device = 0; device < parts_.book.devices(); ++device) {
    const uint64_t first_ns = parts_.book.at(row, device).first_ns.load(std::memory_order_relaxed);
    before += first_ns != 0 && first_ns < ns ? 1 : 0;
  }
  return reading() == 0 ? 0 : 100 * static_cast<double>(before) / static_cast<double>(reading());
}

RoundReport RoundRunner::finished(const Message& message) const {
  const uint64_t timeout_ns = uint64_t{parts_.options.alert_timeout_ms} * 1'000'000;
  RoundTally tally = tally_round(parts_.book, message.row, message.sent.start_ns, timeout_ns,
                                 parts_.options.stuck_percent);
  RoundReport report = message.report;
  report.expected = tally.expected;
  report.delivered = tally.delivered;
  report.missing = tally.expected - tally.delivered;
  report.app_duplicates = tally.app_duplicates;
  report.wire_duplicates = tally.wire_duplicates;
  const LatencyDistribution waits(std::move(tally.waits_ns));
  report.p50_ms = waits.percentile_ms(50);
  report.p90_ms = waits.percentile_ms(90);
  report.p99_ms = waits.percentile_ms(99);
  report.p99_9_ms = waits.percentile_ms(99.9);
  report.p100_ms = waits.percentile_ms(100);
  report.curve = curve_of(waits, tally.expected, curve_points);
  const std::vector<Share>& shares = parts_.servers.shares();
  if (shares.size() > 1) {
    report.spread_between_servers_ms = figures::spread_of(
        last_deliveries_ms(parts_.book, message.row, message.sent.start_ns, timeout_ns, shares));
  }
  return report;
}

void RoundRunner::fill(Report& report) {
  for (const Message& message : alone_) report.rounds.push_back(finished(message));
  for (size_t i = 0; i < competing_.size(); ++i) {
    CompetingReport competing;
    competing.alert = finished(competing_[i]);
    competing.broadcast = finished(broadcasts_[i]);
    competing.broadcast_percent_at_alert =
        percent_before(broadcasts_[i].row, competing_[i].sent.start_ns);
    const double alone_ms = report.rounds[i].p100_ms;
    competing.p100_ratio = alone_ms > 0 ? competing.alert.p100_ms / alone_ms : 0;
    report.competing.push_back(std::move(competing));
  }
  if (stuck() == 0) return;
  report.stuck =
      StuckReport{parts_.workers.totals().stuck_unread_bytes, parts_.servers.closed_as_slow()};
}

}  // namespace tocsin::drill
