#include "audience/parser.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/utf8.h"

namespace tocsin::audience {
namespace {

using Kind = Expression::Kind;
using Parsed = absl::StatusOr<Expression>;

// How much of a wrong word is shown.
constexpr size_t shown_bytes_max = 24;
// Digits read of a number of days; more mean too many days in any case.
constexpr size_t days_digits_max = 6;

struct Sign {
  std::string_view text;
  Comparison comparison;
};
// Longer signs first. ":" is read as "=" and never written for a version.
constexpr std::array<Sign, 7> signs = {{{"!=", Comparison::not_equal},
                                        {"<=", Comparison::at_most},
                                        {">=", Comparison::at_least},
                                        {"<", Comparison::less},
                                        {">", Comparison::greater},
                                        {"=", Comparison::equal},
                                        {":", Comparison::equal}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_word(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_'; }

bool is_bare(char c) {
  return is_word(c) || std::string_view(".:/@+-").find(c) != std::string_view::npos;
}

bool is_bare(std::string_view value) {
  return !value.empty() && value.front() != ':' &&
         std::all_of(value.begin(), value.end(), [](char c) { return is_bare(c); });
}

absl::Status error_at(size_t byte, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("at byte {}: {}", byte, what));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Parsed whole();

 private:
  Parsed disjunction();
  Parsed conjunction();
  Parsed factor();
  Parsed negation();
  Parsed parenthesis();
  Parsed term();
  absl::Status comparison(Term& term);
  absl::Status value(Term& term);
  absl::Status quoted(std::string& value);
  absl::Status days(Term& term);

  void skip_space();
  // The word at the current byte, in lower case; empty when there is none.
  std::string word() const;
  bool take_keyword(std::string_view keyword);
  bool take(char sign);
  absl::Status enter();
  absl::Status expected(std::string_view what) const;
  std::string found() const;
  bool at_end() const { return at_ == text_.size(); }

  std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t terms_ = 0;
};

Parsed Parser::whole() {
  Parsed expression = disjunction();
  if (!expression.ok() || at_end()) return expression;
  return expected("and, or or the end");
}

Parsed Parser::disjunction() {
  std::vector<Expression> operands;
  do {
    Parsed operand = conjunction();
    if (!operand.ok()) return operand;
    operands.push_back(*std::move(operand));
  } while (take_keyword("or"));
  return Expression::disjunction(std::move(operands));
}

Parsed Parser::conjunction() {
  std::vector<Expression> operands;
  do {
    Parsed operand = factor();
    if (!operand.ok()) return operand;
    operands.push_back(*std::move(operand));
  } while (take_keyword("and"));
  return Expression::conjunction(std::move(operands));
}

Parsed Parser::factor() {
  skip_space();
  if (word() == "not") return negation();
  if (!at_end() && text_[at_] == '(') return parenthesis();
  return term();
}

Parsed Parser::negation() {
  if (absl::Status entered = enter(); !entered.ok()) return entered;
  take_keyword("not");
  Parsed operand = factor();
  --depth_;
  if (!operand.ok()) return operand;
  return Expression::negation(*std::move(operand));
}

Parsed Parser::parenthesis() {
  if (absl::Status entered = enter(); !entered.ok()) return entered;
  const size_t opened_at = at_;
  take('(');
  Parsed inner = disjunction();
  --depth_;
  if (!inner.ok()) return inner;
  if (take(')')) return inner;
  return expected(fmt::format("and, or or \")\" for the \"(\" of byte {}", opened_at));
}

Parsed Parser::term() {
  const size_t begins_at = at_;
  const std::string keyword = word();
  if (keyword.empty() || keyword == "and" || keyword == "or") {
    return expected("a term such as tag:news");
  }
  const std::optional<Field> field = field_of(keyword);
  if (!field) {
    return error_at(at_, fmt::format("there is no term {}: it is one of everyone, tag, alias, "
                                     "audience, region, platform, language, timezone, app_version, "
                                     "sdk_version, seen",
                                     found()));
  }
  if (++terms_ > limits::audience_terms_max) {
    return error_at(begins_at, fmt::format("more than {} terms; for a longer list, upload it as an "
                                           "audience and say audience:NAME",
                                           limits::audience_terms_max));
  }
  take_keyword(keyword);
  Term term{.field = *field};
  if (shape_of(*field).kind != FieldKind::alone) {
    if (absl::Status read = comparison(term); !read.ok()) return read;
    skip_space();
    const size_t value_at = at_;
    const bool is_window = shape_of(*field).kind == FieldKind::window;
    if (absl::Status read = is_window ? days(term) : value(term); !read.ok()) return read;
    const absl::Status bounds = check_bounds(term);
    if (!bounds.ok()) return error_at(value_at, std::string(bounds.message()));
  }
  skip_space();
  return Expression::of(std::move(term));
}

absl::Status Parser::comparison(Term& term) {
  const FieldShape& shape = shape_of(term.field);
  skip_space();
  const std::string_view rest = text_.substr(at_);
  const auto sign = std::find_if(signs.begin(), signs.end(),
                                 [&](const Sign& one) { return rest.starts_with(one.text); });
  const bool is_colon = rest.starts_with(":");
  bool is_allowed = sign != signs.end();
  std::string_view choice = "one of : = != < <= > >=";
  if (shape.kind == FieldKind::equality) {
    choice = "\":\"";
    is_allowed = is_allowed && sign->comparison == Comparison::equal;
  } else if (shape.kind == FieldKind::window) {
    choice = "\"<=\" or \":\"";
    is_allowed = is_allowed && (sign->comparison == Comparison::at_most || is_colon);
  }
  if (!is_allowed) return expected(fmt::format("{} after {}", choice, shape.keyword));
  at_ += sign->text.size();
  term.comparison = shape.kind == FieldKind::window ? Comparison::at_most : sign->comparison;
  return absl::OkStatus();
}

absl::Status Parser::value(Term& term) {
  if (!at_end() && text_[at_] == '"') return quoted(term.text);
  size_t end = at_;
  while (end < text_.size() && is_bare(text_[end])) ++end;
  const std::string_view bare = text_.substr(at_, end - at_);
  if (!is_bare(bare)) {
    return expected(
        fmt::format("a value for {} (in quotes if it has other characters than A-Z a-z "
                    "0-9 _ . : / @ + -)",
                    shape_of(term.field).keyword));
  }
  term.text = bare;
  at_ = end;
  return absl::OkStatus();
}

absl::Status Parser::quoted(std::string& value) {
  const size_t opened_at = at_;
  for (++at_; !at_end(); ++at_) {
    char c = text_[at_];
    if (c == '"') {
      ++at_;
      return absl::OkStatus();
    }
    if (c == '\\') {
      const size_t escape_at = at_++;
      if (at_end()) break;
      c = text_[at_];
      if (c != '"' && c != '\\') {
        return error_at(escape_at, "in quotes, a backslash stands before a quote or a backslash");
      }
    }
    value += c;
  }
  return error_at(opened_at, "the quote that opens here is never closed");
}

absl::Status Parser::days(Term& term) {
  const size_t begins_at = at_;
  while (!at_end() && is_digit(text_[at_]) && at_ - begins_at < days_digits_max) {
    term.days = term.days * 10 + static_cast<uint32_t>(text_[at_++] - '0');
  }
  const bool is_count = at_ > begins_at && lower(at_end() ? '\0' : text_[at_]) == 'd' &&
                        (at_ + 1 == text_.size() || !is_word(text_[at_ + 1]));
  if (!is_count) {
    at_ = begins_at;
    return expected("days such as 30d");
  }
  ++at_;
  return absl::OkStatus();
}

void Parser::skip_space() {
  while (!at_end() && is_space(text_[at_])) ++at_;
}

std::string Parser::word() const {
  size_t end = at_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  std::string word(text_.substr(at_, end - at_));
  std::transform(word.begin(), word.end(), word.begin(), lower);
  return word;
}

bool Parser::take_keyword(std::string_view keyword) {
  skip_space();
  if (word() != keyword) return false;
  at_ += keyword.size();
  return true;
}

bool Parser::take(char sign) {
  skip_space();
  if (at_end() || text_[at_] != sign) return false;
  ++at_;
  skip_space();
  return true;
}

absl::Status Parser::enter() {
  if (++depth_ <= limits::audience_depth_max) return absl::OkStatus();
  return error_at(at_, fmt::format("more than {} parentheses and nots inside each other",
                                   limits::audience_depth_max));
}

absl::Status Parser::expected(std::string_view what) const {
  return absl::InvalidArgumentError(
      fmt::format("expected {} at byte {}, found {}", what, at_, found()));
}

// A word or one character; the text is known to be UTF-8.
std::string Parser::found() const {
  if (at_end()) return "the end";
  const auto first = static_cast<uint8_t>(text_[at_]);
  if (first < 0x20 || first == 0x7f) return fmt::format("byte 0x{:02x}", first);
  if (first == '"') return "a quote";
  size_t end = at_ + 1;
  if (is_word(text_[at_])) {
    while (end < text_.size() && end - at_ < shown_bytes_max && is_word(text_[end])) ++end;
  } else {
    while (end < text_.size() && wire::continues_character(text_[end])) ++end;
  }
  return fmt::format("\"{}\"", text_.substr(at_, end - at_));
}

absl::Status check_size(size_t bytes, std::string_view form) {
  if (bytes <= limits::audience_expression_bytes_max) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("the audience expression{} is {} bytes; at most {}",
                                                form, bytes,
                                                limits::audience_expression_bytes_max));
}

void append_value(const std::string& value, std::string& out) {
  if (is_bare(value)) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void append_term(const Term& term, std::string& out) {
  const FieldShape& shape = shape_of(term.field);
  out += shape.keyword;
  if (shape.kind == FieldKind::alone) return;
  if (shape.kind == FieldKind::window) {
    out += fmt::format("<={}d", term.days);
    return;
  }
  const auto sign = std::find_if(signs.begin(), signs.end(), [&](const Sign& one) {
    return one.comparison == term.comparison;
  });
  out += shape.kind == FieldKind::equality ? ":" : sign->text;
  append_value(term.text, out);
}

void append_text(const Expression& expression, std::string& out) {
  if (expression.kind() == Kind::term) return append_term(expression.term(), out);
  std::string_view before = expression.kind() == Kind::negation ? "not " : "";
  for (const Expression& operand : expression.operands()) {
    const bool is_wrapped = needs_parentheses(expression.kind(), operand.kind());
    out += before;
    if (is_wrapped) out += '(';
    append_text(operand, out);
    if (is_wrapped) out += ')';
    before = expression.kind() == Kind::conjunction ? " and " : " or ";
  }
}

}  // namespace

Parsed parse(std::string_view text) {
  if (absl::Status size = check_size(text.size(), ""); !size.ok()) return size;
  if (!wire::is_utf8(as_bytes(text))) {
    return absl::InvalidArgumentError("the audience expression is not UTF-8");
  }
  if (std::all_of(text.begin(), text.end(), is_space)) {
    return absl::InvalidArgumentError(
        "the audience expression is empty: say everyone to mean all devices");
  }
  Parsed expression = Parser(text).whole();
  if (!expression.ok()) return expression;
  const size_t canonical_bytes = text_of(*expression).size();
  if (absl::Status size = check_size(canonical_bytes, " in its canonical form"); !size.ok()) {
    return size;
  }
  return expression;
}

std::string text_of(const Expression& expression) {
  std::string out;
  append_text(expression, out);
  return out;
}

}  // namespace tocsin::audience
