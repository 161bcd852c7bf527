#include "drill/report.h"

#include <algorithm>
#include <fmt/format.h>

#include "harness/figure_text.h"

namespace tocsin::drill {
namespace {

using harness::Json;
using harness::MemoryLook;
using harness::MemoryReport;
using harness::Series;
using harness::series_of;
using harness::with_commas;

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
     "resident", &MemoryLook::servers_rss_bytes},
    {"kernel_bytes_per_connection", "kernel, both ends", &MemoryReport::kernel_bytes_per_connection,
     "from", nullptr},
    {"slab_bytes_per_connection", "kernel, all slab", &MemoryReport::slab_bytes_per_connection,
     "slab", &MemoryLook::slab_bytes},
    {"worker_bytes_per_connection", "workers of the drill",
     &MemoryReport::worker_bytes_per_connection, "resident", &MemoryLook::workers_rss_bytes},
    {"machine_bytes_per_connection", "machine, all together",
     &MemoryReport::machine_bytes_per_connection, "available", &MemoryLook::available_bytes}};

constexpr std::pair<const char*, std::optional<uint64_t> MemoryLook::*> looks[] = {
    {"server_rss_bytes", &MemoryLook::servers_rss_bytes},
    {"worker_rss_bytes", &MemoryLook::workers_rss_bytes},
    {"coordinator_rss_bytes", &MemoryLook::coordinator_rss_bytes},
    {"slab_bytes", &MemoryLook::slab_bytes},
    {"available_bytes", &MemoryLook::available_bytes}};

// -- Sums and spreads over the rounds ---------------------------------------------------------------

// The alerts alone, and behind each its competing ones: every message whose delivery was asked for.
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

Json round_json(const RoundReport& round) {
  Json json = {{"message_id", round.message_id},
               {"message_ids", round.message_ids},
               {"expected", round.expected},
               {"delivered", round.delivered},
               {"missing", round.missing},
               {"duplicates", round.app_duplicates},
               {"wire_duplicates", round.wire_duplicates}};
  if (round.message_ids.empty()) json.erase("message_ids");
  for (const TimeFigure& time : times) json[time.key] = round.*time.member;
  for (const CpuFigure& cpu : cpu_figures) json[cpu.key] = round.*cpu.member;
  json["spread_between_servers_ms"] = round.spread_between_servers_ms;
  json["fan_out_of_shards_ms"] = round.fan_out_of_shards_ms;
  if (round.books.has_value()) {
    json["books"] = {{"targeted", round.books->targeted},
                     {"pending", round.books->pending},
                     {"delivered", round.books->delivered},
                     {"expired", round.books->expired},
                     {"dropped", round.books->dropped}};
  }
  json["books_closed"] = round.books_closed;
  json["books_ms"] = round.books_ms;
  return json;
}

Json setting_json(const Report& report) {
  return {{"devices", report.connect.devices},
          {"stuck", report.connect.stuck},
          {"priority", report.priority},
          {"payload_bytes", report.payload_bytes},
          {"rounds", report.rounds.size()},
          {"workers", report.workers},
          {"workers_at_once", report.workers_at_once},
          {"servers", report.servers},
          {"asked_devices", report.asked_devices},
          {"limited_by", harness::unless_empty(report.limited_by)},
          {"cpus", report.cpus},
          {"cpu_model", report.cpu_model},
          {"kernel", report.kernel}};
}

Json connect_json(const ConnectReport& connect) {
  return {{"connected", connect.connected},
          {"failures", connect.failures},
          {"reconnects", connect.reconnects},
          {"seconds", connect.seconds},
          {"handshakes_per_s", connect.handshakes_per_s},
          {"handshakes_full", connect.handshakes_full},
          {"handshakes_resumed", connect.handshakes_resumed},
          {"last_failure", harness::unless_empty(connect.last_failure)}};
}

