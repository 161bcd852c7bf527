#include "figures/json_writer.h"

#include <cmath>
#include <fmt/format.h>

#include "base/check.h"

namespace tocsin::figures {

std::string json_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

void JsonWriter::begin_value(std::string_view key) {
  if (has_values_.empty()) return;
  if (has_values_.back()) out_ += ',';
  has_values_.back() = true;
  out_ += '\n';
  out_.append(2 * has_values_.size(), ' ');
  if (!key.empty()) out_ += json_quoted(key) + ": ";
}

void JsonWriter::begin_nest(std::string_view key, char bracket) {
  begin_value(key);
  out_ += bracket;
  has_values_.push_back(false);
}

void JsonWriter::end_nest(char bracket) {
  TOCSIN_CHECK(!has_values_.empty());
  const bool had_values = has_values_.back();
  has_values_.pop_back();
  if (had_values) {
    out_ += '\n';
    out_.append(2 * has_values_.size(), ' ');
  }
  out_ += bracket;
  if (has_values_.empty()) out_ += '\n';
}

void JsonWriter::begin_object(std::string_view key) { begin_nest(key, '{'); }
void JsonWriter::end_object() { end_nest('}'); }
void JsonWriter::begin_array(std::string_view key) { begin_nest(key, '['); }
void JsonWriter::end_array() { end_nest(']'); }

void JsonWriter::text(std::string_view key, std::string_view value) {
  begin_value(key);
  out_ += json_quoted(value);
}

void JsonWriter::number(std::string_view key, double value) {
  begin_value(key);
  if (!std::isfinite(value)) {
    out_ += "null";
    return;
  }
  std::string digits = fmt::format("{:.6f}", value);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  out_ += digits;
}

void JsonWriter::count(std::string_view key, uint64_t value) {
  begin_value(key);
  out_ += fmt::format("{}", value);
}

void JsonWriter::truth(std::string_view key, bool value) {
  begin_value(key);
  out_ += value ? "true" : "false";
}

const std::string& JsonWriter::document() const {
  TOCSIN_CHECK(has_values_.empty());
  return out_;
}

}  // namespace tocsin::figures
