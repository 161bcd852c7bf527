// Which known name a mistyped one was meant to be: for "did you mean ...?".
//
// Thread: pure functions.  Bound: names whose lengths differ by three or more are not compared, so
// an endless word costs nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace tocsin {

// How many letters to add, take away or change until one word is the other.
size_t edit_distance(std::string_view a, std::string_view b);

// The first of `names` that is nearest to `word`: at most two letters away, and fewer than `word`
// has. "" when there is none. The view is one of `names`.
std::string_view nearest_name(std::span<const std::string_view> names, std::string_view word);

}  // namespace tocsin