Json memory_json(const MemoryReport& memory) {
  Json json;
  for (const auto& [key, member] : looks) {
    json[std::string(key) + "_before"] = memory.before.*member;
    json[std::string(key) + "_after"] = memory.after.*member;
  }
  json["settled"] = memory.after.settled;
  for (const MemoryFigure& figure : memory_figures) json[figure.key] = memory.*figure.each;
  json["kernel_source"] = harness::unless_empty(memory.kernel_source);
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

class Table {
 public:
  explicit Table(const Report& report) : report_(report) {}

  std::string text() {
    put_fleet();
    put_memory();
    put_alert();
    put_competing();
    put_cpu();
    put_books();
    put_verdict();
    return out_;
  }

 private:
  template <typename... Values>
  void line(std::string_view label, fmt::format_string<Values...> format, Values&&... values) {
    out_ +=
        fmt::format("  {:<26}{}\n", label, fmt::format(format, std::forward<Values>(values)...));
  }
  // A count, right-aligned, and a note.
  void count(std::string_view label, uint64_t value, std::string_view note = {}) {
    line(label, "{:>9}{}{}", with_commas(value), note.empty() ? "" : "    ", note);
  }
  // "12.3 ms", and with several rounds "12.3 ms   (11.0 to 14.2)".
  void range(std::string_view label, const Series& series, std::string_view unit) {
    if (report_.rounds.size() > 1) {
      line(label, "{:>9.1f} {}   ({:.1f} to {:.1f})", series.median(), unit, series.min(),
           series.max());
    } else {
      line(label, "{:>9.1f} {}", series.median(), unit);
    }
  }
  void put_fleet();
  void put_memory();
  void put_alert();
  void put_spreads(std::string_view label, Series RoundReport::*member);
  void put_competing();
  void put_cpu();
  void put_books();
  void put_verdict();

  const Report& report_;
  std::string out_;
};

void Table::put_fleet() {
  const ConnectReport& connect = report_.connect;
  out_ += "Fleet\n";
  if (report_.asked_devices > connect.devices) {
    count("asked for", report_.asked_devices, report_.limited_by);
  }
  if (report_.servers > 1) count("servers", report_.servers);
  count("devices", connect.devices,
        fmt::format("{}, {}", harness::counted(report_.workers, "worker"),
                    harness::counted(report_.cpus, "CPU")));
  count("connected", connect.connected,
        fmt::format("in {:.1f} s, {} handshakes/s", connect.seconds,
                    with_commas(static_cast<uint64_t>(connect.handshakes_per_s + 0.5))));
  count("handshakes", connect.handshakes_full,
        fmt::format("full, {} resumed", with_commas(connect.handshakes_resumed)));
  if (connect.stuck > 0) {
    std::string note = "connected, but never read";
    if (report_.stuck.has_value()) {
      note += fmt::format("; {} B unread each", report_.stuck->unread_bytes / connect.stuck);
      if (const auto& closed = report_.stuck->closed_by_server) {
        note += fmt::format(", {} closed by the server", with_commas(*closed));
      }
    }
    count("stuck on purpose", connect.stuck, note);
  }
  if (connect.failures > 0) {
    count("failed attempts", connect.failures, "last: " + connect.last_failure);
  }
  if (connect.reconnects > 0) count("reconnects", connect.reconnects);
}

void Table::put_memory() {
  const MemoryReport& memory = report_.memory;
  out_ += "Memory per idle connection\n";
  if (!memory.user_bytes_per_connection.has_value()) {
    line("server, user space", "not measured (no process id of the server)");
  }
  for (const MemoryFigure& figure : memory_figures) {
    if (!(memory.*figure.each).has_value()) continue;
    const std::string from =
        figure.look == nullptr
            ? memory.kernel_source
            : fmt::format("{:.1f} MiB -> {:.1f} MiB",
                          harness::mebibytes((memory.before.*figure.look).value_or(0)),
                          harness::mebibytes((memory.after.*figure.look).value_or(0)));
    const bool is_unsettled =
        figure.look == &MemoryLook::servers_rss_bytes && !memory.after.settled;
    line(figure.label, "{:>9.0f} B    {} {}{}", *(memory.*figure.each), figure.what, from,
         is_unsettled ? ", not settled" : "");
  }
}

void Table::put_spreads(std::string_view label, Series RoundReport::*member) {
  for (size_t i = 0; i < report_.rounds.size(); ++i) {
    const Series& series = report_.rounds[i].*member;
    if (series.empty()) continue;
    line(label, "{:>9.1f} ms   ({:.1f} to {:.1f}) round {}", series.median(), series.min(),
         series.max(), i + 1);
    label = "";
  }
}

void Table::put_alert() {
  const std::vector<RoundReport>& rounds = report_.rounds;
  out_ += fmt::format("Alert: priority {}, {} bytes, {}{}\n", report_.priority,
                      report_.payload_bytes, harness::counted(rounds.size(), "round"),
                      rounds.size() > 1 ? "; median (smallest to largest)" : "");
  count("delivered", total(rounds, &RoundReport::delivered),
        "of " + with_commas(total(rounds, &RoundReport::expected)));
  count("missing", total(rounds, &RoundReport::missing));
  count("twice to the app", total(rounds, &RoundReport::app_duplicates));
  count("twice on the wire", total(rounds, &RoundReport::wire_duplicates), "dropped by the client");
  out_ += "From the API call to the device\n";
  for (const TimeFigure& time : times) range(time.label, series_of(rounds, time.member), "ms");
  put_spreads("last device of a server", &RoundReport::spread_between_servers_ms);
  put_spreads("sending, of a shard", &RoundReport::fan_out_of_shards_ms);
}

void Table::put_competing() {
  const std::vector<CompetingReport>& competing = report_.competing;
  if (competing.empty()) return;
  out_ += "The same alert while a normal broadcast to everyone is under way\n";
  range("100 % alone", series_of(report_.rounds, &RoundReport::p100_ms), "ms");
  range("100 % competing", competing_p100_ms(report_), "ms");
  const Series ratio = series_of(competing, &CompetingReport::p100_ratio);
  line("ratio, by pairs", "{:>9.2f}      ({:.2f} to {:.2f})", ratio.median(), ratio.min(),
       ratio.max());
  range("had the broadcast before",
        series_of(competing, &CompetingReport::broadcast_percent_at_alert), "% ");
}

void Table::put_cpu() {
  for (const CpuFigure& cpu : cpu_figures) {
    const Series series = series_of(report_.rounds, cpu.member);
    if (series.empty()) continue;
    if (cpu.key == cpu_figures[0].key) out_ += "Server CPU per delivery\n";
    range(cpu.label, series, "us");
  }
}

void Table::put_books() {
  out_ += "The server's books\n";
  for (size_t i = 0; i < report_.rounds.size(); ++i) {
    const RoundReport& round = report_.rounds[i];
    const std::string label = fmt::format("{} {}", i + 1, round.message_id);
    if (!round.books.has_value()) {
      line(label, "could not be read");
      continue;
    }
    line(label,
         "targeted {} = delivered {} + pending {} + expired {} + dropped {}; {} after {:.1f} s",
         with_commas(round.books->targeted), with_commas(round.books->delivered),
         with_commas(round.books->pending), with_commas(round.books->expired),
         with_commas(round.books->dropped), round.books_closed ? "agreed" : "NOT AGREED",
         round.books_ms / 1000);
  }
}

void Table::put_verdict() {
  const std::vector<RoundReport> all = all_rounds(report_);
  out_ += all_well(report_)
              ? "Every device got the alert, each exactly once.\n"
              : fmt::format("NOT WELL: {} not connected, {} missed, {} twice to the app.\n",
                            with_commas(report_.connect.devices - report_.connect.connected),
                            with_commas(total(all, &RoundReport::missing)),
                            with_commas(total(all, &RoundReport::app_duplicates)));
}

}  // namespace

