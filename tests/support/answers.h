// Answers of storage as plain values, for tests that look at every number of them; and asking a
// StorageClient and waiting for what it answers.
//
// Thread: values; answer_of() blocks.
#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <absl/status/statusor.h>

#include "base/ids.h"
#include "cluster/storage_client.h"
#include "wire/messages.h"

namespace tocsin::test {

// Ask, and wait for the answer.
template <typename Question>
absl::StatusOr<typename Question::Answer> answer_of(cluster::StorageClient& storage,
                                                    Question question) {
  auto answer = std::make_shared<std::promise<absl::StatusOr<typename Question::Answer>>>();
  auto future = answer->get_future();
  storage.ask(std::move(question), [answer](auto given) { answer->set_value(std::move(given)); });
  return future.get();
}

struct Rollout {
  enum class State { running, done, stopped };
  AppId app;
  MessageId message;
  uint64_t expires_at_ms = 0;
  internal::Rollout plan;
  State state = State::running;
  uint32_t steps = 0;
  uint64_t targeted = 0;
  uint64_t released = 0;
  uint64_t canaries = 0;
  uint64_t canary_at_ms = 0;
  uint64_t paced_from_ms = 0;
  std::string stop_reason = {};
};

inline Rollout rollout_of(const internal::RolloutProgress& progress) {
  const internal::RolloutRow& row = progress.row();
  return {AppId{progress.app_id()},
          MessageId{progress.message_id()},
          progress.expires_at_ms(),
          row.plan(),
          static_cast<Rollout::State>(row.state()),
          row.steps(),
          row.targeted(),
          row.released(),
          row.canaries(),
          row.canary_at_ms(),
          row.paced_from_ms(),
          row.stop_reason()};
}

struct Books {
  MessageId message;
  wire::Priority priority = wire::Priority::normal;
  uint64_t accepted_at_ms = 0;
  uint64_t expires_at_ms = 0;
  uint64_t targeted = 0;
  uint64_t pending = 0;
  uint64_t delivered = 0;
  uint64_t opened = 0;
  uint64_t expired = 0;
  uint64_t replaced = 0;
  uint64_t recalled = 0;
  uint64_t dropped_unknown_device = 0;
  uint64_t dropped_inbox_full = 0;
  uint64_t dropped_device_deleted = 0;
  uint64_t dropped_stopped = 0;
  uint64_t dropped_frequency_cap = 0;
  uint64_t recalled_at_ms = 0;
  std::optional<Rollout> rollout = {};
  uint64_t held = 0;
  std::string label;
  std::string group;
  std::vector<uint64_t> latency;

  uint64_t dropped() const {
    return dropped_unknown_device + dropped_inbox_full + dropped_device_deleted + dropped_stopped +
           dropped_frequency_cap;
  }
};

inline Books books_of(const cluster::Books& answer) {
  Books books{.message = MessageId{answer.message_id()},
              .priority = static_cast<wire::Priority>(answer.priority()),
              .accepted_at_ms = answer.accepted_at_ms(),
              .expires_at_ms = answer.expires_at_ms(),
              .targeted = answer.targeted(),
              .pending = answer.devices(internal::PENDING),
              .delivered = answer.devices(internal::DELIVERED),
              .opened = answer.opened(),
              .expired = answer.devices(internal::EXPIRED),
              .replaced = answer.devices(internal::REPLACED),
              .recalled = answer.devices(internal::RECALLED),
              .dropped_unknown_device = answer.devices(internal::UNKNOWN_DEVICE),
              .dropped_inbox_full = answer.devices(internal::INBOX_FULL),
              .dropped_device_deleted = answer.devices(internal::DEVICE_DELETED),
              .dropped_stopped = answer.devices(internal::ROLLOUT_STOPPED),
              .dropped_frequency_cap = answer.devices(internal::FREQUENCY_CAP),
              .recalled_at_ms = answer.recalled_at_ms(),
              .held = answer.held(),
              .label = answer.label(),
              .group = answer.group(),
              .latency = {answer.latency().begin(), answer.latency().end()}};
  if (answer.has_rollout()) books.rollout = rollout_of(answer.rollout());
  return books;
}

}  // namespace tocsin::test
