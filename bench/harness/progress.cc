#include "harness/progress.h"

#include <fmt/format.h>

#include "harness/figures.h"

namespace tocsin::bench {
namespace {

constexpr uint64_t redraw_ms = 200;

}  // namespace

Progress::~Progress() {
  if (line_open_) fmt::print(out_, "\n");
  std::fflush(out_);
}

void Progress::show(uint64_t done, uint64_t now_ms) {
  const std::string line = progress_line(verb_, done, total_, now_ms - start_ms_);
  if (is_terminal_) {
    if (now_ms < shown_ms_ + redraw_ms && done < total_) return;
    shown_ms_ = now_ms;
    line_open_ = true;
    fmt::print(out_, "\r{}\x1b[K", line);
  } else {
    const uint64_t tenths = done * 10 / total_;
    if (tenths <= tenths_shown_) return;
    tenths_shown_ = tenths;
    fmt::print(out_, "{}\n", line);
  }
  std::fflush(out_);
}

std::string progress_line(const std::string& verb, uint64_t done, uint64_t total,
                          uint64_t elapsed_ms) {
  std::string line = fmt::format("{} {} / {} ({} %)", verb, with_commas(done), with_commas(total),
                                 done * 100 / total);
  if (done == 0 || elapsed_ms == 0) return line;
  const uint64_t per_s = done * 1000 / elapsed_ms;
  line += fmt::format(", {}/s", with_commas(per_s));
  if (done < total && per_s > 0) line += fmt::format(", {} s to go", (total - done) / per_s + 1);
  return line;
}

}  // namespace tocsin::bench
