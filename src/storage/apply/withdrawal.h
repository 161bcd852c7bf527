// Withdrawal: a pending message that is not to be delivered any more: replaced by a newer one,
// recalled, or its device deleted.
//
// Each leaves the inbox rows and the live casts, and is entered in the message's books, in the
// batch of the record that caused it.
//
// Thread: the storage thread.
#pragma once

#include <vector>

#include <absl/status/status.h>

#include "storage/apply/apply_step.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {

// `newer` goes to `targeted`: what is pending there with its collapse key is replaced. The orders
// of the messages that lost inbox rows are added to `replaced`. Requires a collapse key.
absl::Status replace_collapsed(const cluster::Envelope& newer, const std::string& collapse_key,
                               const sets::DeviceSet& targeted, const ApplyParts& parts,
                               ApplyStep& step, std::vector<MessageOrder>& replaced);

// A rollout has come to `devices`: what is pending there of older messages with its key is
// replaced.
absl::Status replace_older(const MessageHead& newer, const std::string& collapse_key,
                           const sets::DeviceSet& devices, const ApplyParts& parts,
                           ApplyStep& step);

// INVALID_ARGUMENT for a record that is none. A message that is unknown or recalled already changes
// nothing.
absl::Status recall_message(const internal::MessageRecalled& record, const ApplyParts& parts,
                            ApplyStep& step);

// `late` have the message that was recalled with a notice: they get the notice too.
absl::Status notify_late(const MessageHead& recalled, const sets::DeviceSet& late,
                         const ApplyParts& parts, ApplyStep& step);

// Nothing is pending for these devices any more.
absl::Status drop_all_pending(AppId app, const std::vector<DeviceRef>& deleted,
                              const ApplyParts& parts, ApplyStep& step);

// A cast that begins.
struct NewCast {
  cluster::SharedEnvelope envelope;
  SharedConditions conditions;  // nullptr: none
  sets::DeviceSet targeted;     // whom it is meant for
  sets::DeviceSet offered;      // of those: who may have it now
};
// Make `targeted` the audience of the stored cast and, while it is worth it, `offered` that of a
// live one.
void start_cast(const NewCast& cast, const ApplyParts& parts, ApplyStep& step);

}  // namespace tocsin::storage
