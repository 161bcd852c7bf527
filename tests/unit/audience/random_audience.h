// Random audience expressions within the bounds, from few words, so that they meet each other.
//
// Thread: pure function of the generator's state.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "audience/expression.h"
#include "base/prng.h"

namespace tocsin::test {

inline const std::vector<std::string>& audience_words() {
  static const std::vector<std::string> words = {"a",     "b",   "and",          "c d",  "quo\"te",
                                                 "\\",    ":x",  "\xc3\xa4",     "1.10", "1.9",
                                                 "1.9.0", "2.x", "Europe/Berlin"};
  return words;
}

inline audience::Term random_audience_term(Prng& prng) {
  using audience::FieldKind;
  audience::Term term;
  term.field = static_cast<audience::Field>(prng.below(audience::fields));
  const audience::FieldKind kind = audience::shape_of(term.field).kind;
  if (kind == audience::FieldKind::window) {
    term.comparison = audience::Comparison::at_most;
    term.days = static_cast<uint32_t>(1 + prng.below(90));
  } else if (kind != audience::FieldKind::alone) {
    term.text = audience_words()[prng.below(audience_words().size())];
  }
  if (kind == audience::FieldKind::version) {
    term.comparison = static_cast<audience::Comparison>(prng.below(6));
  }
  return term;
}

// At most `height` operators on the way to a term.
inline audience::Expression random_audience(Prng& prng, size_t height) {
  using audience::Expression;
  const uint64_t choice = height == 0 ? 0 : prng.below(6);
  if (choice == 0) return audience::Expression::of(random_audience_term(prng));
  if (choice == 1) return audience::Expression::negation(random_audience(prng, height - 1));
  std::vector<audience::Expression> operands;
  for (uint64_t i = 0; i < 2 + choice % 2; ++i) {
    operands.push_back(random_audience(prng, height - 1));
  }
  return choice < 4 ? audience::Expression::conjunction(std::move(operands))
                    : audience::Expression::disjunction(std::move(operands));
}

}  // namespace tocsin::test
