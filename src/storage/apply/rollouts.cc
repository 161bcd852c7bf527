#include "storage/apply/rollouts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/apply/book_entries.h"
#include "storage/apply/message_rows.h"
#include "storage/apply/webhook_records.h"
#include "storage/apply/withdrawal.h"
#include "storage/store/keys.h"
#include "storage/tables/book_sets.h"

namespace tocsin::storage {
namespace {

using internal::RolloutRow;

// `count` of the devices, evenly spaced; all of them when there are no more.
sets::DeviceSet pick_evenly(const sets::DeviceSet& from, uint64_t count) {
  const uint64_t size = from.size();
  if (count >= size) return from;
  constexpr size_t chunk = 1024;
  uint32_t ordinals[chunk];
  sets::DeviceSet picked;
  uint64_t owed = 0;
  for (const sets::DeviceSet::Part& part : from.parts()) {
    sets::OrdinalSet some;
    size_t got = 0;
    for (uint64_t next = 0; next <= UINT32_MAX; next = uint64_t{ordinals[got - 1]} + 1) {
      got = part.set.read_from(static_cast<uint32_t>(next), ordinals, chunk);
      if (got == 0) break;
      for (size_t i = 0; i < got; ++i) {
        // True `count` times out of `size`, evenly spaced.
        owed += count;
        if (owed < size) continue;
        owed -= size;
        some.add(ordinals[i]);
      }
    }
    if (!some.empty()) picked.unite(part.partition, some);
  }
  return picked;
}

sets::DeviceSet waiting(const BookSets& sets) {
  sets::DeviceSet rest = sets.pending();
  rest.subtract(sets.released);
  return rest;
}

void end(RolloutRow& rollout, RolloutRow::State state, const internal::MessageRow& row,
         Batch& batch) {
  rollout.set_state(state);
  batch.remove(Family::schedule,
               rollout_key(AppId{row.envelope().app_id()}, MessageId{row.envelope().message_id()}));
}

absl::StatusOr<cluster::SharedEnvelope> envelope_in(const internal::MessageRow& row) {
  auto envelope = envelope_of(row.envelope());
  if (!envelope) return absl::DataLossError("a row of `casts` cannot be read");
  return envelope;
}

absl::Status release(uint64_t count, const BookSets& sets, internal::MessageRow& row,
                     const ApplyParts& parts, ApplyStep& step) {
  RolloutRow& rollout = *row.mutable_rollout();
  const sets::DeviceSet rest = waiting(sets);
  sets::DeviceSet more = pick_evenly(rest, count);
  const MessageHead head = head_of(row);
  rollout.set_released(rollout.released() + more.size());
  const bool canary = rollout.plan().canary_permille() > 0 && rollout.canary_at_ms() == 0;
  if (canary) {
    rollout.set_canary_at_ms(step.next.log_time_ms);
    rollout.set_canaries(more.size());
  } else if (more.size() == rest.size()) {
    end(rollout, RolloutRow::DONE, row, step.batch);
  }
  enter_in_book(head.book(), BookSet::released, more, step.batch);
  if (auto status = replace_older(head, row.envelope().collapse_key(), more, parts, step);
      !status.ok()) {
    return status;
  }
  const auto envelope = envelope_in(row);
  if (!envelope.ok()) return envelope.status();
  step.batch.then([&live = parts.live_casts, app = head.app, id = head.message, more] {
    if (LiveCast* cast = live.find(app, id)) cast->targeted.unite(more);
  });
  step.told.resolved.push_back(
      {*envelope, DeliveryConditions::of(row.envelope(), *envelope, parts.names), std::move(more)});
  return absl::OkStatus();
}

void stop(const std::string& why, const BookSets& sets, internal::MessageRow& row,
          const ApplyParts& parts, ApplyStep& step) {
  RolloutRow& rollout = *row.mutable_rollout();
  rollout.set_stop_reason(why);
  end(rollout, RolloutRow::STOPPED, row, step.batch);
  // After the expiry, all that still waited have expired already.
  if (row.envelope().expires_at_ms() <= step.next.log_time_ms) return;
  const MessageHead head = head_of(row);
  const sets::DeviceSet rest = waiting(sets);
  enter_in_book(head.book(), BookSet::rollout_stopped, rest, step.batch);
  tell_webhook(head.app, internal::ROLLOUT_STOPPED, head.message, rest, parts, step);
  step.activity.of(head.app).dropped += rest.size();
}

bool is_step(const internal::RolloutStepped& record) {
  return record.app_id() != 0 && record.message_id() != 0 && record.step() != 0 &&
         record.what_case() != internal::RolloutStepped::WHAT_NOT_SET &&
         record.stop().size() <= limits::stop_reason_bytes_max;
}

}  // namespace

void begin_rollout(const internal::Rollout& plan, const sets::DeviceSet& targeted,
                   internal::MessageRow& row, Batch& batch) {
  RolloutRow& rollout = *row.mutable_rollout();
  *rollout.mutable_plan() = plan;
  rollout.set_targeted(targeted.size());
  if (plan.canary_permille() == 0) rollout.set_paced_from_ms(row.envelope().accepted_at_ms());
  batch.put(Family::schedule,
            rollout_key(AppId{row.envelope().app_id()}, MessageId{row.envelope().message_id()}),
            "");
}

absl::Status step_rollout(const internal::RolloutStepped& record, const ApplyParts& parts,
                          ApplyStep& step) {
  if (!is_step(record)) {
    return absl::InvalidArgumentError("a step of a rollout without a message, or of no kind");
  }
  step.next.log_time_ms = record.stepped_at_ms();
  auto row = parts.messages.row(AppId{record.app_id()}, MessageId{record.message_id()});
  if (!row.ok()) return row.status();
  if (!row->has_value() || !(*row)->has_rollout()) return absl::OkStatus();
  RolloutRow& rollout = *(*row)->mutable_rollout();
  if (rollout.state() != RolloutRow::RUNNING || record.step() != rollout.steps() + 1) {
    return absl::OkStatus();
  }
  rollout.set_steps(record.step());
  const auto sets = read_book_sets(parts.store, head_of(**row).book());
  if (!sets.ok()) return sets.status();
  if (record.has_release()) {
    auto status = release(record.release(), *sets, **row, parts, step);
    if (!status.ok()) return status;
  }
  if (record.has_canary_passed()) rollout.set_paced_from_ms(record.stepped_at_ms());
  if (record.has_stop()) stop(record.stop(), *sets, **row, parts, step);
  put_message(**row, parts.messages, step.batch);
  return absl::OkStatus();
}

void end_rollout(internal::MessageRow& row, Batch& batch) {
  if (!row.has_rollout() || row.rollout().state() != RolloutRow::RUNNING) return;
  row.mutable_rollout()->set_stop_reason("recalled");
  end(*row.mutable_rollout(), RolloutRow::STOPPED, row, batch);
}

}  // namespace tocsin::storage
