// Arrivals: when each device got each alert, in memory that coordinator and workers share.
//
//              device 0        device 1            device n-1
//   round 0  [ns|apps|wire]  [ns|apps|wire]  ...                  [devices that have it]
//   round 1  ...
//
// A cell belongs to the one worker that simulates its device; the coordinator reads. So a million
// arrival times need no messages, and a worker that dies leaves what it saw behind.
//
// Thread: one writer per cell, any readers (relaxed atomics).  Bound: book_bytes_max.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "drill/fleet/plan.h"
#include "harness/figures.h"
#include "harness/shared_array.h"

namespace tocsin::bench::drill {

inline constexpr size_t book_bytes_max = size_t{4} << 30;

class ArrivalBook {
 public:
  struct Cell {
    std::atomic<uint64_t> first_ns;  // CLOCK_MONOTONIC of the first arrival on the wire; 0: none
    std::atomic<uint32_t> to_app;    // times it was handed to the app
    std::atomic<uint32_t> on_wire;   // times it was received
  };

  // RESOURCE_EXHAUSTED when it would be over book_bytes_max.
  static absl::StatusOr<ArrivalBook> create(size_t devices, size_t rounds);

  // Requires round < rounds() and device < devices().
  Cell& at(size_t round, size_t device) const;
  // Devices that have been handed the alert of `round`.
  std::atomic<uint64_t>& got(size_t round) const;
  size_t devices() const { return devices_; }
  size_t rounds() const { return rounds_; }

 private:
  ArrivalBook(SharedArray<Cell> cells, size_t devices, size_t rounds)
      : cells_(std::move(cells)), devices_(devices), rounds_(rounds) {}

  SharedArray<Cell> cells_;  // rows of one more than devices, for got()
  size_t devices_;
  size_t rounds_;
};

static_assert(sizeof(ArrivalBook::Cell) == 16);
static_assert(std::atomic<uint64_t>::is_always_lock_free &&
                  std::atomic<uint32_t>::is_always_lock_free,
              "shared between processes");

// The title of the alert of `round`: mark, blank, round ("drill-5f2a9c01 3").
std::string alert_title(std::string_view mark, uint32_t round);
// The round in such a title with this mark; nullopt for any other.
std::optional<uint32_t> round_in_title(std::string_view mark, std::string_view title);

// Knows this drill's alerts by their title and enters their arrivals in the book. Of one worker.
class AlertRecorder {
 public:
  // `book` outlives the recorder.
  AlertRecorder(const ArrivalBook& book, std::string mark) : book_(book), mark_(std::move(mark)) {}

  // Device `device` of the fleet decrypted a push at `now_ns`; `to_app`: it was handed to the app.
  void on_push(uint32_t device, std::string_view title, bool to_app, uint64_t now_ns);

 private:
  const ArrivalBook& book_;
  std::string mark_;
};

// Devices of `share` that have been handed the alert of `round`.
uint64_t delivered_to(const ArrivalBook& book, uint32_t round, const Share& share);

// What became of an alert.
struct RoundTally {
  uint64_t expected = 0;   // devices that are not stuck
  uint64_t delivered = 0;  // of those, handed to the app in time
  uint64_t app_duplicates = 0;
  uint64_t wire_duplicates = 0;
  std::vector<uint64_t> waits_ns;  // of the delivered, API call to arrival
};

// When an alert was sent (CLOCK_MONOTONIC), and after how long it was missed.
struct RoundTime {
  uint64_t start_ns = 0;
  uint64_t timeout_ns = 0;
};

RoundTally tally_round(const ArrivalBook& book, uint32_t round, const RoundTime& time,
                       uint32_t stuck_percent);
// The last delivery of each share, milliseconds; shares to which nothing came in time are left out.
Series last_deliveries_ms(const ArrivalBook& book, uint32_t round, const RoundTime& time,
                          const std::vector<Share>& shares);
// Devices that had the alert of `round` before `ns`.
uint64_t had_before(const ArrivalBook& book, uint32_t round, uint64_t ns);

}  // namespace tocsin::bench::drill
