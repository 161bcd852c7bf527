#include "drill/report_table.h"

#include <fmt/format.h>
#include <string_view>

namespace tocsin::drill {
namespace {

void put_line(std::string& out, std::string_view label, std::string_view value) {
  out += fmt::format("  {:<26}{}\n", label, value);
}

// "12.3 ms", and with several rounds "12.3 ms   (11.0 to 14.2)".
std::string with_range(const figures::Spread& spread, std::string_view unit, size_t rounds) {
  std::string text = fmt::format("{:>9.1f} {}", spread.median, unit);
  if (rounds > 1) text += fmt::format("   ({:.1f} to {:.1f})", spread.min, spread.max);
  return text;
}

std::string stuck_state(const Report& report) {
  if (!report.stuck.has_value() || report.connect.stuck == 0) return "";
  std::string text =
      fmt::format("; {} B unread each", report.stuck->unread_bytes / report.connect.stuck);
  if (report.stuck->closed_by_server.has_value()) {
    text += fmt::format(", {} closed by the server", with_commas(*report.stuck->closed_by_server));
  }
  return text;
}

void put_fleet(std::string& out, const Report& report) {
  const ConnectReport& connect = report.connect;
  out += "Fleet\n";
  if (report.asked_devices > connect.devices) {
    put_line(out, "asked for",
             fmt::format("{:>9}    {}", with_commas(report.asked_devices), report.limited_by));
  }
  if (report.servers > 1) {
    put_line(out, "servers", fmt::format("{:>9}", with_commas(report.servers)));
  }
  put_line(
      out, "devices",
      fmt::format("{:>9}    {} worker{}, {} CPU{}", with_commas(connect.devices), report.workers,
                  report.workers == 1 ? "" : "s", report.cpus, report.cpus == 1 ? "" : "s"));
  put_line(out, "connected",
           fmt::format("{:>9}    in {:.1f} s, {} handshakes/s", with_commas(connect.connected),
                       connect.seconds,
                       with_commas(static_cast<uint64_t>(connect.handshakes_per_s + 0.5))));
  put_line(out, "handshakes",
           fmt::format("{:>9}    full, {} resumed", with_commas(connect.handshakes_full),
                       with_commas(connect.handshakes_resumed)));
  if (connect.stuck > 0) {
    put_line(out, "stuck on purpose",
             fmt::format("{:>9}    connected, but never read{}", with_commas(connect.stuck),
                         stuck_state(report)));
  }
  if (connect.failures > 0) {
    put_line(out, "failed attempts",
             fmt::format("{:>9}    last: {}", with_commas(connect.failures), connect.last_failure));
  }
  if (connect.reconnects > 0) {
    put_line(out, "reconnects", fmt::format("{:>9}", with_commas(connect.reconnects)));
  }
}

std::string mebibytes(uint64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024 * 1024));
}

void put_memory(std::string& out, const MemoryReport& memory) {
  out += "Memory per idle connection\n";
  if (memory.user_bytes_per_connection.has_value()) {
    put_line(out, "server, user space",
             fmt::format("{:>9.0f} B    resident {} -> {}{}", *memory.user_bytes_per_connection,
                         mebibytes(memory.before.servers_rss_bytes.value_or(0)),
                         mebibytes(memory.after.servers_rss_bytes.value_or(0)),
                         memory.settled ? "" : ", not settled"));
  } else {
    put_line(out, "server, user space", "not measured (no process id of the server)");
  }
  if (memory.kernel_bytes_per_connection.has_value()) {
    put_line(out, "kernel, both ends",
             fmt::format("{:>9.0f} B    from {}", *memory.kernel_bytes_per_connection,
                         memory.kernel_source));
  }
  const auto put_group = [&](std::string_view label, const std::optional<double>& bytes,
                             std::optional<uint64_t> MemoryLook::*member, std::string_view what) {
    if (!bytes.has_value()) return;
    put_line(out, label,
             fmt::format("{:>9.0f} B    {} {} -> {}", *bytes, what,
                         mebibytes((memory.before.*member).value_or(0)),
                         mebibytes((memory.after.*member).value_or(0))));
  };
  put_group("kernel, all slab", memory.slab_bytes_per_connection, &MemoryLook::slab_bytes, "slab");
  put_group("workers of the drill", memory.worker_bytes_per_connection,
            &MemoryLook::workers_rss_bytes, "resident");
  put_group("machine, all together", memory.machine_bytes_per_connection,
            &MemoryLook::available_bytes, "available");
}

void put_spreads(std::string& out, std::string_view label, const std::vector<RoundReport>& rounds,
                 std::optional<figures::Spread> RoundReport::*member) {
  bool first = true;
  for (size_t i = 0; i < rounds.size(); ++i) {
    const std::optional<figures::Spread>& spread = rounds[i].*member;
    if (!spread.has_value()) continue;
    put_line(out, std::exchange(first, false) ? label : "",
             fmt::format("{:>9.1f} ms   ({:.1f} to {:.1f}) round {}", spread->median, spread->min,
                         spread->max, i + 1));
  }
}

