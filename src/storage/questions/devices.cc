#include <algorithm>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "storage/questions/handlers.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"
#include "storage/tables/stored_terms.h"

namespace tocsin::storage {
namespace {

using internal::DeviceDetails;
using internal::DevicePageQuestion;
using internal::DevicesQuestion;
using internal::KnownDevicesQuestion;

absl::Status not_a_device_id() { return absl::InvalidArgumentError("a device id is 16 bytes"); }

// Up to `max` places from `from` on, rising.
std::vector<DeviceRef> places_from(const sets::DeviceSet& set, DeviceRef from, size_t max) {
  std::vector<DeviceRef> places;
  std::vector<uint32_t> ordinals(max);
  for (const sets::DeviceSet::Part& part : set.parts()) {
    if (part.partition < from.partition) continue;
    const uint32_t first = part.partition == from.partition ? from.ordinal : 0;
    const size_t read = part.set.read_from(first, ordinals.data(), max - places.size());
    for (size_t i = 0; i < read; ++i) places.push_back({part.partition, ordinals[i]});
    if (places.size() == max) break;
  }
  return places;
}

// 0: not within audience_windows_days_max.
absl::StatusOr<uint32_t> last_seen_day(const Store& store, AppId app, DeviceRef place,
                                       uint64_t now_ms) {
  const uint32_t today = day_of(now_ms);
  for (uint32_t back = 0; back <= std::min(today, limits::audience_windows_days_max); ++back) {
    const auto seen = set_contains(store, seen_set_prefix(app, today - back), place);
    if (!seen.ok()) return seen.status();
    if (*seen) return today - back;
  }
  return 0;
}

// Without a row for a device that the app does not have.
absl::StatusOr<DeviceDetails> details_of(AppId app, const DeviceId& device,
                                         const QuestionParts& parts, uint64_t now_ms) {
  DeviceDetails details;
  details.set_device_id(device.bytes.data(), device.bytes.size());
  auto row = parts.registry.row(app, device);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return details;
  const DeviceRef place = place_of(device, **row);
  *details.mutable_row() = **std::move(row);
  const auto day = last_seen_day(parts.store, app, place, now_ms);
  if (!day.ok()) return day.status();
  details.set_last_seen_day(*day);
  details.set_connected(parts.sessions.is_connected(place));
  return details;
}

}  // namespace

AnswerTo<KnownDevicesQuestion> answer(const KnownDevicesQuestion& question,
                                      const QuestionParts& parts, uint64_t /*now_ms*/) {
  std::vector<Registry::Key> keys;
  for (const std::string& bytes : question.device_ids()) {
    const auto id = DeviceId::from_bytes(as_bytes(bytes));
    if (!id) return not_a_device_id();
    keys.push_back({AppId{question.app_id()}, *id});
  }
  KnownDevicesQuestion::Answer answer;
  for (const auto& found : parts.registry.find_all(keys)) {
    if (!found.ok()) return found.status();
    answer.add_known(found->has_value());
  }
  return answer;
}

AnswerTo<DevicesQuestion> answer(const DevicesQuestion& question, const QuestionParts& parts,
                                 uint64_t now_ms) {
  DevicesQuestion::Answer answer;
  for (const std::string& bytes : question.device_ids()) {
    const auto id = DeviceId::from_bytes(as_bytes(bytes));
    if (!id) return not_a_device_id();
    auto details = details_of(AppId{question.app_id()}, *id, parts, now_ms);
    if (!details.ok()) return details.status();
    *answer.add_devices() = *std::move(details);
  }
  return answer;
}

AnswerTo<DevicePageQuestion> answer(const DevicePageQuestion& question, const QuestionParts& parts,
                                    uint64_t now_ms) {
  const AppId app{question.app_id()};
  const auto audience =
      find_audience(parts.store, app, question.expression(), now_ms, StoredTerms::Unknown::error);
  if (!audience.ok()) return audience.status();
  const size_t max = question.devices_max();
  DevicePageQuestion::Answer page;
  // One more than asked for tells whether another page follows.
  std::vector<DeviceRef> places =
      places_from(*audience, {question.from().partition(), question.from().ordinal()}, max + 1);
  if (places.size() > max) {
    page.mutable_next()->set_partition(places.back().partition);
    page.mutable_next()->set_ordinal(places.back().ordinal);
    places.pop_back();
  }
  for (const DeviceRef place : places) {
    const auto owner = parts.registry.ordinals().owner(place);
    if (!owner.ok()) return owner.status();
    if (!owner->has_value() || (*owner)->app != app) continue;
    auto details = details_of(app, (*owner)->device, parts, now_ms);
    if (!details.ok()) return details.status();
    if (details->has_row()) *page.add_devices() = *std::move(details);
  }
  return page;
}

AnswerTo<internal::DeviceCountQuestion> answer(const internal::DeviceCountQuestion& question,
                                               const QuestionParts& parts, uint64_t /*now_ms*/) {
  internal::DeviceCountQuestion::Answer answer;
  answer.set_devices(parts.registry.devices_of(AppId{question.app_id()}));
  return answer;
}

}  // namespace tocsin::storage
