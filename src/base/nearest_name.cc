#include "base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

constexpr size_t letters_max = 2;

size_t difference(size_t a, size_t b) { return a > b ? a - b : b - a; }

}  // namespace

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // from what of `a` was read to each beginning of `b`
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view nearest_name(std::span<const std::string_view> names, std::string_view word) {
  std::string_view best;
  size_t best_distance = std::min(letters_max + 1, word.size());
  for (const std::string_view name : names) {
    if (difference(name.size(), word.size()) >= best_distance) continue;
    const size_t distance = edit_distance(word, name);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = name;
  }
  return best;
}

}  // namespace tocsin
