#include "audience/expression.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "wire/utf8.h"

namespace tocsin::audience {
namespace {

using Kind = Expression::Kind;
using enum FieldKind;

constexpr std::array<FieldShape, fields> shapes = {{
    {"everyone", "everyone", alone, 0},
    {"tag", "tag", equality, limits::tag_bytes_max},
    {"alias", "alias", equality, limits::alias_bytes_max},
    {"audience", "audience name", equality, limits::audience_name_bytes_max},
    {"region", "region cell", equality, limits::region_cell_bytes_max},
    {"platform", "platform", equality, limits::attribute_bytes_max},
    {"language", "language", equality, limits::attribute_bytes_max},
    {"timezone", "timezone", equality, limits::attribute_bytes_max},
    {"app_version", "app version", version, limits::attribute_bytes_max},
    {"sdk_version", "SDK version", version, limits::attribute_bytes_max},
    {"seen", "days of seen", window, 0},
}};
static_assert(static_cast<size_t>(Field::seen) + 1 == shapes.size());

absl::Status check_text(const FieldShape& shape, const std::string& text) {
  if (text.empty()) return absl::InvalidArgumentError(fmt::format("the {} is empty", shape.noun));
  if (text.size() > shape.bytes_max) {
    return absl::InvalidArgumentError(
        fmt::format("the {} is {} bytes; at most {}", shape.noun, text.size(), shape.bytes_max));
  }
  if (!wire::is_utf8(as_bytes(text))) {
    return absl::InvalidArgumentError(fmt::format("the {} is not UTF-8", shape.noun));
  }
  return absl::OkStatus();
}

}  // namespace

const FieldShape& shape_of(Field field) { return shapes[static_cast<size_t>(field)]; }

std::optional<Field> field_of(std::string_view keyword) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    if (shapes[i].keyword == keyword) return static_cast<Field>(i);
  }
  return std::nullopt;
}

absl::Status check_bounds(const Term& term) {
  const FieldShape& shape = shape_of(term.field);
  if (shape.kind == equality || shape.kind == version) return check_text(shape, term.text);
  if (shape.kind == window && (term.days < 1 || term.days > limits::audience_windows_days_max)) {
    return absl::InvalidArgumentError(fmt::format("seen looks back 1 to {} days, not {}",
                                                  limits::audience_windows_days_max, term.days));
  }
  return absl::OkStatus();
}

bool needs_parentheses(Kind outer, Kind inner) {
  if (outer == Kind::negation) return inner == Kind::conjunction || inner == Kind::disjunction;
  return outer == Kind::conjunction && inner == Kind::disjunction;
}

Expression::Expression(Kind kind, std::vector<Expression> operands)
    : kind_(kind), operands_(std::move(operands)) {
  if (kind_ == Kind::term) return;
  terms_ = 0;
  for (const Expression& operand : operands_) {
    terms_ += operand.terms_;
    depth_ = std::max(depth_, operand.depth_ + needs_parentheses(kind_, operand.kind_));
  }
  depth_ += kind_ == Kind::negation;
  TOCSIN_CHECK(terms_ <= limits::audience_terms_max);
  TOCSIN_CHECK(depth_ <= limits::audience_depth_max);
}

Expression Expression::of(Term term) {
  TOCSIN_CHECK(check_bounds(term).ok());
  Expression made(Kind::term, {});
  made.term_ = std::move(term);
  return made;
}

Expression Expression::negation(Expression operand) {
  if (operand.kind_ == Kind::negation) {
    Expression inner = std::move(operand.operands_.front());
    return inner;
  }
  std::vector<Expression> operands;
  operands.push_back(std::move(operand));
  return Expression(Kind::negation, std::move(operands));
}

Expression Expression::conjunction(std::vector<Expression> operands) {
  return joined(Kind::conjunction, std::move(operands));
}

Expression Expression::disjunction(std::vector<Expression> operands) {
  return joined(Kind::disjunction, std::move(operands));
}

Expression Expression::joined(Kind kind, std::vector<Expression> operands) {
  TOCSIN_CHECK(!operands.empty());
  std::vector<Expression> flat;
  for (Expression& operand : operands) {
    if (operand.kind_ == kind) {
      std::move(operand.operands_.begin(), operand.operands_.end(), std::back_inserter(flat));
    } else {
      flat.push_back(std::move(operand));
    }
  }
  if (flat.size() == 1) {
    Expression only = std::move(flat.front());
    return only;
  }
  return Expression(kind, std::move(flat));
}

const Term& Expression::term() const {
  TOCSIN_CHECK(kind_ == Kind::term);
  return term_;
}

bool Expression::operator==(const Expression& other) const {
  return kind_ == other.kind_ && term_ == other.term_ && operands_ == other.operands_;
}

}  // namespace tocsin::audience
