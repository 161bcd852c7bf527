#include "storage/store/keys.h"

#include "base/check.h"
#include "base/fixed_int.h"

namespace tocsin::storage {
namespace {

static_assert(limits::partitions <= 1u << 16);

constexpr char app_sets = 'A';
constexpr char tag_sets = 'T';
constexpr char attribute_sets = 'V';
constexpr char seen_sets = 'S';
constexpr char frequency_sets = 'Q';
constexpr char uploaded_sets = 'U';
constexpr char book_sets = 'M';
constexpr char minute_activity = 'm';
constexpr char hour_activity = 'H';
constexpr size_t seen_set_key_bytes = 1 + 4 + 4 + partition_bytes;
constexpr size_t free_ordinal_key_bytes = 1 + 2 + 8 + 4;
constexpr size_t attribute_head_bytes = 1 + 4 + 1 + 1;
constexpr size_t frequency_set_key_bytes = 1 + 4 + 4 + 1 + partition_bytes;
constexpr size_t due_key_bytes = 1 + 8 + 4 + 8;
constexpr size_t rollout_key_bytes = 1 + 4 + 8;
constexpr size_t latency_key_bytes = 4 + 1 + 8;
constexpr size_t activity_key_bytes = 4 + 1 + 8;
constexpr size_t label_head_bytes = 4 + 1 + 1;
constexpr size_t book_set_key_bytes = 1 + 8 + 8 + 1 + partition_bytes;

void put_partition(uint32_t partition, std::string& out) {
  put_be(static_cast<uint16_t>(partition), out);
}

void put_text(std::string_view text, std::string& out) {
  TOCSIN_CHECK(text.size() <= UINT8_MAX);
  put_be(static_cast<uint8_t>(text.size()), out);
  out += text;
}

}  // namespace

std::string app_key(AppId app) {
  std::string key;
  put_be(app.value, key);
  return key;
}

std::string device_key(AppId app, const DeviceId& device) {
  std::string key = app_key(app);
  key += as_text(device.view());
  return key;
}

std::string app_set_prefix(AppId app) { return app_sets + app_key(app); }

std::string tag_set_prefix(AppId app, std::string_view tag) {
  TOCSIN_CHECK(tag.size() <= limits::tag_bytes_max);
  std::string key = tag_sets + app_key(app);
  put_text(tag, key);
  return key;
}

std::string attribute_prefix(AppId app, Attribute attribute) {
  std::string key = attribute_sets + app_key(app);
  put_be(static_cast<uint8_t>(attribute), key);
  return key;
}

std::string attribute_set_prefix(AppId app, Attribute attribute, std::string_view value) {
  std::string key = attribute_prefix(app, attribute);
  put_text(value, key);
  return key;
}

std::optional<std::string_view> value_of_attribute_key(std::string_view key) {
  if (key.size() < attribute_head_bytes + partition_bytes || key[0] != attribute_sets) {
    return std::nullopt;
  }
  const size_t bytes = get_be<uint8_t>(key.substr(attribute_head_bytes - 1));
  if (key.size() != attribute_head_bytes + bytes + partition_bytes) return std::nullopt;
  return key.substr(attribute_head_bytes, bytes);
}

std::string seen_set_prefix(AppId app, uint32_t day) {
  std::string key = seen_sets + app_key(app);
  put_be(day, key);
  return key;
}

std::optional<uint32_t> day_of_seen_key(std::string_view key) {
  if (key.size() != seen_set_key_bytes || key[0] != seen_sets) return std::nullopt;
  return get_be<uint32_t>(key.substr(5));
}

std::string frequency_set_prefix(AppId app, uint32_t day, uint32_t count) {
  std::string key = frequency_sets + app_key(app);
  put_be(day, key);
  put_be(static_cast<uint8_t>(count), key);
  return key;
}

std::optional<uint32_t> day_of_frequency_key(std::string_view key) {
  if (key.size() != frequency_set_key_bytes || key[0] != frequency_sets) return std::nullopt;
  return get_be<uint32_t>(key.substr(5));
}

std::string uploaded_prefix(AppId app) { return uploaded_sets + app_key(app); }

std::string uploaded_set_prefix(AppId app, std::string_view name) {
  std::string key = uploaded_prefix(app);
  put_text(name, key);
  return key;
}

std::string book_set_prefix(BookId book, BookSet kind) {
  std::string key(1, book_sets);
  put_be(book.message.value, key);
  put_be(book.expires_at_ms, key);
  key.push_back(static_cast<char>(kind));
  return key;
}

std::string set_key(std::string_view prefix, uint32_t partition) {
  std::string key(prefix);
  put_partition(partition, key);
  return key;
}

uint32_t partition_of_set_key(std::string_view key) {
  TOCSIN_CHECK(key.size() > partition_bytes);
  return get_be<uint16_t>(key.substr(key.size() - partition_bytes));
}

std::optional<BookId> book_of_set_key(std::string_view key) {
  if (key.size() != book_set_key_bytes || key[0] != book_sets) return std::nullopt;
  return BookId{MessageId{get_be<uint64_t>(key.substr(1))}, get_be<uint64_t>(key.substr(9))};
}

std::string inbox_prefix(DeviceRef device) {
  std::string key;
  put_partition(device.partition, key);
  put_be(device.ordinal, key);
  return key;
}

std::string inbox_key(DeviceRef device, MessageOrder order) {
  std::string key = inbox_prefix(device);
  put_be(order.lane, key);
  put_be(order.message.value, key);
  return key;
}

MessageOrder order_of_inbox_key(std::string_view key) {
  TOCSIN_CHECK(key.size() == inbox_prefix_bytes + 1 + 8);
  return {get_be<uint8_t>(key.substr(inbox_prefix_bytes)),
          MessageId{get_be<uint64_t>(key.substr(inbox_prefix_bytes + 1))}};
}

std::string ordinal_key(DeviceRef device) { return inbox_prefix(device); }

std::string collapse_row_key(AppId app, std::string_view collapse_key) {
  std::string key = app_key(app);
  key += collapse_key;
  return key;
}

std::string message_prefix(bool is_cast, AppId app) {
  std::string key(1, is_cast ? cast_rows : device_send_rows);
  put_be(app.value, key);
  return key;
}

std::string message_key(bool is_cast, AppId app, MessageId message) {
  std::string key = message_prefix(is_cast, app);
  put_be(message.value, key);
  return key;
}

std::string idempotency_key_of(AppId app, std::string_view idempotency_key) {
  std::string key = app_key(app);
  key += idempotency_key;
  return key;
}

std::string schedule_prefix(AppId app) { return schedule_rows + app_key(app); }

std::string schedule_key(AppId app, MessageId message) {
  std::string key = schedule_prefix(app);
  put_be(message.value, key);
  return key;
}

std::string schedule_count_key(AppId app) { return schedule_counts + app_key(app); }

std::string rollout_key(AppId app, MessageId message) {
  std::string key = rollout_rows + app_key(app);
  put_be(message.value, key);
  return key;
}

std::optional<RolloutId> rollout_of_key(std::string_view key) {
  if (key.size() != rollout_key_bytes || key[0] != rollout_rows) return std::nullopt;
  return RolloutId{AppId{get_be<uint32_t>(key.substr(1))},
                   MessageId{get_be<uint64_t>(key.substr(5))}};
}

std::string due_key(const Due& due) {
  std::string key(1, due_rows);
  put_be(due.at_ms, key);
  put_be(due.app.value, key);
  put_be(due.message.value, key);
  return key;
}

std::optional<Due> due_of_key(std::string_view key) {
  if (key.size() != due_key_bytes || key[0] != due_rows) return std::nullopt;
  return Due{get_be<uint64_t>(key.substr(1)), AppId{get_be<uint32_t>(key.substr(9))},
             MessageId{get_be<uint64_t>(key.substr(13))}};
}

std::string label_prefix(AppId app, Detail kind, std::string_view text) {
  std::string key = app_key(app);
  key.push_back(static_cast<char>(kind));
  put_text(text, key);
  return key;
}

std::string label_key(AppId app, Detail kind, std::string_view text, MessageId message) {
  std::string key = label_prefix(app, kind, text);
  put_be(message.value, key);
  return key;
}

std::string latency_key(AppId app, MessageId message) {
  std::string key = app_key(app);
  key.push_back(static_cast<char>(Detail::latency));
  put_be(message.value, key);
  return key;
}

std::optional<DetailKey> detail_of_key(std::string_view key) {
  if (key.size() < latency_key_bytes) return std::nullopt;
  const AppId app{get_be<uint32_t>(key)};
  const auto kind = static_cast<Detail>(key[4]);
  const MessageId message{get_be<uint64_t>(key.substr(key.size() - 8))};
  if (kind == Detail::latency && key.size() == latency_key_bytes) {
    return DetailKey{app, kind, {}, message};
  }
  if (kind != Detail::label && kind != Detail::group) return std::nullopt;
  const size_t bytes = get_be<uint8_t>(key.substr(label_head_bytes - 1));
  if (key.size() != label_head_bytes + bytes + 8) return std::nullopt;
  return DetailKey{app, kind, key.substr(label_head_bytes, bytes), message};
}

std::string webhook_event_prefix(AppId app) { return webhook_event_rows + app_key(app); }

std::string webhook_event_key(AppId app, uint64_t sequence) {
  std::string key = webhook_event_prefix(app);
  put_be(sequence, key);
  return key;
}

std::string dead_letter_prefix(AppId app) { return dead_letter_rows + app_key(app); }

std::string dead_letter_key(AppId app, uint64_t first) {
  std::string key = dead_letter_prefix(app);
  put_be(first, key);
  return key;
}

std::string webhook_queue_key(AppId app) { return webhook_queue_rows + app_key(app); }

uint64_t webhook_sequence_of_key(std::string_view key) {
  TOCSIN_CHECK(key.size() == 1 + 4 + 8);
  return get_be<uint64_t>(key.substr(5));
}

std::string activity_prefix(AppId app, ActivityStep step) {
  std::string key = app_key(app);
  key.push_back(step == ActivityStep::minute ? minute_activity : hour_activity);
  return key;
}

std::string activity_key(const ActivityKey& key) {
  std::string bytes = activity_prefix(key.app, key.step);
  put_be(key.begins_at_ms, bytes);
  return bytes;
}

std::optional<ActivityKey> activity_of_key(std::string_view key) {
  if (key.size() != activity_key_bytes) return std::nullopt;
  const char kind = key[4];
  if (kind != minute_activity && kind != hour_activity) return std::nullopt;
  return ActivityKey{AppId{get_be<uint32_t>(key)},
                     kind == minute_activity ? ActivityStep::minute : ActivityStep::hour,
                     get_be<uint64_t>(key.substr(5))};
}

std::string device_count_key(AppId app) { return device_counts + app_key(app); }

std::string next_ordinal_key(uint32_t partition) {
  std::string key(1, next_ordinals);
  put_partition(partition, key);
  return key;
}

std::string uploaded_row_key(AppId app, std::string_view name) {
  return uploaded_set_prefix(app, name);
}

std::string free_ordinals_prefix(uint32_t partition) {
  std::string key(1, free_ordinals);
  put_partition(partition, key);
  return key;
}

std::string free_ordinal_key(const FreeOrdinal& free) {
  std::string key = free_ordinals_prefix(free.place.partition);
  put_be(free.free_after_ms, key);
  put_be(free.place.ordinal, key);
  return key;
}

std::optional<FreeOrdinal> free_ordinal_of_key(std::string_view key) {
  if (key.size() != free_ordinal_key_bytes || key[0] != free_ordinals) return std::nullopt;
  return FreeOrdinal{{get_be<uint16_t>(key.substr(1)), get_be<uint32_t>(key.substr(11))},
                     get_be<uint64_t>(key.substr(3))};
}

}  // namespace tocsin::storage
