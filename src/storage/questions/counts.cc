#include "storage/questions/handlers.h"
#include "storage/store/store.h"

namespace tocsin::storage {
AnswerTo<internal::CountsQuestion> answer(const internal::CountsQuestion& /*question*/,
                                          const QuestionParts& parts, uint64_t /*now_ms*/) {
  const StoreState& state = parts.store.state();
  internal::CountsQuestion::Answer counts;
  counts.set_apps(parts.apps.size());
  counts.set_devices(parts.registry.devices());
  counts.set_live_casts(parts.live_casts.size());
  counts.set_applied(state.position);
  counts.set_largest_message(state.largest_message.value);
  return counts;
}

}  // namespace tocsin::storage
