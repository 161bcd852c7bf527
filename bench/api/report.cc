#include "api/report.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <thread>

#include "api/sends_summary.h"
#include "drill/proc_stats.h"
#include "figures/document.h"
#include "figures/json_writer.h"

namespace tocsin::api {
namespace {

using figures::JsonWriter;
using figures::Measures;

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1024 * 1024); }

// -- Measures -------------------------------------------------------------------------------------

void measure_sends(Measures& measures, const std::string& name,
                   const std::vector<SendFigures>& sends) {
  if (sends.empty()) return;
  const SendsSummary summary = summary_of(sends);
  measures[name + "_sends_per_s"] = summary.sends_per_s.median;
  measures[name + "_cpu_us_per_send"] = summary.cpu_us_per_send.median;
  measures[name + "_p50_ms"] = summary.p50_ms.median;
  measures[name + "_p99_ms"] = summary.p99_ms.median;
}

void measure_rounds(Measures& measures, const std::vector<Round>& rounds) {
  if (rounds.empty()) return;
  measure_sends(measures, "rest", rest_of(rounds));
  measure_sends(measures, "grpc", grpc_of(rounds));
  measure_sends(measures, "nginx", nginx_of(rounds));
  const RatiosSummary ratios = ratios_of(rounds);
  measures["cpu_grpc_to_rest_ratio"] = ratios.cpu_grpc_to_rest.median;
  measures["rate_grpc_to_rest_ratio"] = ratios.rate_grpc_to_rest.median;
  if (nginx_of(rounds).empty()) return;
  measures["cpu_rest_to_nginx_ratio"] = ratios.cpu_rest_to_nginx.median;
  measures["rate_rest_to_nginx_ratio"] = ratios.rate_rest_to_nginx.median;
}

void measure_idle(Measures& measures, const IdleCost& idle) {
  if (idle.rest_bytes.has_value()) measures["idle_rest_bytes"] = *idle.rest_bytes;
  if (idle.grpc_bytes.has_value()) measures["idle_grpc_bytes"] = *idle.grpc_bytes;
  if (idle.nginx_bytes.has_value()) measures["idle_nginx_bytes"] = *idle.nginx_bytes;
}

void measure_list(Measures& measures, const std::string& name, const ListCost& list) {
  measures[name + "_accept_ms"] = list.accept_ms;
  measures[name + "_last_device_ms"] = list.last_device_ms;
  measures[name + "_report_ms"] = list.report_ms;
  measures[name + "_memory_mib"] = mebibytes(list.memory_bytes);
  // Over both transports.
  double& most = measures["list_memory_mib"];
  most = std::max(most, mebibytes(list.memory_bytes));
  measures["lists_not_right"] += list.is_right() ? 0 : 1;
}

// -- JSON -----------------------------------------------------------------------------------------

void put_setting(JsonWriter& json, const Report& report) {
  const Options& options = report.options;
  json.begin_object("setting");
  json.count("registered", options.registered);
  json.count("payload_bytes", options.payload_bytes);
  json.count("rounds", options.plan.rounds);
  json.count("sends", options.plan.sends);
  json.count("connections", options.plan.connections);
  json.count("idle", options.idle);
  json.count("idle_channels", options.idle_channels);
  json.count("list_ids", options.list_ids);
  json.count("ids_per_piece", options.ids_per_piece);
  json.count("online", options.online);
  json.text("nginx", report.nginx_version);
  json.text("nginx_absence", report.nginx_absence);
  json.count("cpus", std::thread::hardware_concurrency());
  json.text("cpu_model", drill::cpu_model());
  json.text("kernel", drill::kernel_release());
  json.end_object();
}

void put_sends(JsonWriter& json, std::string_view key, const std::vector<SendFigures>& sends) {
  if (sends.empty()) return;
  const SendsSummary summary = summary_of(sends);
  json.begin_object(key);
  figures::put_spread(json, "sends_per_s", summary.sends_per_s);
  figures::put_spread(json, "cpu_us_per_send", summary.cpu_us_per_send);
  figures::put_spread(json, "p50_ms", summary.p50_ms);
  figures::put_spread(json, "p99_ms", summary.p99_ms);
  json.end_object();
}

void put_rounds(JsonWriter& json, const std::vector<Round>& rounds) {
  if (rounds.empty()) return;
  json.begin_object("sends");
  put_sends(json, "rest", rest_of(rounds));
  put_sends(json, "grpc", grpc_of(rounds));
  put_sends(json, "nginx", nginx_of(rounds));
  const RatiosSummary ratios = ratios_of(rounds);
  figures::put_spread(json, "cpu_grpc_to_rest_ratio", ratios.cpu_grpc_to_rest);
  figures::put_spread(json, "rate_grpc_to_rest_ratio", ratios.rate_grpc_to_rest);
  if (!nginx_of(rounds).empty()) {
    figures::put_spread(json, "cpu_rest_to_nginx_ratio", ratios.cpu_rest_to_nginx);
    figures::put_spread(json, "rate_rest_to_nginx_ratio", ratios.rate_rest_to_nginx);
  }
  json.end_object();
}

