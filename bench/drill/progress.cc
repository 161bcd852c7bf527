#include "drill/progress.h"

#include <fmt/format.h>

#include "drill/report_table.h"

namespace tocsin::drill {
namespace {

constexpr uint64_t redraw_ms = 200;

}  // namespace

Progress::Progress(std::FILE* out, bool is_terminal, uint64_t total, uint64_t start_ms)
    : out_(out), is_terminal_(is_terminal), total_(total), start_ms_(start_ms) {}

void Progress::show(uint64_t done, uint64_t now_ms) {
  const std::string line = progress_line(done, total_, now_ms - start_ms_);
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

void Progress::finish() {
  if (line_open_) fmt::print(out_, "\n");
  line_open_ = false;
  std::fflush(out_);
}

std::string progress_line(uint64_t done, uint64_t total, uint64_t elapsed_ms) {
  std::string line = fmt::format("connected {} / {} ({} %)", with_commas(done), with_commas(total),
                                 done * 100 / total);
  if (done == 0 || elapsed_ms == 0) return line;
  const uint64_t per_s = done * 1000 / elapsed_ms;
  line += fmt::format(", {}/s", with_commas(per_s));
  if (done < total && per_s > 0) line += fmt::format(", {} s to go", (total - done) / per_s + 1);
  return line;
}

}  // namespace tocsin::drill
