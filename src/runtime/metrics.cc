#include "runtime/metrics.h"

#include <fstream>
#include <unistd.h>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tocsin::runtime {
namespace {

prometheus::Registry& registry() {
  static prometheus::Registry instance;
  return instance;
}

}  // namespace

void Counter::add(double amount) { static_cast<prometheus::Counter*>(impl_)->Increment(amount); }
void Gauge::set(double value) { static_cast<prometheus::Gauge*>(impl_)->Set(value); }
void Gauge::add(double amount) { static_cast<prometheus::Gauge*>(impl_)->Increment(amount); }
double Gauge::value() const { return static_cast<prometheus::Gauge*>(impl_)->Value(); }

void Histogram::observe(double seconds) {
  static_cast<prometheus::Histogram*>(impl_)->Observe(seconds);
}

Counter counter(const std::string& name, const std::string& help,
                const std::map<std::string, std::string>& labels) {
  Counter handle;
  handle.impl_ = &prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(labels);
  return handle;
}

Gauge gauge(const std::string& name, const std::string& help,
            const std::map<std::string, std::string>& labels) {
  Gauge handle;
  handle.impl_ = &prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(labels);
  return handle;
}

Histogram histogram(const std::string& name, const std::string& help,
                    const std::map<std::string, std::string>& labels) {
  static const prometheus::Histogram::BucketBoundaries seconds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  Histogram handle;
  handle.impl_ =
      &prometheus::BuildHistogram().Name(name).Help(help).Register(registry()).Add(labels, seconds);
  return handle;
}

std::string metrics_text() { return prometheus::TextSerializer().Serialize(registry().Collect()); }

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace tocsin::runtime
