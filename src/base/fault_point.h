// Named places where a test may make the process die, to prove that nothing accepted is lost.
//
// TOCSIN_FAULT=name:n in the environment makes the n-th passage (from 1) of the point `name` end
// the process with SIGKILL: no destructor, no flush, as a power cut would. Unset, a point costs
// one load and a branch.
//
// Thread: any.
#pragma once

#include <string_view>

namespace tocsin {

// Pass the point `name`; may not return.
void pass_fault_point(std::string_view name);

}  // namespace tocsin