void put_list(JsonWriter& json, std::string_view key, const std::optional<ListCost>& list) {
  if (!list.has_value()) return;
  json.begin_object(key);
  json.number("accept_ms", list->accept_ms);
  json.number("last_device_ms", list->last_device_ms);
  json.number("report_ms", list->report_ms);
  json.count("memory_bytes", list->memory_bytes);
  json.count("registered", list->registered);
  json.count("online", list->online);
  json.count("targeted", list->targeted);
  json.count("delivered", list->delivered);
  json.end_object();
}

// -- Text -----------------------------------------------------------------------------------------

std::string cell(const figures::Spread& spread, int digits) {
  return fmt::format("{:.{}f} ({:.{}f}-{:.{}f})", spread.median, digits, spread.min, digits,
                     spread.max, digits);
}

std::string sends_line(std::string_view name, const std::vector<SendFigures>& sends) {
  if (sends.empty()) return "";
  const SendsSummary summary = summary_of(sends);
  return fmt::format("  {:<22} {:<24} {:<22} {:<20} {}\n", name, cell(summary.sends_per_s, 0),
                     cell(summary.cpu_us_per_send, 1), cell(summary.p50_ms, 2),
                     cell(summary.p99_ms, 2));
}

std::string ratio_line(std::string_view name, const figures::Spread& ratio) {
  return fmt::format("  {:<22} {}\n", name, cell(ratio, 3));
}

std::string rounds_text(const Report& report) {
  const RoundsPlan& plan = report.options.plan;
  std::string text = fmt::format(
      "Durable sends to single devices over {} connections: median (min-max) of {} rounds of {}\n",
      plan.connections, plan.rounds, plan.sends);
  text += fmt::format("  {:<22} {:<24} {:<22} {:<20} {}\n", "", "sends per s",
                      "server CPU, us a send", "p50, ms", "p99, ms");
  text += sends_line("REST", rest_of(report.rounds));
  text += sends_line("gRPC", grpc_of(report.rounds));
  text += sends_line("nginx, a constant", nginx_of(report.rounds));
  const RatiosSummary ratios = ratios_of(report.rounds);
  if (!nginx_of(report.rounds).empty()) {
    text += ratio_line("CPU, REST / nginx", ratios.cpu_rest_to_nginx);
    text += ratio_line("rate, REST / nginx", ratios.rate_rest_to_nginx);
  }
  text += ratio_line("CPU, gRPC / REST", ratios.cpu_grpc_to_rest);
  return text + ratio_line("rate, gRPC / REST", ratios.rate_grpc_to_rest);
}

std::string idle_text(const IdleCost& idle, const Options& options) {
  std::string text = "Server memory for each idle connection, bytes\n";
  const auto add = [&text](std::string_view name, std::optional<double> bytes, uint32_t count) {
    if (bytes.has_value()) text += fmt::format("  {:<22} {:.0f} (of {})\n", name, *bytes, count);
  };
  add("REST", idle.rest_bytes, options.idle);
  add("gRPC", idle.grpc_bytes, options.idle_channels);
  add("nginx", idle.nginx_bytes, options.idle);
  return text;
}

std::string list_line(std::string_view name, const std::optional<ListCost>& list) {
  if (!list.has_value()) return "";
  return fmt::format("  {:<22} {:<14.0f} {:<16.0f} {:<18.0f} {:<14.1f} {} of {}\n", name,
                     list->accept_ms, list->last_device_ms, list->report_ms,
                     mebibytes(list->memory_bytes), list->delivered, list->online);
}

std::string lists_text(const Report& report) {
  std::string text =
      fmt::format("A send to a list of {} ids, {} devices among them, {} of these connected\n",
                  report.options.list_ids, report.options.registered, report.options.online);
  text += fmt::format("  {:<22} {:<14} {:<16} {:<18} {:<14} {}\n", "", "accepted, ms",
                      "last device, ms", "in the report, ms", "memory, MiB", "delivered");
  return text + list_line("REST", report.list_rest) + list_line("gRPC", report.list_grpc);
}

}  // namespace

bool Report::all_well() const {
  const auto is_right = [](const std::optional<ListCost>& list) {
    return !list.has_value() || list->is_right();
  };
  return is_right(list_rest) && is_right(list_grpc);
}

figures::Measures measures_of(const Report& report) {
  Measures measures;
  if (report.idle.has_value()) measure_idle(measures, *report.idle);
  measure_rounds(measures, report.rounds);
  if (report.list_rest.has_value()) measure_list(measures, "list_rest", *report.list_rest);
  if (report.list_grpc.has_value()) measure_list(measures, "list_grpc", *report.list_grpc);
  return measures;
}

std::string report_json(const Report& report, const std::vector<std::string>& missed) {
  JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.truth("all_well", report.all_well());
  put_setting(json, report);
  figures::put_measures(json, measures_of(report));
  put_rounds(json, report.rounds);
  put_list(json, "list_rest", report.list_rest);
  put_list(json, "list_grpc", report.list_grpc);
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
}

std::string report_table(const Report& report) {
  std::string text;
  if (!report.rounds.empty()) text += rounds_text(report);
  if (report.idle.has_value()) text += idle_text(*report.idle, report.options);
  if (report.list_rest.has_value() || report.list_grpc.has_value()) text += lists_text(report);
  if (!report.nginx_absence.empty()) text += "nginx: " + report.nginx_absence + "\n";
  return text;
}

}  // namespace tocsin::api
