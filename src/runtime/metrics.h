// Counters, gauges and histograms of this process, in Prometheus' text format at GET /metrics.
//
// Handles are cheap to use on a hot path (one relaxed atomic add) and live as long as the process.
// Names follow Prometheus' conventions: tocsin_<what>_<unit>[_total].
//
// Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tocsin::runtime {

class Counter {
 public:
  void add(double amount = 1);

 private:
  friend Counter counter(const std::string&, const std::string&,
                         const std::map<std::string, std::string>&);
  void* impl_ = nullptr;
};

class Gauge {
 public:
  void set(double value);
  void add(double amount);
  double value() const;

 private:
  friend Gauge gauge(const std::string&, const std::string&,
                     const std::map<std::string, std::string>&);
  void* impl_ = nullptr;
};

// A histogram of durations, in seconds: how many took at most 1 ms, 2.5 ms, 5 ms ... 30 s, and
// their sum.
class Histogram {
 public:
  void observe(double seconds);

 private:
  friend Histogram histogram(const std::string&, const std::string&,
                             const std::map<std::string, std::string>&);
  void* impl_ = nullptr;
};

// The counter of this name and these labels, made on first use.
Counter counter(const std::string& name, const std::string& help,
                const std::map<std::string, std::string>& labels = {});
Gauge gauge(const std::string& name, const std::string& help,
            const std::map<std::string, std::string>& labels = {});
Histogram histogram(const std::string& name, const std::string& help,
                    const std::map<std::string, std::string>& labels = {});

// All metrics in Prometheus' text exposition format 0.0.4.
std::string metrics_text();

// User-space memory of this process (VmRSS), bytes; 0 if the system does not say.
uint64_t resident_bytes();

}  // namespace tocsin::runtime
