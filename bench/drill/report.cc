#include "drill/report.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::bench::drill {
namespace {

// -- What there is to tell, once for JSON, measures and table ---------------------------------------

struct TimeFigure {
  const char* key;
  const char* label;
  double RoundReport::*member;
};
constexpr TimeFigure times[] = {{"accepted_ms", "accepted (API answer)", &RoundReport::accepted_ms},
                                {"p50_ms", "50 % of the devices", &RoundReport::p50_ms},
                                {"p90_ms", "90 %", &RoundReport::p90_ms},
                                {"p99_ms", "99 %", &RoundReport::p99_ms},
                                {"p99_9_ms", "99.9 %", &RoundReport::p99_9_ms},
                                {"p100_ms", "100 %, the last device", &RoundReport::p100_ms}};

struct CpuFigure {
  const char* key;
  const char* label;
  std::optional<double> RoundReport::*member;
};
constexpr CpuFigure cpu_figures[] = {{"server_cpu_us_per_delivery", "until the last device",
                                      &RoundReport::server_cpu_us_per_delivery},
                                     {"server_cpu_us_per_delivery_and_acks", "with acks and books",
                                      &RoundReport::server_cpu_us_per_delivery_and_acks}};

struct MemoryFigure {
  const char* key;
  const char* label;
  std::optional<double> MemoryReport::*each;
  const char* what;
  std::optional<uint64_t> MemoryLook::*look;  // nullptr: it has no looks of its own
};
constexpr MemoryFigure memory_figures[] = {
    {"user_bytes_per_connection", "server, user space", &MemoryReport::user_bytes_per_connection,
     "resident", &MemoryLook::server_rss_bytes},
    {"kernel_bytes_per_connection", "kernel, both ends", &MemoryReport::kernel_bytes_per_connection,
     "from", nullptr},
    {"slab_bytes_per_connection", "kernel, all slab", &MemoryReport::slab_bytes_per_connection,
     "slab", &MemoryLook::slab_bytes},
    {"worker_bytes_per_connection", "workers of the drill",
     &MemoryReport::worker_bytes_per_connection, "resident", &MemoryLook::worker_rss_bytes},
    {"machine_bytes_per_connection", "machine, all together",
     &MemoryReport::machine_bytes_per_connection, "available", &MemoryLook::available_bytes}};

// -- Sums and spreads over the rounds ---------------------------------------------------------------

// The alerts alone, and after each its competing ones: every message whose delivery was asked for.
std::vector<RoundReport> all_rounds(const Report& report) {
  std::vector<RoundReport> all = report.rounds;
  for (const CompetingReport& round : report.competing) {
    all.push_back(round.broadcast);
    all.push_back(round.alert);
  }
  return all;
}

uint64_t total(const std::vector<RoundReport>& rounds, uint64_t RoundReport::*member) {
  uint64_t sum = 0;
  for (const RoundReport& round : rounds) sum += round.*member;
  return sum;
}

Series competing_p100_ms(const Report& report) {
  return series_of(report.competing, [](const auto& round) { return round.alert.p100_ms; });
}

// Of largest - smallest of a round; those without figures are left out.
Series widths(const std::vector<RoundReport>& rounds, Series RoundReport::*member) {
  return series_of(rounds, [member](const RoundReport& round) {
    const Series& series = round.*member;
    return series.empty() ? std::nullopt : std::optional(series.max() - series.min());
  });
}

// -- JSON -------------------------------------------------------------------------------------------

Json memory_json(const MemoryReport& memory) {
  Json json = memory;
  for (const auto& [look, when] :
       {std::pair{&memory.before, "_before"}, {&memory.after, "_after"}}) {
    const Json values = *look;
    for (const auto& [key, value] : values.items()) json[key + when] = value;
  }
  json["settled"] = memory.after.settled;
  return json;
}

Json spread_json(const Report& report) {
  Json json;
  for (const TimeFigure& time : times) json[time.key] = series_of(report.rounds, time.member);
  for (const CpuFigure& cpu : cpu_figures) json[cpu.key] = series_of(report.rounds, cpu.member);
  json["alert_competing_p100_ms"] = competing_p100_ms(report);
  json["competing_p100_ratio"] = series_of(report.competing, &CompetingReport::p100_ratio);
  return json;
}

// -- The table --------------------------------------------------------------------------------------

template <typename... Values>
std::string line(std::string_view label, fmt::format_string<Values...> format, Values&&... values) {
  return fmt::format("  {:<26}{}\n", label, fmt::format(format, std::forward<Values>(values)...));
}

// A count, right-aligned, and a note.
std::string count(std::string_view label, uint64_t value, std::string_view note = {}) {
  return line(label, "{:>9}{}{}", with_commas(value), note.empty() ? "" : "    ", note);
}

// "12.3 ms", and of several rounds "12.3 ms   (11.0 to 14.2)".
std::string range(std::string_view label, const Series& series, std::string_view unit) {
  if (series.size() < 2) return line(label, "{:>9.1f} {}", series.median(), unit);
  return line(label, "{:>9.1f} {}   ({:.1f} to {:.1f})", series.median(), unit, series.min(),
              series.max());
}

void add_fleet(const Report& report, std::string& out) {
  const Setting& setting = report.setting;
  const ConnectReport& connect = report.connect;
  out += "Fleet\n";
  if (setting.asked_devices > setting.devices) {
    out += count("asked for", setting.asked_devices, setting.limited_by.value_or(""));
  }
  if (setting.servers > 1) out += count("servers", setting.servers);
  out += count(
      "devices", setting.devices,
      fmt::format("{}, {}", counted(setting.workers, "worker"), counted(setting.cpus, "CPU")));
  out += count("connected", connect.connected,
               fmt::format("in {:.1f} s, {} handshakes/s", connect.seconds,
                           with_commas(static_cast<uint64_t>(connect.handshakes_per_s + 0.5))));
  out += count("handshakes", connect.handshakes_full,
               fmt::format("full, {} resumed", with_commas(connect.handshakes_resumed)));
  if (setting.stuck > 0) {
    std::string note = "connected, but never read";
    if (report.stuck.has_value()) {
      note += fmt::format("; {} B unread each", report.stuck->unread_bytes / setting.stuck);
      if (const auto& closed = report.stuck->closed_by_server) {
        note += fmt::format(", {} closed by the server", with_commas(*closed));
      }
    }
    out += count("stuck on purpose", setting.stuck, note);
  }
  if (connect.failures > 0) {
    out += count("failed attempts", connect.failures, "last: " + connect.last_failure.value_or(""));
  }
  if (connect.reconnects > 0) out += count("reconnects", connect.reconnects);
}

void add_memory(const Report& report, std::string& out) {
  const MemoryReport& memory = report.memory;
  out += "Memory per idle connection\n";
  if (!memory.user_bytes_per_connection.has_value()) {
    out += line("server, user space", "not measured (no process id of the server)");
  }
  for (const MemoryFigure& figure : memory_figures) {
    if (!(memory.*figure.each).has_value()) continue;
    const std::string from = figure.look == nullptr
                                 ? memory.kernel_source.value_or("")
                                 : fmt::format("{:.1f} MiB -> {:.1f} MiB",
                                               mebibytes((memory.before.*figure.look).value_or(0)),
                                               mebibytes((memory.after.*figure.look).value_or(0)));
    const bool is_unsettled = figure.look == &MemoryLook::server_rss_bytes && !memory.after.settled;
    out += line(figure.label, "{:>9.0f} B    {} {}{}", *(memory.*figure.each), figure.what, from,
                is_unsettled ? ", not settled" : "");
  }
}

void add_spreads(const Report& report, std::string_view label, Series RoundReport::*member,
                 std::string& out) {
  for (size_t i = 0; i < report.rounds.size(); ++i) {
    const Series& series = report.rounds[i].*member;
    if (series.empty()) continue;
    out += line(label, "{:>9.1f} ms   ({:.1f} to {:.1f}) round {}", series.median(), series.min(),
                series.max(), i + 1);
    label = "";
  }
}

void add_alert(const Report& report, std::string& out) {
  const std::vector<RoundReport>& rounds = report.rounds;
  out += fmt::format("Alert: priority {}, {} bytes, {}{}\n", report.setting.priority,
                     report.setting.payload_bytes, counted(rounds.size(), "round"),
                     rounds.size() > 1 ? "; median (smallest to largest)" : "");
  out += count("delivered", total(rounds, &RoundReport::delivered),
               "of " + with_commas(total(rounds, &RoundReport::expected)));
  out += count("missing", total(rounds, &RoundReport::missing));
  out += count("twice to the app", total(rounds, &RoundReport::duplicates));
  out += count("twice on the wire", total(rounds, &RoundReport::wire_duplicates),
               "dropped by the client");
  out += "From the API call to the device\n";
  for (const TimeFigure& time : times)
    out += range(time.label, series_of(rounds, time.member), "ms");
  add_spreads(report, "last device of a server", &RoundReport::spread_between_servers_ms, out);
  add_spreads(report, "sending, of a shard", &RoundReport::fan_out_of_shards_ms, out);
}

void add_competing(const Report& report, std::string& out) {
  const std::vector<CompetingReport>& competing = report.competing;
  if (competing.empty()) return;
  out += "The same alert while a normal broadcast to everyone is under way\n";
  out += range("100 % alone", series_of(report.rounds, &RoundReport::p100_ms), "ms");
  out += range("100 % competing", competing_p100_ms(report), "ms");
  const Series ratio = series_of(competing, &CompetingReport::p100_ratio);
  out += line("ratio, by pairs", "{:>9.2f}      ({:.2f} to {:.2f})", ratio.median(), ratio.min(),
              ratio.max());
  out += range("had the broadcast before",
               series_of(competing, &CompetingReport::broadcast_percent_at_alert), "% ");
}

void add_cpu(const Report& report, std::string& out) {
  for (const CpuFigure& cpu : cpu_figures) {
    const Series series = series_of(report.rounds, cpu.member);
    if (series.empty()) continue;
    if (cpu.key == cpu_figures[0].key) out += "Server CPU per delivery\n";
    out += range(cpu.label, series, "us");
  }
}

void add_books(const Report& report, std::string& out) {
  out += "The server's books\n";
  for (size_t i = 0; i < report.rounds.size(); ++i) {
    const RoundReport& round = report.rounds[i];
    const std::string label = fmt::format("{} {}", i + 1, round.message_id);
    if (!round.books.has_value()) {
      out += line(label, "could not be read");
      continue;
    }
    out +=
        line(label,
             "targeted {} = delivered {} + pending {} + expired {} + dropped {}; {} after {:.1f} s",
             with_commas(round.books->targeted), with_commas(round.books->delivered),
             with_commas(round.books->pending), with_commas(round.books->expired),
             with_commas(round.books->dropped), round.books_closed ? "agreed" : "NOT AGREED",
             round.books_ms / 1000);
  }
}

void add_verdict(const Report& report, std::string& out) {
  const std::vector<RoundReport> all = all_rounds(report);
  out += all_well(report)
             ? "Every device got the alert, each exactly once.\n"
             : fmt::format("NOT WELL: {} not connected, {} missed, {} twice to the app.\n",
                           with_commas(report.setting.devices - report.connect.connected),
                           with_commas(total(all, &RoundReport::missing)),
                           with_commas(total(all, &RoundReport::duplicates)));
}

}  // namespace

