// CheckReport: what an offline check of the data has to say, line by line.
//
// A finding is something that must not be; it says what to do about it. A note is worth knowing and
// harmless. Progress shows that something is going on, at most every progress_interval_ms.
//
// Thread: one owner.
// Bound: findings_said_max findings are printed; all are counted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tocsin::cluster {

class CheckReport {
 public:
  enum class Kind { finding, note, progress };
  using Say = std::function<void(Kind, const std::string& line)>;

  static constexpr uint64_t findings_said_max = 1000;
  static constexpr uint64_t progress_interval_ms = 2000;

  explicit CheckReport(Say say);

  // "WHAT; ADVICE". `what` names the file or row, `advice` what the operator can do.
  void finding(std::string_view what, std::string_view advice);
  void note(const std::string& text);
  // "checked COUNT WHAT so far"; may be called for every row.
  void progress(std::string_view what, uint64_t count);

  uint64_t findings() const { return findings_; }

 private:
  Say say_;
  uint64_t findings_ = 0;
  uint64_t said_progress_at_ms_;
};

}  // namespace tocsin::cluster
