#include "json/whole_number.h"

#include <charconv>
#include <string>

namespace tocsin::json {
namespace {

constexpr size_t digits_max = 20;  // of the largest number of 64 bits

template <typename Number>
std::optional<Number> plain_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "12.50e1" as "125"; nullopt when a fraction is left, or too many digits.
std::optional<std::string> without_point(std::string_view text) {
  const bool negative = text.starts_with('-');
  const size_t mark = text.find_first_of("eE");
  int64_t exponent = 0;
  if (mark != std::string_view::npos) {
    std::string_view power = text.substr(mark + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto read = plain_number<int32_t>(power);
    if (!read) return std::nullopt;
    exponent = *read;
  }
  std::string digits(text.substr(negative ? 1 : 0, mark - (negative ? 1 : 0)));
  if (const size_t point = digits.find('.'); point != std::string::npos) {
    exponent -= static_cast<int64_t>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  for (; exponent < 0 && digits.back() == '0'; ++exponent) digits.pop_back();
  if (exponent < 0 || static_cast<size_t>(exponent) + digits.size() > digits_max) {
    return std::nullopt;
  }
  digits.append(static_cast<size_t>(exponent), '0');
  return (negative ? "-" : "") + digits;
}

}  // namespace

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  if (const auto number = plain_number<Number>(text)) return number;
  const auto plain = without_point(text);
  return plain ? plain_number<Number>(*plain) : std::nullopt;
}

template std::optional<int32_t> whole_number(std::string_view text);
template std::optional<int64_t> whole_number(std::string_view text);
template std::optional<uint32_t> whole_number(std::string_view text);
template std::optional<uint64_t> whole_number(std::string_view text);

}  // namespace tocsin::json
