#include "api/idle_cost.h"

#include <algorithm>
#include <utility>

#include "compare/process_tree.h"

namespace tocsin::api {
namespace {

constexpr uint64_t still_ms = 1'000;
// Connections that are made first, and kept, so that what is made once is there.
constexpr uint32_t first_connections = 8;

absl::Status open(uint32_t count, const MakeSender& make, Senders& held,
                  const drill::StopSignal& stop) {
  for (uint32_t i = 0; i < count; ++i) {
    if (stop.requested()) return absl::CancelledError("interrupted");
    absl::StatusOr<std::unique_ptr<Sender>> sender = make();
    if (!sender.ok()) return sender.status();
    if (absl::Status up = (*sender)->warm_up(); !up.ok()) return up;
    held.push_back(*std::move(sender));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<uint64_t> settled_bytes(int server_pid, const drill::StopSignal& stop) {
  const auto settled =
      compare::ProcessTree(server_pid).settle(still_ms, settle_timeout_s, [&stop](uint32_t ms) {
        if (!stop.sleep_ms(static_cast<int>(ms))) return absl::OkStatus();
        return absl::CancelledError("interrupted");
      });
  if (!settled.ok()) return settled.status();
  if (settled->memory_bytes.has_value()) return *settled->memory_bytes;
  return absl::PermissionDeniedError("the server's memory cannot be looked at");
}

absl::StatusOr<double> bytes_per_connection(int server_pid, uint32_t count, const MakeSender& make,
                                            Senders& held, const drill::StopSignal& stop) {
  if (auto status = open(first_connections, make, held, stop); !status.ok()) return status;
  const absl::StatusOr<uint64_t> before = settled_bytes(server_pid, stop);
  if (!before.ok()) return before.status();
  if (auto status = open(count, make, held, stop); !status.ok()) return status;
  const absl::StatusOr<uint64_t> after = settled_bytes(server_pid, stop);
  if (!after.ok()) return after.status();
  return (static_cast<double>(*after) - static_cast<double>(*before)) / count;
}

}  // namespace tocsin::api
