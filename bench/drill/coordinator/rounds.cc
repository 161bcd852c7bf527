#include "drill/coordinator/rounds.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

#include "base/clock.h"
#include "harness/figures.h"
#include "harness/proc.h"
#include "harness/try.h"

namespace tocsin::bench::drill {
namespace {

constexpr uint64_t books_poll_ms = 100;
constexpr uint64_t books_poll_ms_per_server = 20;
// The competing alert is sent once this share of the devices has the broadcast.
constexpr double competing_part = 0.10;

// One message on its way.
struct Message {
  uint32_t row = 0;
  SentToAll sent;
  RoundReport report;
  std::optional<uint64_t> cpu_before_ns;
};

class Rounds {
 public:
  Rounds(const RoundParts& parts, const std::string& mark, uint64_t connected)
      : parts_(parts), mark_(mark), connected_(connected), server_pids_(parts.servers.pids()) {}

  absl::Status run() {
    const Options& options = parts_.options;
    TOCSIN_TRY(flood());
    for (uint32_t i = 0; i < options.warmup_rounds; ++i) {
      TOCSIN_TRY(
          alert_alone(fmt::format("warm-up {} of {}", i + 1, options.warmup_rounds)).status());
    }
    for (uint32_t i = 0; i < options.rounds; ++i) {
      TOCSIN_TAKE(Message alone, alert_alone(fmt::format("alert {} of {}", i + 1, options.rounds)));
      alone_.push_back(std::move(alone));
      if (options.competing) TOCSIN_TRY(alert_competing(i));
    }
    return absl::OkStatus();
  }

  // Late, because a duplicate may come long after its alert.
  void fill(Report& report) {
    for (const Message& message : alone_) report.rounds.push_back(finished(message));
    for (size_t i = 0; i < competing_.size(); ++i) {
      CompetingReport competing{finished(competing_[i]), finished(broadcasts_[i]), 0, 0};
      const uint64_t before =
          had_before(parts_.book, broadcasts_[i].row, competing_[i].sent.start_ns);
      if (reading() > 0) {
        competing.broadcast_percent_at_alert =
            100 * static_cast<double>(before) / static_cast<double>(reading());
      }
      const double alone_ms = report.rounds[i].p100_ms;
      competing.p100_ratio = alone_ms > 0 ? competing.alert.p100_ms / alone_ms : 0;
      report.competing.push_back(std::move(competing));
    }
    if (stuck() == 0) return;
    report.stuck =
        StuckReport{parts_.workers.totals().stuck_unread_bytes, parts_.servers.closed_as_slow()};
  }

