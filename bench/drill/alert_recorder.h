// AlertRecorder: knows this drill's alerts by their title and enters their arrivals in the book.
//
//   title  :=  mark ' ' round        "drill-5f2a9c01 3"; other messages are not ours and passed
//   over
//
// Thread: one worker.  Bound: the book.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drill/arrival_book.h"

namespace tocsin::drill {

// The title of the alert of `round`.
std::string alert_title(std::string_view mark, uint32_t round);
// The round in a title made by alert_title() with this mark; nullopt for any other.
std::optional<uint32_t> round_in_title(std::string_view mark, std::string_view title);

class AlertRecorder {
 public:
  // `book` outlives the recorder.
  AlertRecorder(const ArrivalBook& book, std::string mark);

  // Device `device` of the fleet decrypted a push at `now_ns`; `to_app`: it was handed to the app.
  void on_push(uint32_t device, std::string_view title, bool to_app, uint64_t now_ns);

  // Devices that were handed the alert of `round` through this recorder.
  uint32_t got(uint32_t round) const { return round < got_.size() ? got_[round] : 0; }

 private:
  const ArrivalBook& book_;
  std::string mark_;
  std::vector<uint32_t> got_;  // by round
};

}  // namespace tocsin::drill