bool all_well(const Report& report) {
  const std::vector<RoundReport> all = all_rounds(report);
  return report.connect.connected == report.connect.devices &&
         total(all, &RoundReport::missing) == 0 && total(all, &RoundReport::app_duplicates) == 0;
}

Json measures_of(const Report& report) {
  const ConnectReport& connect = report.connect;
  const std::vector<RoundReport> all = all_rounds(report);
  Json measures = {
      {"not_connected", connect.devices - connect.connected},
      {"reconnects", connect.reconnects},
      {"handshakes_per_s", connect.handshakes_per_s},
      {"handshakes_full", connect.handshakes_full},
      {"handshakes_resumed", connect.handshakes_resumed},
      {"missing", total(all, &RoundReport::missing)},
      {"duplicates", total(all, &RoundReport::app_duplicates)},
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
  Json json = {{"all_well", all_well(report)},
               {"setting", setting_json(report)},
               {"connect", connect_json(report.connect)},
               {"memory", memory_json(report.memory)},
               {"rounds", harness::json_list(report.rounds, round_json)},
               {"spread", spread_json(report)}};
  if (!report.competing.empty()) {
    json["competing"] =
        harness::json_list(report.competing, [](const CompetingReport& round) -> Json {
          return {{"p100_ratio", round.p100_ratio},
                  {"broadcast_percent_at_alert", round.broadcast_percent_at_alert},
                  {"alert", round_json(round.alert)},
                  {"broadcast", round_json(round.broadcast)}};
        });
  }
  if (report.stuck.has_value()) {
    json["stuck"] = {{"unread_bytes", report.stuck->unread_bytes},
                     {"closed_by_server", report.stuck->closed_by_server}};
  }
  return json;
}

std::string table_of(const Report& report) { return Table(report).text(); }

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

}  // namespace tocsin::drill