bool all_well(const Report& report) {
  const std::vector<RoundReport> all = all_rounds(report);
  return report.connect.connected == report.setting.devices &&
         total(all, &RoundReport::missing) == 0 && total(all, &RoundReport::duplicates) == 0;
}

Json measures_of(const Report& report) {
  const ConnectReport& connect = report.connect;
  const std::vector<RoundReport> all = all_rounds(report);
  Json measures = {
      {"not_connected", report.setting.devices - connect.connected},
      {"reconnects", connect.reconnects},
      {"handshakes_per_s", connect.handshakes_per_s},
      {"handshakes_full", connect.handshakes_full},
      {"handshakes_resumed", connect.handshakes_resumed},
      {"missing", total(all, &RoundReport::missing)},
      {"duplicates", total(all, &RoundReport::duplicates)},
      {"wire_duplicates", total(all, &RoundReport::wire_duplicates)},
      {"books_not_closed",
       std::count_if(all.begin(), all.end(),
                     [](const RoundReport& round) { return !round.books_closed; })},
      {"books_ms", series_of(report.rounds, &RoundReport::books_ms).median()},
      {"spread_between_servers_ms",
       widths(report.rounds, &RoundReport::spread_between_servers_ms).measure()},
      {"spread_between_shards_ms",
       widths(report.rounds, &RoundReport::fan_out_of_shards_ms).measure()},
      {"alert_competing_p100_ms", competing_p100_ms(report).measure()},
      {"competing_p100_ratio", series_of(report.competing, &CompetingReport::p100_ratio).measure()},
      {"broadcast_percent_at_alert",
       series_of(report.competing, &CompetingReport::broadcast_percent_at_alert).measure()}};
  for (const MemoryFigure& figure : memory_figures) {
    measures[figure.key] = report.memory.*figure.each;
  }
  for (const TimeFigure& time : times) {
    measures[time.key] = series_of(report.rounds, time.member).median();
  }
  for (const CpuFigure& cpu : cpu_figures) {
    measures[cpu.key] = series_of(report.rounds, cpu.member).measure();
  }
  if (report.stuck.has_value()) measures["stuck_closed"] = report.stuck->closed_by_server;
  if (!report.competing.empty()) measures["alert_alone_p100_ms"] = measures["p100_ms"];
  return measures;
}

