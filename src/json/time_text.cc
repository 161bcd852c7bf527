#include "json/time_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace tocsin::json {
namespace {

constexpr int64_t duration_s_max = 315'576'000'000;
constexpr int64_t time_s_min = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t time_s_max = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr size_t fraction_digits_max = 9;

// Takes a text from its beginning; what it asks for and does not find makes it bad for good.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool is_at(char c) const { return rest_.starts_with(c); }
  bool take(char c) {
    if (!is_at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { good_ = take(c) && good_; }

  // A number of `least` to `most` digits, at most 18.
  int64_t digits(size_t least, size_t most) {
    const size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    int64_t number = 0;
    taken_ = end;
    if (end < least || end > most) {
      good_ = false;
      return 0;
    }
    std::from_chars(rest_.data(), rest_.data() + end, number);
    rest_.remove_prefix(end);
    return number;
  }

  // ".5" as nanoseconds; 0 when there is none.
  int32_t fraction_ns() {
    if (!take('.')) return 0;
    int64_t ns = digits(1, fraction_digits_max);
    for (size_t i = taken_; i < fraction_digits_max; ++i) ns *= 10;
    return good_ ? static_cast<int32_t>(ns) : 0;
  }

  void refuse_unless(bool right) { good_ = good_ && right; }
  // Whether all was as it should be, and nothing is left.
  bool is_done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  size_t taken_ = 0;  // digits, by the last digits()
  bool good_ = true;
};

int64_t days_since_1970(Cursor& text) {
  const auto year = static_cast<int>(text.digits(4, 4));
  text.expect('-');
  const auto month = static_cast<unsigned>(text.digits(2, 2));
  text.expect('-');
  const auto day = static_cast<unsigned>(text.digits(2, 2));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  text.refuse_unless(date.ok());
  if (!date.ok()) return 0;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

int64_t up_to(Cursor& text, int64_t most) {
  const int64_t number = text.digits(2, 2);
  text.refuse_unless(number <= most);
  return number;
}

// "Z", "+02:00".
int64_t offset_s(Cursor& text) {
  if (text.take('Z')) return 0;
  const bool is_west = text.take('-');
  if (!is_west) text.expect('+');
  const int64_t hours = up_to(text, 23);
  text.expect(':');
  const int64_t s = hours * 3600 + up_to(text, 59) * 60;
  return is_west ? -s : s;
}

}  // namespace

std::optional<google::protobuf::Timestamp> parse_time(std::string_view text) {
  Cursor cursor(text);
  const int64_t days = days_since_1970(cursor);
  cursor.expect('T');
  const int64_t hours = up_to(cursor, 23);
  cursor.expect(':');
  const int64_t minutes = up_to(cursor, 59);
  cursor.expect(':');
  const int64_t seconds = up_to(cursor, 59);
  const int32_t ns = cursor.fraction_ns();
  const int64_t s = days * 86'400 + hours * 3600 + minutes * 60 + seconds - offset_s(cursor);
  if (!cursor.is_done() || s < time_s_min || s > time_s_max) return std::nullopt;
  google::protobuf::Timestamp time;
  time.set_seconds(s);
  time.set_nanos(ns);
  return time;
}

std::optional<google::protobuf::Duration> parse_duration(std::string_view text) {
  Cursor cursor(text);
  const int sign = cursor.take('-') ? -1 : 1;
  const int64_t s = cursor.digits(1, 18);
  const int32_t ns = cursor.fraction_ns();
  cursor.expect('s');
  if (!cursor.is_done() || s > duration_s_max || (s == duration_s_max && ns > 0)) {
    return std::nullopt;
  }
  google::protobuf::Duration duration;
  duration.set_seconds(sign * s);
  duration.set_nanos(sign * ns);
  return duration;
}

}  // namespace tocsin::json
