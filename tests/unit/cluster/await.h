// Waiting in tests: for a condition, never for a time.
//
// Thread: any.
// Bound: await_ms_max, then the test fails.
#pragma once

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <absl/status/statusor.h>

#include "cluster/log.h"

namespace tocsin::test {

inline constexpr int await_ms_max = 20'000;

// Look every millisecond until `condition` holds; false if it never does.
template <typename Condition>
bool await(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(await_ms_max);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Append and wait for the answer.
inline absl::StatusOr<cluster::Position> append_and_wait(cluster::Log& log, std::string record) {
  auto answer = std::make_shared<std::promise<absl::StatusOr<cluster::Position>>>();
  auto future = answer->get_future();
  log.append(std::move(record), [answer](absl::StatusOr<cluster::Position> committed) {
    answer->set_value(std::move(committed));
  });
  if (future.wait_for(std::chrono::milliseconds(await_ms_max)) != std::future_status::ready) {
    return absl::DeadlineExceededError("the log did not answer");
  }
  return future.get();
}

}  // namespace tocsin::test
