// The store that every release has to open: what is in it, as log records from a fixed past.
//
// tests/golden/store-2 was made from golden_log_2() by the release that brought format 2, store-3
// from golden_log_3(), which goes on from it, by the one that brought format 3. When the format
// changes, a new folder is added; the old one stays, to be opened or to be refused by name.
//
// Thread: pure functions.
#pragma once

#include <vector>

#include "tests/unit/storage/records.h"

namespace tocsin::test {

inline constexpr uint64_t golden_now_ms = 1'795'000'000'000;

inline std::vector<internal::Record> golden_log_2() {
  const auto at = [](uint64_t id, wire::Priority priority) {
    return MessageOf{id, priority, golden_now_ms, 86'400'000, app};
  };
  const auto device = [](uint32_t number, const std::vector<std::string>& tags) {
    internal::Record record = registered(device_id(number, static_cast<uint8_t>(number)), tags);
    auto& entry = *record.mutable_device_registered();
    entry.set_registered_at_ms(golden_now_ms - 1000);
    entry.set_language(number % 2 == 0 ? "ja" : "de");
    entry.set_alias("user" + std::to_string(number / 2));
    return record;
  };
  internal::Record created = app_created();
  created.mutable_app_created()->set_created_at_ms(golden_now_ms - 2000);
  using enum wire::Priority;
  return {created,
          device(1, {"news", "beta"}),
          device(2, {"news"}),
          device(3, {}),
          device(4, {"news"}),
          device(5, {"beta"}),
          audience_of("testers", {device_id(1, 1), device_id(3, 3)}),
          seen(static_cast<uint32_t>(golden_now_ms / 86'400'000), {{2, 0}}),
          to_tag(at(10, normal), "news"),
          to_devices(at(11, high), {device_id(1, 1), device_id(3, 3), device_id(77)}),
          to_everyone(at(12, alert)),
          to_audience(at(13, normal), "audience:testers and not tag:beta"),
          collapsing(to_tag(at(14, low), "beta"), "score"),
          collapsing(to_devices(at(15, low), {device_id(5, 5)}), "score"),
          delivered(10, {{1, 0}, {2, 0}}, {{2, 0}}),
          delivered(11, {{3, 0}}),
          recalled(12, golden_now_ms + 1000, 16),
          deleted(device_id(4, 4), golden_now_ms + 2000)};
}

inline std::vector<internal::Record> golden_log_3() {
  std::vector<internal::Record> log = golden_log_2();
  const auto change_app = [&](internal::Record record) {
    auto& change = *record.mutable_app_changed();
    change.set_changed_at_ms(golden_now_ms + 3000);
    if (change.has_key()) change.mutable_key()->set_created_at_ms(golden_now_ms + 3000);
    if (change.has_key()) change.mutable_key()->set_expires_at_ms(0);
    log.push_back(record);
  };
  const auto schedule = [&](internal::Record record) {
    auto& change = *record.mutable_schedule_changed();
    change.set_changed_at_ms(golden_now_ms + 4000);
    if (change.has_put()) change.mutable_put()->set_created_at_ms(golden_now_ms + 4000);
    log.push_back(record);
  };
  const MessageOf message{20, wire::Priority::normal, golden_now_ms + 5000, 86'400'000, app};
  MessageOf due = message;
  due.id = 22;
  change_app(key_put("ci", 'c'));
  change_app(key_removed("default"));
  change_app(settings_put(100, "https://example.org/hook"));
  schedule(scheduled(21, golden_now_ms + 60'000, "later"));
  schedule(scheduled(22, golden_now_ms + 5000, "now"));
  schedule(scheduled(23, golden_now_ms + 70'000, "never"));
  schedule(unscheduled(23));
  log.push_back(keyed(labelled(to_tag(message, "news"), "morning", "digest"), "call-1"));
  log.push_back(to_tag(due, "beta"));
  log.push_back(taking(delivered(20, {{1, 0}, {2, 0}}), 14, 2));
  return log;
}

}  // namespace tocsin::test
