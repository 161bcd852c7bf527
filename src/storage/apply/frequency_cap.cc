#include "storage/apply/frequency_cap.h"

#include <utility>

#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/set_changes.h"
#include "storage/store/sets.h"

namespace tocsin::storage {
absl::StatusOr<sets::DeviceSet> count_and_cap(AppId app, uint64_t accepted_at_ms, uint32_t cap,
                                              const sets::DeviceSet& targeted, const Store& store,
                                              Batch& batch) {
  const uint32_t day = day_of(accepted_at_ms);
  auto capped = read_part(store, frequency_set_prefix(app, day, cap), targeted);
  if (!capped.ok()) return capped.status();
  sets::DeviceSet counted = targeted;
  counted.subtract(*capped);
  add_to_set(batch, frequency_set_prefix(app, day, 1), counted);
  for (uint32_t had = 1; had < cap; ++had) {
    auto more = read_part(store, frequency_set_prefix(app, day, had), counted);
    if (!more.ok()) return more.status();
    if (more->empty()) break;
    add_to_set(batch, frequency_set_prefix(app, day, had + 1), *more);
  }
  return capped;
}

}  // namespace tocsin::storage
