// What is wrong with a text that is not JSON, for people: what was expected, and where.
//
// The parser stops at a byte and calls it a syntax error. What stands before that byte is a
// beginning of some JSON, so a look at its brackets and its last word tells what could have followed.
//
// Thread: pure functions.  Bound: one pass over the text before `at`; an excerpt of a few words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tocsin::json {

// "is not valid JSON: expected a colon at column 8, near: {"tag" "a"}". Requires that the text
// before `at` begins a JSON text, and that the byte at `at`, or the end there, does not go on with
// it.
std::string syntax_text(std::string_view json, size_t at);

// The same for a "\ud83d" at `at` without the other half of its pair.
std::string half_pair_text(std::string_view json, size_t at);

// "at column 8", or "at line 2, column 3" of a text that has lines; both count from 1, and columns
// count characters.
std::string place_of(std::string_view json, size_t at);

}  // namespace tocsin::json
