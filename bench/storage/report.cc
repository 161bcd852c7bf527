#include "storage/report.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "drill/proc_stats.h"
#include "figures/document.h"
#include "figures/json_writer.h"

namespace tocsin::storage_bench {
namespace {

uint64_t growth(uint64_t from, uint64_t to) { return to > from ? to - from : 0; }

// The most that registered devices took of memory: while they were registered, or served.
uint64_t memory_bytes(const Report& report) {
  const FillResult& fill = *report.fill;
  return std::max(growth(fill.rss_bytes_before, fill.rss_bytes_peak), report.serving_bytes);
}

double per_device(const Report& report, uint64_t bytes) {
  return static_cast<double>(bytes) / static_cast<double>(report.options.devices);
}

void put_setting(figures::JsonWriter& json, const Report& report) {
  const Options& options = report.options;
  json.begin_object("setting");
  json.count("devices", options.devices);
  json.count("tags", options.tags);
  json.count("callers", options.accept.callers);
  json.count("sends", options.accept.sends);
  json.count("rounds", options.accept.rounds);
  json.count("payload_bytes", options.accept.payload_bytes);
  json.text("file_system", report.file_system);
  json.text("cpu_model", drill::cpu_model());
  json.text("kernel", drill::kernel_release());
  json.end_object();
}

void put_accept(figures::JsonWriter& json, const AcceptResult& accept) {
  json.begin_object("accept");
  json.count("record_bytes", accept.record_bytes);
  figures::put_spread(json, "sends_per_s", accept.sends_per_s);
  figures::put_spread(json, "applied_per_s", accept.applied_per_s);
  figures::put_spread(json, "puts_per_s", accept.puts_per_s);
  figures::put_spread(json, "ratio", accept.ratio);
  figures::put_spread(json, "applied_ratio", accept.applied_ratio);
  json.number("sends_per_sync", accept.sends_per_sync);
  json.number("puts_per_sync", accept.puts_per_sync);
  json.end_object();
}

void put_fill(figures::JsonWriter& json, const FillResult& fill) {
  json.begin_object("fill");
  json.count("registered", fill.registered);
  json.number("seconds", fill.seconds);
  json.number("cpu_us_per_device", fill.cpu_us_per_device);
  json.number("settle_seconds", fill.settle_seconds);
  json.count("disk_bytes", fill.disk_bytes);
  json.count("rss_bytes_before", fill.rss_bytes_before);
  json.count("rss_bytes_peak", fill.rss_bytes_peak);
  json.count("rss_bytes_at_rest", fill.rss_bytes_at_rest);
  json.end_object();
}

void put_fleet_parts(figures::JsonWriter& json, const Report& report) {
  if (report.fill.has_value()) put_fill(json, *report.fill);
  if (report.count.has_value()) {
    json.begin_object("count");
    json.text("expression", Fleet::audience);
    json.count("devices", report.count->devices);
    json.number("first_ms", report.count->first_ms);
    figures::put_spread(json, "ms", report.count->ms);
    json.count("serving_bytes", report.serving_bytes);
    json.end_object();
  }
  if (report.cast.has_value()) {
    json.begin_object("cast");
    json.number("first_ms", report.cast->first_ms);
    figures::put_spread(json, "ms", report.cast->ms);
    figures::put_spread(json, "disk_bytes", report.cast->disk_bytes);
    json.end_object();
  }
  if (report.replay.has_value()) {
    json.begin_object("replay");
    json.count("devices", report.replay->devices);
    figures::put_spread(json, "per_s_per_core", report.replay->per_s_per_core);
    figures::put_spread(json, "per_s", report.replay->per_s);
    json.end_object();
  }
}

std::string line(std::string_view what, const figures::Spread& spread, int digits,
                 std::string_view rest = {}) {
  return fmt::format("  {:<34} {:.{}f} ({:.{}f}-{:.{}f}){}\n", what, spread.median, digits,
                     spread.min, digits, spread.max, digits, rest);
}

double megabytes(double bytes) { return bytes / 1e6; }

std::string accept_text(const AcceptResult& accept) {
  std::string text =
      fmt::format("Accept, records of {} bytes: median (min-max)\n", accept.record_bytes);
  text += line("durable sends per s", accept.sends_per_s, 0,
               fmt::format(", {:.1f} a sync", accept.sends_per_sync));
  text += line("bare RocksDB puts per s", accept.puts_per_s, 0,
               fmt::format(", {:.1f} a sync", accept.puts_per_sync));
  text += line("ratio", accept.ratio, 3);
  text += line("sends per s until applied", accept.applied_per_s, 0);
  text += line("ratio", accept.applied_ratio, 3);
  return text;
}

std::string fill_text(const Report& report) {
  const FillResult& fill = *report.fill;
  std::string text =
      fmt::format("{} registered devices, {} tags\n", report.options.devices, report.options.tags);
  if (fill.registered > 0) {
    text += fmt::format(
        "  {} registered in {:.0f} s: {:.0f}/s, {:.1f} us of CPU each\n", fill.registered,
        fill.seconds, static_cast<double>(fill.registered) / fill.seconds, fill.cpu_us_per_device);
  }
  text += fmt::format("  disk at rest {:.1f} MB, {:.1f} bytes a device\n",
                      megabytes(static_cast<double>(fill.disk_bytes)),
                      per_device(report, fill.disk_bytes));
  text += fmt::format(
      "  memory +{:.1f} MB at the peak, +{:.1f} MB at rest, +{:.1f} MB serving\n",
      megabytes(static_cast<double>(growth(fill.rss_bytes_before, fill.rss_bytes_peak))),
      megabytes(static_cast<double>(growth(fill.rss_bytes_before, fill.rss_bytes_at_rest))),
      megabytes(static_cast<double>(report.serving_bytes)));
  return text;
}

}  // namespace

figures::Measures measures_of(const Report& report) {
  figures::Measures measures;
  if (report.accept.has_value()) {
    measures["accept_per_s"] = report.accept->sends_per_s.median;
    measures["accept_ratio_to_bare"] = report.accept->ratio.median;
    measures["applied_ratio_to_bare"] = report.accept->applied_ratio.median;
  }
  if (report.fill.has_value()) {
    const FillResult& fill = *report.fill;
    measures["registered_disk_bytes"] = static_cast<double>(fill.disk_bytes);
    measures["registered_disk_bytes_per_device"] = per_device(report, fill.disk_bytes);
    measures["registered_memory_bytes"] = static_cast<double>(memory_bytes(report));
  }
  if (report.count.has_value()) {
    measures["count_ms"] = report.count->ms.median;
    measures["count_first_ms"] = report.count->first_ms;
  }
  if (report.cast.has_value()) {
    measures["cast_ms"] = report.cast->ms.median;
    measures["cast_first_ms"] = report.cast->first_ms;
    measures["cast_disk_bytes"] = report.cast->disk_bytes.median;
  }
  if (report.replay.has_value()) {
    measures["replay_devices_per_s_per_core"] = report.replay->per_s_per_core.median;
  }
  return measures;
}

std::string report_json(const Report& report, const std::vector<std::string>& missed) {
  figures::JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  put_setting(json, report);
  figures::put_measures(json, measures_of(report));
  if (report.accept.has_value()) put_accept(json, *report.accept);
  put_fleet_parts(json, report);
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
}

std::string report_table(const Report& report) {
  std::string text;
  if (report.accept.has_value()) text += accept_text(*report.accept);
  if (report.fill.has_value()) text += fill_text(report);
  if (report.count.has_value()) {
    text += line("count, ms", report.count->ms, 2,
                 fmt::format(", the first {:.2f}; {} devices", report.count->first_ms,
                             report.count->devices));
  }
  if (report.cast.has_value()) {
    text += line("cast to all, none online, ms", report.cast->ms, 2,
                 fmt::format(", the first {:.2f}", report.cast->first_ms));
    text += line("its growth of the folder, bytes", report.cast->disk_bytes, 0);
  }
  if (report.replay.has_value()) {
    text += line("reconnects per s and core", report.replay->per_s_per_core, 0,
                 fmt::format(", {} devices a round", report.replay->devices));
    text += line("by the clock", report.replay->per_s, 0);
  }
  return text;
}

}  // namespace tocsin::storage_bench
