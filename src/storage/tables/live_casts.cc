#include "storage/tables/live_casts.h"

#include <utility>

#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/tables/book_sets.h"
#include "storage/tables/messages.h"

namespace tocsin::storage {
namespace {

bool is_over(const LiveCast& cast, uint64_t now_ms) {
  return !is_worth_sending(cast.envelope->accepted_at_ms, cast.envelope->expires_at_ms, now_ms);
}

}  // namespace

absl::Status LiveCasts::load(const Store& store, uint64_t now_ms, TraitNames& names) {
  const auto rows = store.rows(Family::casts, std::string(1, cast_rows));
  for (; rows->valid(); rows->next()) {
    internal::MessageRow row;
    LiveCast cast;
    if (row.ParseFromArray(rows->value().data(), static_cast<int>(rows->value().size()))) {
      cast.envelope = envelope_of(row.envelope());
    }
    if (!cast.envelope) return absl::DataLossError("a row of `casts` cannot be read");
    if (is_over(cast, now_ms) || row.recalled_at_ms() > 0) continue;
    auto sets = read_book_sets(store, {cast.envelope->message, cast.envelope->expires_at_ms});
    if (!sets.ok()) return sets.status();
    cast.conditions = DeliveryConditions::of(row.envelope(), cast.envelope, names);
    cast.targeted = sets->pending();
    if (row.has_rollout()) cast.targeted.intersect(sets->released);
    cast.targeted.unite(sets->delivered());
    cast.delivered = sets->delivered();
    add(std::move(cast));
  }
  return rows->status();
}

void LiveCasts::add(LiveCast cast) {
  const MessageId message = cast.envelope->message;
  const MessageOrder order = order_of(cast.envelope->priority, message);
  OfApp& casts = by_app_[cast.envelope->app.value];
  by_message_[message.value] = &(casts.insert_or_assign(order, std::move(cast)).first->second);
}

const LiveCast* LiveCasts::find(AppId app, MessageId message) const {
  const auto found = by_message_.find(message.value);
  if (found == by_message_.end() || found->second->envelope->app != app) return nullptr;
  return found->second;
}

LiveCast* LiveCasts::find(AppId app, MessageId message) {
  return const_cast<LiveCast*>(std::as_const(*this).find(app, message));
}

const LiveCasts::OfApp& LiveCasts::of(AppId app) const {
  static const OfApp none;
  const auto found = by_app_.find(app.value);
  return found == by_app_.end() ? none : found->second;
}

void LiveCasts::remove(AppId app, MessageId message) {
  const LiveCast* cast = find(app, message);
  if (cast == nullptr) return;
  const MessageOrder order = order_of(cast->envelope->priority, message);
  by_message_.erase(message.value);
  by_app_[app.value].erase(order);
}

void LiveCasts::mark_delivered(LiveCast& cast, DeviceRef device) {
  cast.delivered.add(device);
  cast.grown = true;
}

void LiveCasts::mark_delivered(LiveCast& cast, const sets::DeviceSet& devices) {
  cast.delivered.unite(devices);
  cast.grown = true;
}

void LiveCasts::sweep(uint64_t now_ms) {
  for (auto& [app, casts] : by_app_) {
    for (auto at = casts.begin(); at != casts.end();) {
      LiveCast& cast = at->second;
      if (is_over(cast, now_ms)) {
        by_message_.erase(cast.envelope->message.value);
        at = casts.erase(at);
        continue;
      }
      if (std::exchange(cast.grown, false)) {
        cast.targeted.shrink();
        cast.delivered.shrink();
      }
      ++at;
    }
  }
  absl::erase_if(by_app_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace tocsin::storage
