#include "dispatcher/reply/audience_names.h"

#include "audience/expression.h"
#include "audience/parser.h"

namespace tocsin::dispatcher {

std::string alias_expression(const std::string& alias) {
  return audience::text_of(
      audience::Expression::of({.field = audience::Field::alias, .text = alias}));
}

}  // namespace tocsin::dispatcher
