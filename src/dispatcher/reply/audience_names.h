// How audiences are named, and how an expression names a user's devices.
//
// Thread: pure functions.
#pragma once

#include <string>

namespace tocsin::dispatcher {

// Names of uploaded audiences that are lists under way start with this; no caller can use such a
// name.
inline constexpr char list_prefix[] = ".list-";

// The audience expression of a user's devices.
std::string alias_expression(const std::string& alias);

}  // namespace tocsin::dispatcher