 private:
  // One message at a time, so that reading devices keep up and only stuck ones fill.
  absl::Status flood() {
    const uint32_t messages = flood_messages_of(parts_.options);
    if (messages > 0) parts_.sampler.mark("flood");
    for (uint32_t i = 0; i < messages; ++i) {
      TOCSIN_TAKE(Message message, send("normal", flood_message_bytes));
      TOCSIN_TRY(wait_for_devices(message));
      if (i + 1 < messages) continue;
      TOCSIN_TRY(wait_for_books(message));
      say(message, "flood");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Message> alert_alone(const std::string& name) {
    const Options& options = parts_.options;
    parts_.sampler.mark(name);
    const std::vector<double> fan_out_s = parts_.servers.fan_out_s(options.priority);
    TOCSIN_TAKE(Message message, send(options.priority, options.payload_bytes));
    TOCSIN_TRY(wait_for_devices(message));
    TOCSIN_TRY(wait_for_books(message));
    note_fan_out(fan_out_s, message);
    say(message, name);
    return message;
  }

  absl::Status alert_competing(uint32_t round) {
    const Options& options = parts_.options;
    const std::string name =
        fmt::format("alert {} of {} against a broadcast", round + 1, options.rounds);
    parts_.sampler.mark(name);
    const std::vector<double> fan_out_s = parts_.servers.fan_out_s(options.priority);
    TOCSIN_TAKE(Message broadcast, send("normal", options.payload_bytes));
    const double part = competing_part * static_cast<double>(parts_.book.devices());
    TOCSIN_TRY(wait([&] { return static_cast<double>(parts_.book.got(broadcast.row)) >= part; },
                    broadcast.sent.start_ns / 1'000'000 + options.alert_timeout_ms));
    TOCSIN_TAKE(Message alert, send(options.priority, options.payload_bytes));
    for (Message* message : {&alert, &broadcast}) TOCSIN_TRY(wait_for_devices(*message));
    for (Message* message : {&alert, &broadcast}) {
      TOCSIN_TRY(wait_for_books(*message));
      // The server's CPU went to both.
      message->report.server_cpu_us_per_delivery.reset();
      message->report.server_cpu_us_per_delivery_and_acks.reset();
    }
    if (options.priority != "normal") note_fan_out(fan_out_s, alert);
    say(alert, name);
    competing_.push_back(std::move(alert));
    broadcasts_.push_back(std::move(broadcast));
    return absl::OkStatus();
  }

  absl::StatusOr<Message> send(const std::string& priority, uint32_t payload_bytes) {
    Message message;
    message.row = next_row_++;
    AlertRequest request{alert_title(mark_, message.row), "", priority};
    request.body.assign(payload_bytes - request.title.size(), 'x');
    if (stuck() > 0) TOCSIN_TRY(parts_.workers.look_at_stuck(parts_.stop));
    message.cpu_before_ns = cpu_ns_of(server_pids_);
    TOCSIN_TAKE(message.sent, parts_.servers.send(request));
    message.report.message_id = message.sent.message_ids.front();
    if (message.sent.message_ids.size() > 1) message.report.message_ids = message.sent.message_ids;
    message.report.accepted_ms = ms_between(message.sent.start_ns, message.sent.end_ns);
    return message;
  }

  void note_fan_out(const std::vector<double>& before_s, Message& message) {
    const std::vector<double> after_s = parts_.servers.fan_out_s(parts_.options.priority);
    if (after_s.size() != before_s.size()) return;
    for (size_t i = 0; i < after_s.size(); ++i) {
      message.report.fan_out_of_shards_ms.add((after_s[i] - before_s[i]) * 1e3);
    }
  }

  absl::Status wait_for_devices(Message& message) {
    const uint64_t deadline_ms =
        message.sent.start_ns / 1'000'000 + parts_.options.alert_timeout_ms;
    TOCSIN_TRY(wait([&] { return parts_.book.got(message.row) >= reading(); }, deadline_ms));
    message.report.server_cpu_us_per_delivery = cpu_us_per_delivery(message);
    return absl::OkStatus();
  }

  absl::Status wait(const std::function<bool()>& is_done, uint64_t deadline_ms) {
    return parts_.workers
        .wait(is_done, deadline_ms, parts_.stop, [this] { return parts_.servers.check(); })
        .status();
  }

  absl::Status wait_for_books(Message& message) {
    const uint64_t deadline_ms = monotonic_ms() + uint64_t{parts_.options.books_timeout_s} * 1000;
    const uint64_t pause_ms =
        std::max(books_poll_ms, books_poll_ms_per_server * parts_.servers.shares().size());
    while (true) {
      message.report.books_closed = books_agree(message);
      message.report.books_ms = ms_between(message.sent.start_ns, monotonic_ns());
      if (message.report.books_closed || monotonic_ms() >= deadline_ms) break;
      TOCSIN_TRY(wait([] { return false; }, monotonic_ms() + pause_ms));
    }
    message.report.server_cpu_us_per_delivery_and_acks = cpu_us_per_delivery(message);
    return absl::OkStatus();
  }

  // A server's books agree when they say of each device what the device itself says. How many devices
  // each of several servers has is known when all are connected; otherwise only their sum is.
  bool books_agree(Message& message) {
    const std::vector<Share>& shares = parts_.servers.shares();
    const auto all = parts_.servers.books(message.sent.message_ids);
    Books sum;
    bool agree = true;
    for (size_t i = 0; i < shares.size(); ++i) {
      if (!all[i].has_value()) return false;
      const Books& books = *all[i];
      // Asked for each time, because a late device may still get it.
      const uint64_t got = delivered_to(parts_.book, message.row, shares[i]);
      const bool is_whole = connected_ == parts_.book.devices();
      agree = agree && books.delivered == got &&
              books.targeted == books.delivered + books.pending &&
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

  std::optional<double> cpu_us_per_delivery(const Message& message) const {
    return cpu_us_each(server_pids_, message.cpu_before_ns, parts_.book.got(message.row));
  }

  void say(const Message& message, const std::string& name) const {
    fmt::print(stderr, "{}: {} of {} devices have it\n", name,
               with_commas(parts_.book.got(message.row)), with_commas(reading()));
  }

  RoundReport finished(const Message& message) const {
    const RoundTime time{message.sent.start_ns,
                         uint64_t{parts_.options.alert_timeout_ms} * 1'000'000};
    const RoundTally tally =
        tally_round(parts_.book, message.row, time, parts_.options.stuck_percent);
    RoundReport report = message.report;
    report.expected = tally.expected;
    report.delivered = tally.delivered;
    report.missing = tally.expected - tally.delivered;
    report.duplicates = tally.app_duplicates;
    report.wire_duplicates = tally.wire_duplicates;
    const Series waits_ms = milliseconds(tally.waits_ns);
    report.p50_ms = waits_ms.percentile(50);
    report.p90_ms = waits_ms.percentile(90);
    report.p99_ms = waits_ms.percentile(99);
    report.p99_9_ms = waits_ms.percentile(99.9);
    report.p100_ms = waits_ms.percentile(100);
    report.curve = curve_of(waits_ms, tally.expected);
    const std::vector<Share>& shares = parts_.servers.shares();
    if (shares.size() > 1) {
      report.spread_between_servers_ms = last_deliveries_ms(parts_.book, message.row, time, shares);
    }
    return report;
  }

  uint64_t stuck() const {
    return number_of_percent(parts_.book.devices(), parts_.options.stuck_percent);
  }
  uint64_t reading() const { return parts_.book.devices() - stuck(); }

  const RoundParts parts_;
  const std::string mark_;
  const uint64_t connected_;
  const std::vector<int> server_pids_;
  uint32_t next_row_ = 0;
  std::vector<Message> alone_;
  std::vector<Message> broadcasts_;
  std::vector<Message> competing_;
};

}  // namespace

absl::Status run_rounds(const RoundParts& parts, const std::string& mark, Report& report) {
  Rounds rounds(parts, mark, report.connect.connected);
  TOCSIN_TRY(rounds.run());
  parts.sampler.mark("end");
  rounds.fill(report);
  return absl::OkStatus();
}

}  // namespace tocsin::bench::drill
