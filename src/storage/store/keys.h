// The keys of the store, all in one place. Integers are big endian, so byte order is number order.
//
//   devices   app u32 | device id 16                             -> DeviceRow
//   sets      'A' | app u32                        | partition u16   -> devices of the app
//             'T' | app u32 | length u8 | tag      | partition u16   -> devices with the tag
//             'V' | app u32 | attribute u8 | length u8 | value | partition u16 -> devices that have it
//             'S' | app u32 | day u32              | partition u16   -> devices seen on the day
//             'U' | app u32 | length u8 | name     | partition u16   -> an uploaded audience
//             'Q' | app u32 | day u32 | count u8   | partition u16   -> devices so many messages were
//             for 'M' | message u64 | expires u64 | kind u8 | partition u16 -> devices of a message's
//             books
//   ordinals  partition u16 | ordinal u32                            -> app u32 | device id 16
//   inbox     partition u16 | ordinal u32 | lane u8 | message u64    -> InboxRow (inbox.h)
//   casts     'C' or 'D' | app u32 | message u64                 -> MessageRow (casts, to devices)
//   collapse  app u32 | collapse key                             -> CollapseRow
//   apps      app u32                                            -> AppRow
//   idempotency  app u32 | idempotency key                       -> IdempotencyRow
//   schedule  'S' | app u32 | message u64                        -> Scheduled
//             'D' | due u64 | app u32 | message u64              (the order they are due in)
//             'N' | app u32                                      -> schedules of it, u64
//             'R' | app u32 | message u64                        (its rollout is running)
//   details   app u32 | 'l' or 'g' | length u8 | text | message u64  -> expires u64 (label, group)
//             app u32 | 'h' | message u64                        -> LatencyRow
//             app u32 | 'm' or 'H' | begin u64 (ms)              -> ActivityRow (minute, hour)
//   webhooks  'E' | app u32 | sequence u64                       -> WebhookEventRow
//             'L' | app u32 | sequence u64 of its first event    -> DeadLetterRow
//             'Q' | app u32                                      -> WebhookQueueRow
//   meta      "format", "state", "retention", 'N' | app u32 (devices of it), 'O' | partition u16 (next
//   ordinal),
//             'F' | partition u16 | free after u64 | ordinal u32     (of a deleted device),
//             'U' | app u32 | length u8 | name                   (an uploaded audience exists)
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "storage/store/activity_step.h"
#include "storage/store/attribute.h"
#include "storage/store/message_order.h"

