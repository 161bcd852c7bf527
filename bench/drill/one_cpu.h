// Staying on one processor, so that what is measured and what measures it do not get in each
// other's way.
//
// Thread: the calling one, and those it starts from then on.
#pragma once

#include <cstdint>

namespace tocsin::drill {

// Run on that CPU only from now on; UINT32_MAX: no change.
void stay_on(uint32_t cpu);

}  // namespace tocsin::drill