void put_alert(std::string& out, const Report& report) {
  const std::vector<RoundReport>& rounds = report.rounds;
  const size_t count = rounds.size();
  out += fmt::format("Alert: priority {}, {} bytes, {} round{}{}\n", report.priority,
                     report.payload_bytes, count, count == 1 ? "" : "s",
                     count > 1 ? "; median (smallest to largest)" : "");
  const auto put_total = [&](std::string_view label, uint64_t RoundReport::*member,
                             std::string_view note) {
    put_line(out, label, fmt::format("{:>9}    {}", with_commas(total_over(rounds, member)), note));
  };
  put_total("delivered", &RoundReport::delivered,
            fmt::format("of {}", with_commas(total_over(rounds, &RoundReport::expected))));
  put_total("missing", &RoundReport::missing, "");
  put_total("twice to the app", &RoundReport::app_duplicates, "");
  put_total("twice on the wire", &RoundReport::wire_duplicates, "dropped by the client");
  out += "From the API call to the device\n";
  const auto put_time = [&](std::string_view label, double RoundReport::*member) {
    put_line(out, label, with_range(spread_over(rounds, member), "ms", count));
  };
  put_time("accepted (API answer)", &RoundReport::accepted_ms);
  put_time("50 % of the devices", &RoundReport::p50_ms);
  put_time("90 %", &RoundReport::p90_ms);
  put_time("99 %", &RoundReport::p99_ms);
  put_time("99.9 %", &RoundReport::p99_9_ms);
  put_time("100 %, the last device", &RoundReport::p100_ms);
  put_spreads(out, "last device of a server", rounds, &RoundReport::spread_between_servers_ms);
  put_spreads(out, "sending, of a shard", rounds, &RoundReport::fan_out_of_shards_ms);
}

void put_competing(std::string& out, const Report& report) {
  if (report.competing.empty()) return;
  const size_t count = report.competing.size();
  out += "The same alert while a normal broadcast to everyone is under way\n";
  put_line(out, "100 % alone",
           with_range(spread_over(report.rounds, &RoundReport::p100_ms), "ms", count));
  put_line(out, "100 % competing", with_range(*competing_p100_ms(report), "ms", count));
  const figures::Spread ratio = *spread_over(report.competing, &CompetingReport::p100_ratio);
  put_line(out, "ratio, by pairs",
           fmt::format("{:>9.2f}      ({:.2f} to {:.2f})", ratio.median, ratio.min, ratio.max));
  put_line(out, "had the broadcast before",
           with_range(*spread_over(report.competing, &CompetingReport::broadcast_percent_at_alert),
                      "% ", count));
}

void put_cpu(std::string& out, const std::vector<RoundReport>& rounds) {
  const auto sending = spread_over(rounds, &RoundReport::server_cpu_us_per_delivery);
  if (!sending.has_value()) return;
  out += "Server CPU per delivery\n";
  put_line(out, "until the last device", with_range(*sending, "us", rounds.size()));
  const auto all = spread_over(rounds, &RoundReport::server_cpu_us_per_delivery_and_acks);
  if (all.has_value()) put_line(out, "with acks and books", with_range(*all, "us", rounds.size()));
}

void put_books(std::string& out, const std::vector<RoundReport>& rounds) {
  out += "The server's books\n";
  for (size_t i = 0; i < rounds.size(); ++i) {
    const RoundReport& round = rounds[i];
    const std::string label = fmt::format("{} {}", i + 1, round.message_id);
    if (!round.books.has_value()) {
      put_line(out, label, "could not be read");
      continue;
    }
    put_line(out, label,
             fmt::format("targeted {} = delivered {} + pending {} + expired {} + dropped {}; {} "
                         "after {:.1f} s",
                         with_commas(round.books->targeted), with_commas(round.books->delivered),
                         with_commas(round.books->pending), with_commas(round.books->expired),
                         with_commas(round.books->dropped),
                         round.books_closed ? "agreed" : "NOT AGREED", round.books_ms / 1000));
  }
}

}  // namespace

std::string with_commas(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string report_table(const Report& report) {
  std::string out;
  put_fleet(out, report);
  put_memory(out, report.memory);
  put_alert(out, report);
  put_competing(out, report);
  put_cpu(out, report.rounds);
  put_books(out, report.rounds);
  const std::vector<RoundReport> all = all_rounds(report);
  if (all_well(report)) {
    out += "Every device got the alert, each exactly once.\n";
  } else {
    out += fmt::format("NOT WELL: {} not connected, {} missed, {} twice to the app.\n",
                       with_commas(report.connect.devices - report.connect.connected),
                       with_commas(total_over(all, &RoundReport::missing)),
                       with_commas(total_over(all, &RoundReport::app_duplicates)));
  }
  return out;
}

}  // namespace tocsin::drill
