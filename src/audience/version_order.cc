#include "audience/version_order.h"

#include <algorithm>

namespace tocsin::audience {
namespace {

std::string_view take_part(std::string_view& rest) {
  const size_t dot = rest.find('.');
  const std::string_view part = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return part;
}

bool is_number(std::string_view part) {
  return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

std::weak_ordering compare_parts(std::string_view a, std::string_view b) {
  if (is_number(a) != is_number(b)) {
    return is_number(a) ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  if (!is_number(a)) return a <=> b;
  a = without_leading_zeros(a);
  b = without_leading_zeros(b);
  return a.size() != b.size() ? a.size() <=> b.size() : a <=> b;
}

}  // namespace

std::weak_ordering compare_versions(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const std::string_view part_of_a = take_part(a);
    const std::string_view part_of_b = take_part(b);
    const std::weak_ordering order = compare_parts(part_of_a, part_of_b);
    if (order != 0) return order;
  }
  return std::weak_ordering::equivalent;
}

}  // namespace tocsin::audience
