// Random audience expressions within the bounds, from few words, so that they meet each other.
//
// Thread: pure function of the generator's state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/prng.h"
#include "storage/audience_expression.h"

namespace tocsin::test {

inline const std::vector<std::string>& audience_words() {
  static const std::vector<std::string> words = {"a",     "b",   "and",          "c d",  "quo\"te",
                                                 "\\",    ":x",  "\xc3\xa4",     "1.10", "1.9",
                                                 "1.9.0", "2.x", "Europe/Berlin"};
  return words;
}

inline storage::AudienceTerm random_audience_term(Prng& prng) {
  using storage::AudienceFieldKind;
  storage::AudienceTerm term;
  term.field = static_cast<storage::AudienceField>(prng.below(storage::audience_fields));
  const AudienceFieldKind kind = storage::shape_of(term.field).kind;
  if (kind == AudienceFieldKind::window) {
    term.comparison = storage::Comparison::at_most;
    term.days = static_cast<uint32_t>(1 + prng.below(90));
  } else if (kind != AudienceFieldKind::alone) {
    term.text = audience_words()[prng.below(audience_words().size())];
  }
  if (kind == AudienceFieldKind::version) {
    term.comparison = static_cast<storage::Comparison>(prng.below(6));
  }
  return term;
}

// At most `height` operators on the way to a term.
inline storage::AudienceExpression random_audience(Prng& prng, size_t height) {
  using storage::AudienceExpression;
  const uint64_t choice = height == 0 ? 0 : prng.below(6);
  if (choice == 0) return AudienceExpression::of(random_audience_term(prng));
  if (choice == 1) return AudienceExpression::negation(random_audience(prng, height - 1));
  std::vector<AudienceExpression> operands;
  for (uint64_t i = 0; i < 2 + choice % 2; ++i) {
    operands.push_back(random_audience(prng, height - 1));
  }
  return choice < 4 ? AudienceExpression::conjunction(std::move(operands))
                    : AudienceExpression::disjunction(std::move(operands));
}

}  // namespace tocsin::test
