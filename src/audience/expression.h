// Expression: which devices a send is for, as a value: a tree of terms, and, or, not.
//
// API, CLI and store speak of an audience as text (audience/parser.h reads and writes it); this is
// what the text means. A value is always in normal form, so that two texts with the same normal
// form are one value and have one canonical text:
//
//   not not x        is x
//   a and (b and c)  is a and b and c, likewise with or; the order of the operands is kept
//   and/or of one    is that one
//
// Thread: a value.
// Bound: audience_terms_max terms, audience_depth_max deep, each term within its own limit. What
// comes from outside goes through parse(), which refuses what is beyond them; here the bounds are
// asserted, so that code that walks the tree may recurse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

namespace tocsin::audience {

// What a term looks at. The attributes are those from platform to sdk_version.
enum class Field : uint8_t {
  everyone,
  tag,
  alias,
  audience,  // an uploaded set, by its name
  region,    // all cells that begin with the text
  platform,
  language,
  timezone,
  app_version,
  sdk_version,
  seen,
};
inline constexpr size_t fields = 11;

enum class Comparison : uint8_t { equal, not_equal, less, at_most, greater, at_least };

// How a field is compared: not at all ("everyone"), for equality, in the order of versions, or by
// days.
enum class FieldKind : uint8_t { alone, equality, version, window };

struct FieldShape {
  std::string_view keyword;  // in an expression
  std::string_view noun;     // in a message
  FieldKind kind;
  size_t bytes_max;  // of the text
};
const FieldShape& shape_of(Field field);
// The field with this keyword, in lower case.
std::optional<Field> field_of(std::string_view keyword);

struct Term {
  Field field = Field::everyone;
  Comparison comparison = Comparison::equal;  // others: versions only; `seen` has at_most
  std::string text = {};                      // name, beginning of a cell, or value
  uint32_t days = 0;                          // `seen` only
  bool operator==(const Term&) const = default;
};
// INVALID_ARGUMENT, which names the bound, when text or days are beyond it.
absl::Status check_bounds(const Term& term);

class Expression {
 public:
  enum class Kind : uint8_t { term, negation, conjunction, disjunction };

  // Each requires a result within the bounds, and at least one operand.
  static Expression of(Term term);
  static Expression negation(Expression operand);
  static Expression conjunction(std::vector<Expression> operands);
  static Expression disjunction(std::vector<Expression> operands);

  Kind kind() const { return kind_; }
  // Requires kind() == term.
  const Term& term() const;
  // One for a negation, two or more for a conjunction or disjunction, none for a term.
  const std::vector<Expression>& operands() const { return operands_; }

  size_t terms() const { return terms_; }
  // Nesting of nots and parentheses in the canonical text; 0 for a term.
  size_t depth() const { return depth_; }

  bool operator==(const Expression& other) const;

 private:
  Expression(Kind kind, std::vector<Expression> operands);
  static Expression joined(Kind kind, std::vector<Expression> operands);

  Kind kind_ = Kind::term;
  Term term_;
  std::vector<Expression> operands_;
  size_t terms_ = 1;
  size_t depth_ = 0;
};

// Whether the canonical text has parentheses around `inner` as an operand of `outer`.
bool needs_parentheses(Expression::Kind outer, Expression::Kind inner);

}  // namespace tocsin::audience
