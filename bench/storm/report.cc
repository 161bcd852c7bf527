#include "storm/report.h"

#include <fmt/format.h>
#include <string_view>

#include "drill/proc_stats.h"
#include "figures/document.h"
#include "figures/json_writer.h"

namespace tocsin::storm {
namespace {

void put_race(figures::JsonWriter& json, std::string_view key, const RaceResult& result) {
  json.begin_object(key);
  figures::put_spread(json, "bare_us", result.bare_us);
  figures::put_spread(json, "pool_us", result.pool_us);
  figures::put_spread(json, "ratio", result.ratio);
  json.end_object();
}

void put_storm(figures::JsonWriter& json, const StormResult& storm) {
  json.begin_object("storm");
  json.count("devices", storm.devices);
  json.count("in", storm.in);
  json.number("seconds", storm.seconds);
  json.count("failures", storm.failures);
  json.text("last_failure", storm.last_failure);
  json.count("rss_bytes_before", storm.rss_bytes_before);
  json.count("rss_bytes_peak", storm.rss_bytes_peak);
  json.count("rss_bytes_after", storm.rss_bytes_after);
  json.count("rss_bytes_settled", storm.rss_bytes_settled);
  json.count("samples", storm.samples);
  json.end_object();
}

std::string race_line(std::string_view name, const RaceResult& result) {
  const auto cell = [](const figures::Spread& spread) {
    return fmt::format("{:7.1f} ({:.1f}-{:.1f})", spread.median, spread.min, spread.max);
  };
  return fmt::format("  {:<8} {:<24} {:<24} {:.3f} ({:.3f}-{:.3f})\n", name, cell(result.bare_us),
                     cell(result.pool_us), result.ratio.median, result.ratio.min, result.ratio.max);
}

double megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

figures::Measures measures_of(const Report& report) {
  figures::Measures measures;
  if (report.race.has_value()) {
    measures["full_handshake_us"] = report.race->full.pool_us.median;
    measures["full_handshake_ratio"] = report.race->full.ratio.median;
    measures["resumed_handshake_us"] = report.race->resumed.pool_us.median;
    measures["resumed_handshake_ratio"] = report.race->resumed.ratio.median;
  }
  if (report.storm.has_value()) {
    const StormResult& storm = *report.storm;
    measures["storm_not_in"] = storm.devices - storm.in;
    measures["storm_seconds"] = storm.seconds;
    measures["storm_peak_rss_bytes"] = static_cast<double>(storm.peak_growth_bytes());
    measures["storm_bytes_per_connection_after"] =
        storm.bytes_per_connection(storm.rss_bytes_after);
    measures["storm_bytes_per_connection_settled"] =
        storm.bytes_per_connection(storm.rss_bytes_settled);
  }
  return measures;
}

std::string report_json(const Report& report, const std::vector<std::string>& missed) {
  figures::JsonWriter json;
  json.begin_object();
  json.count("format", 1);
  json.begin_object("setting");
  json.text("cpu_model", drill::cpu_model());
  json.text("kernel", drill::kernel_release());
  json.end_object();
  figures::put_measures(json, measures_of(report));
  if (report.race.has_value()) {
    json.begin_object("handshakes");
    put_race(json, "full", report.race->full);
    put_race(json, "resumed", report.race->resumed);
    json.end_object();
  }
  if (report.storm.has_value()) put_storm(json, *report.storm);
  figures::put_missed_targets(json, missed);
  json.end_object();
  return json.document();
}

std::string report_table(const Report& report) {
  std::string text;
  if (report.race.has_value()) {
    text += "Server CPU per handshake, us: median (min-max)\n";
    text +=
        fmt::format("  {:<8} {:<24} {:<24} {}\n", "", "bare OpenSSL", "handshake pool", "ratio");
    text += race_line("full", report.race->full);
    text += race_line("resumed", report.race->resumed);
  }
  if (report.storm.has_value()) {
    const StormResult& storm = *report.storm;
    text += fmt::format("Storm: {} of {} devices in after {:.1f} s, {} attempts failed{}{}\n",
                        storm.in, storm.devices, storm.seconds, storm.failures,
                        storm.failures > 0 ? ": " : "", storm.last_failure);
    text += fmt::format(
        "  server RSS: {:.1f} MB before, {:.1f} MB at the peak (+{:.1f} MB, {} samples)\n",
        megabytes(storm.rss_bytes_before), megabytes(storm.rss_bytes_peak),
        megabytes(storm.peak_growth_bytes()), storm.samples);
    text += fmt::format("  per connection: {:.0f} bytes right after, {:.0f} once settled\n",
                        storm.bytes_per_connection(storm.rss_bytes_after),
                        storm.bytes_per_connection(storm.rss_bytes_settled));
  }
  return text;
}

}  // namespace tocsin::storm