Json json_of(const Report& report) {
  return {{"all_well", all_well(report)},
          {"setting", report.setting},
          {"connect", report.connect},
          {"memory", memory_json(report.memory)},
          {"rounds", report.rounds},
          {"spread", spread_json(report)},
          {"competing", report.competing.empty() ? Json() : Json(report.competing)},
          {"stuck", report.stuck}};
}

std::string table_of(const Report& report) {
  std::string out;
  for (const auto add :
       {add_fleet, add_memory, add_alert, add_competing, add_cpu, add_books, add_verdict}) {
    add(report, out);
  }
  return out;
}

std::vector<std::pair<double, double>> curve_of(const Series& waits_ms, uint64_t expected) {
  constexpr double points = 240;
  std::vector<std::pair<double, double>> curve;
  if (waits_ms.empty() || expected == 0) return curve;
  const double share = static_cast<double>(waits_ms.size()) / static_cast<double>(expected) / 100;
  const auto put = [&](double percent) {
    curve.emplace_back(waits_ms.percentile(percent), percent * share);
  };
  for (double percent = 99 / points; percent < 99; percent += 99 / points) put(percent);
  for (const double percent : {99.0, 99.5, 99.9, 99.95, 99.99, 100.0}) put(percent);
  return curve;
}

}  // namespace tocsin::bench::drill
