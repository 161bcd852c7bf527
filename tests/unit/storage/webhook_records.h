// Log records about webhooks for tests, in one line each.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/storage/records.h"

namespace tocsin::test {

inline internal::Record webhook_set(const std::string& url = "https://example.org/hook") {
  return settings_put(0, url);
}

// `error`: why they were given up; empty: the webhook has had them.
inline internal::Record webhook_advanced(uint64_t first, uint64_t last,
                                         const std::string& error = {}, uint64_t at_ms = start_ms) {
  internal::Record record;
  auto& entry = *record.mutable_webhook_advanced();
  entry.set_app_id(app.value);
  entry.set_first(first);
  entry.set_last(last);
  entry.set_advanced_at_ms(at_ms);
  if (error.empty()) return record;
  entry.mutable_given_up()->set_attempts(9);
  entry.mutable_given_up()->set_error(error);
  return record;
}

inline internal::Record dead_letters_changed(const std::vector<uint64_t>& ids, bool retried) {
  internal::Record record;
  auto& entry = *record.mutable_dead_letters_changed();
  entry.set_app_id(app.value);
  for (const uint64_t id : ids) entry.add_ids(id);
  entry.set_retried(retried);
  entry.set_changed_at_ms(start_ms);
  return record;
}

}  // namespace tocsin::test
