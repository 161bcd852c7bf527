#include "drill/one_cpu.h"

#include <sched.h>

namespace tocsin::drill {

void stay_on(uint32_t cpu) {
  if (cpu == UINT32_MAX) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace tocsin::drill