namespace tocsin::storage {

inline constexpr size_t partition_bytes = 2;
inline constexpr size_t inbox_prefix_bytes = 6;

std::string app_key(AppId app);
std::string device_key(AppId app, const DeviceId& device);

// Prefixes of sets; set_key() completes one.
std::string app_set_prefix(AppId app);
std::string tag_set_prefix(AppId app, std::string_view tag);
std::string attribute_prefix(AppId app, Attribute attribute);  // of all values
std::string attribute_set_prefix(AppId app, Attribute attribute, std::string_view value);
// The value in the key of such a set; nullopt when the key is another's.
std::optional<std::string_view> value_of_attribute_key(std::string_view key);
std::string seen_set_prefix(AppId app, uint32_t day);
// The day of the key of such a set; nullopt when the key is another's.
std::optional<uint32_t> day_of_seen_key(std::string_view key);
// Devices that at least `count` messages of a day were for.
std::string frequency_set_prefix(AppId app, uint32_t day, uint32_t count);
std::optional<uint32_t> day_of_frequency_key(std::string_view key);
std::string uploaded_prefix(AppId app);  // of all names
std::string uploaded_set_prefix(AppId app, std::string_view name);
// The sets of a message's books. Those of an end state have the letter of its row in
// cluster/delivery_states.h.
enum class BookSet : char {
  targeted = 't',
  delivered = 'd',
  opened = 'o',
  inbox_full = 'x',
  replaced = 'r',
  recalled = 'c',
  device_deleted = 'g',
  released = 'e',  // a rollout has come to it
  rollout_stopped = 's',
  frequency_cap = 'f',
};
// A message as its books are filed: the expiry is in the key so that they can be deleted by it.
struct BookId {
  MessageId message;
  uint64_t expires_at_ms = 0;
};
std::string book_set_prefix(BookId book, BookSet kind);
std::string set_key(std::string_view prefix, uint32_t partition);
uint32_t partition_of_set_key(std::string_view key);
// The books a set belongs to; nullopt for the sets of apps and tags.
std::optional<BookId> book_of_set_key(std::string_view key);

std::string inbox_prefix(DeviceRef device);
std::string inbox_key(DeviceRef device, MessageOrder order);
MessageOrder order_of_inbox_key(std::string_view key);

std::string ordinal_key(DeviceRef device);
std::string collapse_row_key(AppId app, std::string_view collapse_key);

inline constexpr char cast_rows = 'C';
inline constexpr char device_send_rows = 'D';
std::string message_prefix(bool is_cast, AppId app);  // of all of an app
std::string message_key(bool is_cast, AppId app, MessageId message);

std::string idempotency_key_of(AppId app, std::string_view idempotency_key);

inline constexpr char schedule_rows = 'S';
inline constexpr char due_rows = 'D';
inline constexpr char schedule_counts = 'N';
inline constexpr char rollout_rows = 'R';
std::string schedule_prefix(AppId app);  // of all of an app
std::string schedule_key(AppId app, MessageId message);
std::string schedule_count_key(AppId app);
std::string rollout_key(AppId app, MessageId message);
// Of whom such a key is; nullopt when it is another's.
struct RolloutId {
  AppId app;
  MessageId message;
};
std::optional<RolloutId> rollout_of_key(std::string_view key);
// A schedule's place in the order of due time.
struct Due {
  uint64_t at_ms = 0;
  AppId app;
  MessageId message;
};
std::string due_key(const Due& due);
std::optional<Due> due_of_key(std::string_view key);

// What else is kept of a message, as long as its report.
enum class Detail : char { label = 'l', group = 'g', latency = 'h' };
std::string label_prefix(AppId app, Detail kind, std::string_view text);
std::string label_key(AppId app, Detail kind, std::string_view text, MessageId message);
std::string latency_key(AppId app, MessageId message);
struct DetailKey {
  AppId app;
  Detail kind = Detail::label;
  std::string_view text;  // of a label or a group
  MessageId message;
};
// Its text points into `key`.
std::optional<DetailKey> detail_of_key(std::string_view key);

inline constexpr char webhook_event_rows = 'E';
inline constexpr char dead_letter_rows = 'L';
inline constexpr char webhook_queue_rows = 'Q';
std::string webhook_event_prefix(AppId app);  // of all of an app
std::string webhook_event_key(AppId app, uint64_t sequence);
std::string dead_letter_prefix(AppId app);  // of all of an app
std::string dead_letter_key(AppId app, uint64_t first);
std::string webhook_queue_key(AppId app);
// The number in the key of an event or a dead letter.
uint64_t webhook_sequence_of_key(std::string_view key);
// What happened in an app in one step of time.
struct ActivityKey {
  AppId app;
  ActivityStep step = ActivityStep::minute;
  uint64_t begins_at_ms = 0;
};
std::string activity_prefix(AppId app, ActivityStep step);  // of all steps of the length
std::string activity_key(const ActivityKey& key);
std::optional<ActivityKey> activity_of_key(std::string_view key);

inline constexpr std::string_view format_key = "format";
inline constexpr std::string_view state_key = "state";
// Milliseconds that reports are kept, u64 little endian; absent: report_retention_ms (expiry.h).
inline constexpr std::string_view retention_key = "retention";
inline constexpr char device_counts = 'N';
inline constexpr char next_ordinals = 'O';
std::string device_count_key(AppId app);
std::string next_ordinal_key(uint32_t partition);

// That the audience exists, also while nobody is in it.
std::string uploaded_row_key(AppId app, std::string_view name);

// An ordinal that may be given again after `free_after_ms`.
struct FreeOrdinal {
  DeviceRef place;
  uint64_t free_after_ms = 0;
};
inline constexpr char free_ordinals = 'F';
std::string free_ordinals_prefix(uint32_t partition);
std::string free_ordinal_key(const FreeOrdinal& free);
std::optional<FreeOrdinal> free_ordinal_of_key(std::string_view key);

}  // namespace tocsin::storage
