// The text form of an audience: `tag:news and not seen<=30d`. The same in API, CLI, store and docs.
//
//   expression := conjunction { "or" conjunction }
//   conjunction := factor { "and" factor }
//   factor := "not" factor | "(" expression ")" | term
//   term := "everyone"
//         | ( "tag" | "alias" | "audience" | "region" | "platform" | "language" | "timezone" )
//           ( ":" | "=" ) value
//         | ( "app_version" | "sdk_version" ) ( ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//         | "seen" ( "<=" | ":" ) digits "d"
//   value := [A-Za-z0-9_./@+-] [A-Za-z0-9_.:/@+-]* | '"' { any but " and \ | '\"' | '\\' } '"'
//
// Keywords in any case; white space (space, tab, line ends) anywhere between words and signs. For
// people: docs/audience-expressions.md.
//
// Thread: pure functions.
// Bound: audience_expression_bytes_max, audience_depth_max, audience_terms_max; recursion is as
// deep as the text, which is refused beyond the depth.
#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

#include "audience/expression.h"

namespace tocsin::audience {

// INVALID_ARGUMENT with the byte, from 0, and what was expected there; the message is UTF-8 and
// short whatever `text` holds. An expression that is accepted has a canonical text within the
// bound.
absl::StatusOr<Expression> parse(std::string_view text);

// The canonical text: no more parentheses than needed, single spaces, keywords in lower case,
// quotes only where a value needs them. parse() of it is `expression`, when it is within
// audience_expression_bytes_max.
std::string text_of(const Expression& expression);

}  // namespace tocsin::audience
