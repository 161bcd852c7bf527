#include "json/syntax_fault.h"

#include <algorithm>
#include <fmt/format.h>

#include "json/quotable.h"
#include "wire/utf8.h"

namespace tocsin::json {
namespace {

constexpr size_t excerpt_before = 30;
constexpr size_t excerpt_after = 30;
constexpr size_t escape_bytes = 6;  // "\\ud83d"
constexpr char half_pair[] = "the other half of a surrogate pair, as in \"\\ud83d\\ude00\"";

// The beginning of a text, as far as it is JSON.
class Beginning {
 public:
  // `next` is what comes after it, "" at the end of all.
  Beginning(std::string_view json, std::string_view next) : json_(json), next_(next) {
    for (size_t at = 0; at < json_.size() && cut_ == Cut::nowhere;) at = take(at);
  }

  // What may follow.
  std::string expected() const {
    switch (cut_) {
      case Cut::in_text:
        return in_text();
      case Cut::in_word:
        return json_[begin_] == 't' || json_[begin_] == 'f' || json_[begin_] == 'n'
                   ? "true, false or null"
                   : "a number like 12, -0.5 or 1e3";
      case Cut::nowhere:
        break;
    }
    return after(last_);
  }

 private:
  enum class Cut { nowhere, in_text, in_word };
  static constexpr std::string_view delimiters = " \t\r\n\"{}[],:";
  static constexpr char name = 'n', value = 'v', start = 0;  // besides brackets, ',' and ':'

  // Take what begins at `at`; returns where the next thing begins.
  size_t take(size_t at) {
    const char c = json_[at];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return at + 1;
    if (c == '"') return take_text(at);
    if (std::string_view("{}[],:").find(c) == std::string_view::npos) return take_word(at);
    if (c == '{' || c == '[') open_ += c;
    const bool closes = c == '}' || c == ']';
    if (closes && !open_.empty()) open_.pop_back();
    last_ = closes ? value : c;
    return at + 1;
  }

  size_t take_text(size_t at) {
    begin_ = at;
    for (++at; at < json_.size(); ++at) {
      if (json_[at] == '"') {
        last_ = is_in_object() && (last_ == '{' || last_ == ',') ? name : value;
        return at + 1;
      }
      if (json_[at] != '\\') continue;
      last_escape_ = escape_;
      escape_ = at++;
    }
    cut_ = Cut::in_text;
    return at;
  }

  size_t take_word(size_t at) {
    begin_ = at;
    const size_t end = std::min(json_.find_first_of(delimiters, at), json_.size());
    last_ = value;
    if (end == json_.size() && !is_whole(json_.substr(at))) cut_ = Cut::in_word;
    return end;
  }

  // Whether the word at the end is not what is wrong.
  bool is_whole(std::string_view word) const {
    if (word == "true" || word == "false" || word == "null") return true;
    const bool is_number = word.back() >= '0' && word.back() <= '9';
    return is_number && (next_.empty() || delimiters.find(next_.front()) != std::string_view::npos);
  }

  bool is_in_object() const { return open_.ends_with('{'); }

  std::string after(char last) const {
    switch (last) {
      case start:
        return "a JSON object: { ... }";
      case '{':
        return "a name in double quotes, or }";
      case '[':
        return "a value, or ]";
      case ',':
        return is_in_object() ? "a name in double quotes" : "a value";
      case ':':
        return "a value";
      case name:
        return "a colon";
      default:
        break;
    }
    if (open_.empty()) return "nothing after the object";
    return is_in_object() ? "a comma, or }" : "a comma, or ]";
  }

  // Whether the escape at `at` is the first half of a surrogate pair.
  bool is_half(size_t at) const {
    if (at >= json_.size() || json_.size() - at < escape_bytes) return false;
    const std::string_view escape = json_.substr(at, escape_bytes);
    return escape[1] == 'u' && (escape[2] | 0x20) == 'd' &&
           std::string_view("89abAB").find(escape[3]) != std::string_view::npos;
  }

  std::string in_text() const {
    const size_t size = json_.size();
    if (is_half(escape_) && escape_ + escape_bytes == size) return half_pair;
    if (escape_ + 1 == size) {
      return is_half(last_escape_) && last_escape_ + escape_bytes + 1 == size
                 ? half_pair
                 : "one of \" \\ / b f n r t u after the backslash";
    }
    if (escape_ < size && json_[escape_ + 1] == 'u' && size - escape_ < escape_bytes) {
      return "four hexadecimal digits after \\u";
    }
    if (next_.empty()) return "a closing quote";
    if (static_cast<unsigned char>(next_.front()) < 0x20) {
      return "an escape in place of the control character (a line break is \\n)";
    }
    return "UTF-8";
  }

  std::string_view json_;
  std::string_view next_;
  std::string open_ = {};  // brackets
  char last_ = start;
  Cut cut_ = Cut::nowhere;
  size_t begin_ = 0;                             // of the last text or word
  size_t escape_ = std::string_view::npos;       // the last one, its backslash
  size_t last_escape_ = std::string_view::npos;  // the one before
};

// The parser may have taken what should have been the rest of a character, the quote after it and
// more, before it stopped at `at`. Returns where that character begins, or `at`.
size_t before_broken_utf8(std::string_view json, size_t at) {
  if (wire::is_utf8(as_bytes(json.substr(0, at)))) return at;
  while (at > 0 && static_cast<unsigned char>(json[at - 1]) < 0xc0) --at;
  return at > 0 ? at - 1 : 0;
}

// A piece of the line around `at`.
std::string excerpt(std::string_view json, size_t at) {
  const size_t line_begin = json.substr(0, at).find_last_of("\r\n") + 1;  // 0 when there is none
  const size_t line_end = std::min(json.find_first_of("\r\n", at), json.size());
  size_t begin = std::max(line_begin, at - std::min(at, excerpt_before));
  size_t end = std::min(line_end, at + excerpt_after);
  while (begin < at && begin > line_begin && wire::continues_character(json[begin])) ++begin;
  while (end > at && end < line_end && wire::continues_character(json[end])) --end;
  return quotable(json.substr(begin, end - begin));
}

std::string not_json(std::string_view json, size_t at, const std::string& expected) {
  const bool ends = at == json.size();
  // White space at the end is not what is missing.
  if (ends) at = json.find_last_not_of(" \t\r\n") + 1;
  std::string text = fmt::format("is not valid JSON: expected {} {}", expected, place_of(json, at));
  if (ends) text += ", where it ends";
  const std::string near = excerpt(json, at);
  return near.empty() ? text : fmt::format("{}, near: {}", text, near);
}

}  // namespace

std::string syntax_text(std::string_view json, size_t at) {
  at = before_broken_utf8(json, at);
  return not_json(json, at, Beginning(json.substr(0, at), json.substr(at)).expected());
}

std::string half_pair_text(std::string_view json, size_t at) {
  return not_json(json, at, half_pair);
}

std::string place_of(std::string_view json, size_t at) {
  const std::string_view before = json.substr(0, at);
  const std::string_view in_line = before.substr(before.find_last_of('\n') + 1);
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(),
                                        [](char c) { return !wire::continues_character(c); });
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const bool has_lines = json.find('\n') < json.find_last_not_of(" \t\r\n");
  return has_lines ? fmt::format("at line {}, column {}", line, column)
                   : fmt::format("at column {}", column);
}

}  // namespace tocsin::json
