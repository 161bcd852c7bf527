#include "audience/evaluator.h"

#include <compare>
#include <utility>

#include "audience/version_order.h"

namespace tocsin::audience {
namespace {

using Kind = Expression::Kind;

// The devices of `set`, or all but these.
struct Selection {
  sets::DeviceSet set;
  bool is_all_but = false;
};

// a := a AND b, where either may be "all but". Moves out of `b`.
void intersect(Selection& a, Selection& b) {
  if (a.is_all_but && !b.is_all_but) std::swap(a, b);
  if (!b.is_all_but) {
    a.set.intersect(b.set);
  } else if (a.is_all_but) {
    a.set.unite(b.set);
  } else {
    a.set.subtract(b.set);
  }
}

// a := a OR b, by De Morgan: not (not a and not b).
void unite(Selection& a, Selection& b) {
  a.is_all_but = !a.is_all_but;
  b.is_all_but = !b.is_all_but;
  intersect(a, b);
  a.is_all_but = !a.is_all_but;
}

bool holds(std::weak_ordering order, Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::not_equal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::at_most:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::at_least:
      return order >= 0;
  }
  return false;
}

absl::StatusOr<sets::DeviceSet> find_versions(const Term& term, const Terms& terms) {
  const auto values = terms.values_of(term.field);
  if (!values.ok()) return values.status();
  sets::DeviceSet all;
  for (const std::string& value : *values) {
    if (!holds(compare_versions(value, term.text), term.comparison)) continue;
    const auto devices = terms.with_value(term.field, value);
    if (!devices.ok()) return devices.status();
    all.unite(*devices);
  }
  return all;
}

// Any term but `everyone`.
absl::StatusOr<sets::DeviceSet> find(const Term& term, const Terms& terms, uint32_t today) {
  switch (term.field) {
    case Field::everyone:
      break;
    case Field::tag:
      return terms.tag(term.text);
    case Field::alias:
      return terms.alias(term.text);
    case Field::audience:
      return terms.audience(term.text);
    case Field::region:
      return terms.region(term.text);
    case Field::platform:
    case Field::language:
    case Field::timezone:
      return terms.with_value(term.field, term.text);
    case Field::app_version:
    case Field::sdk_version:
      return find_versions(term, terms);
    case Field::seen:
      return terms.seen_since(today > term.days ? today - term.days : 0);
  }
  return absl::InternalError("an audience term of no known field");
}

absl::StatusOr<Selection> select(const Expression& expression, const Terms& terms, uint32_t today) {
  if (expression.kind() == Kind::term) {
    // Everyone is all but nobody.
    if (expression.term().field == Field::everyone) return Selection{.set = {}, .is_all_but = true};
    auto set = find(expression.term(), terms, today);
    if (!set.ok()) return set.status();
    return Selection{.set = *std::move(set), .is_all_but = false};
  }
  auto selection = select(expression.operands().front(), terms, today);
  if (!selection.ok()) return selection;
  if (expression.kind() == Kind::negation) {
    selection->is_all_but = !selection->is_all_but;
    return selection;
  }
  for (size_t i = 1; i < expression.operands().size(); ++i) {
    auto next = select(expression.operands()[i], terms, today);
    if (!next.ok()) return next;
    expression.kind() == Kind::conjunction ? intersect(*selection, *next)
                                           : unite(*selection, *next);
  }
  return selection;
}

}  // namespace

absl::StatusOr<sets::DeviceSet> evaluate(const Expression& expression, const Terms& terms,
                                         uint32_t today) {
  auto selection = select(expression, terms, today);
  if (!selection.ok()) return selection.status();
  if (!selection->is_all_but) return std::move(selection->set);
  auto everyone = terms.everyone();
  if (everyone.ok()) everyone->subtract(selection->set);
  return everyone;
}

absl::StatusOr<uint64_t> count(const Expression& expression, const Terms& terms, uint32_t today) {
  auto selection = select(expression, terms, today);
  if (!selection.ok()) return selection.status();
  if (!selection->is_all_but) return selection->set.size();
  const auto everyone = terms.everyone();
  if (!everyone.ok()) return everyone.status();
  return everyone->size_of_difference(selection->set);
}

}  // namespace tocsin::audience
