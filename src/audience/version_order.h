// The order of version texts: "2.10" comes after "2.9", and "2" is "2.0".
//
// A version is parts with dots between them, compared part by part from the left. A part of digits
// alone is a number, of any length; a part that is missing or empty is 0; any other part is text,
// which comes after all numbers and is compared byte by byte. So "2.0-beta" comes after "2.0" and
// also after "2.7", because "0-beta" is not a number: docs/audience-expressions.md warns of it.
//
// Thread: pure function.
// Bound: one pass over both texts.
#pragma once

#include <compare>
#include <string_view>

namespace tocsin::audience {

// Equivalent for texts that differ but mean the same version, such as "2", "2.0" and "02.0".
std::weak_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace tocsin::audience
