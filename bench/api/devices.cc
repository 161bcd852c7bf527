#include "api/devices.h"

#include <algorithm>
#include <fmt/format.h>

#include "base/clock.h"
#include "harness/files.h"
#include "harness/try.h"

namespace tocsin::bench::api {
namespace {

constexpr uint32_t look_again_ms = 10;

std::string file_of(const ServerUnderTest& server, uint32_t device, const char* what) {
  return fmt::format("{}/device-{}.{}", server.process->directory(), device, what);
}

absl::StatusOr<ChildProcess> start_listener(const ServerUnderTest& server,
                                            const std::string& program, uint32_t device,
                                            const char* how) {
  const ServerReady& ready = server.process->ready();
  return ChildProcess::start(
      {{program, "--server", fmt::format("127.0.0.1:{}", ready.gateway_port), "--ca", ready.ca_file,
        "--app", server.keys.app, "--registration-key", server.keys.registration_key, "--state",
        file_of(server, device, "state"), how},
       file_of(server, device, "log")});
}

absl::Status wait_until_registered(const std::string& log_file, ChildProcess& process,
                                   uint64_t deadline_ms, const StopSignal& stop) {
  const auto has_ended = [&] { return !process.is_running(); };
  TOCSIN_TRY(stop.wait_until(has_ended, deadline_ms, look_again_ms).status());
  if (process.end(0)) return absl::OkStatus();
  return absl::UnavailableError(fmt::format("a device could not register ({}); it said:\n{}",
                                            process.how_it_ended(), end_of_log(log_file)));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> register_devices(ServerUnderTest& server,
                                                          const std::string& program,
                                                          uint32_t count, const StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + register_timeout_ms;
  for (uint32_t first = 0; first < count; first += registering_at_once) {
    std::vector<ChildProcess> processes;
    for (uint32_t i = first; i < std::min(count, first + registering_at_once); ++i) {
      TOCSIN_TAKE(ChildProcess process, start_listener(server, program, i, "--register-only"));
      processes.push_back(std::move(process));
    }
    for (uint32_t i = 0; i < processes.size(); ++i) {
      TOCSIN_TRY(wait_until_registered(file_of(server, first + i, "log"), processes[i], deadline_ms,
                                       stop));
    }
  }
  TOCSIN_TAKE(const std::vector<v1::Device> devices, server.api.devices(server.keys));
  std::vector<std::string> ids;
  for (const v1::Device& device : devices) ids.push_back(device.device_id());
  if (ids.size() == count) return ids;
  return absl::InternalError(
      fmt::format("{} devices registered, and the API lists {}", count, ids.size()));
}

absl::StatusOr<OnlineDevices> OnlineDevices::start(ServerUnderTest& server,
                                                   const std::string& program, uint32_t count,
                                                   const StopSignal& stop) {
  OnlineDevices online;
  for (uint32_t i = 0; i < count; ++i) {
    TOCSIN_TAKE(ChildProcess process, start_listener(server, program, i, "--json"));
    online.listeners_.push_back({std::move(process), file_of(server, i, "log")});
  }
  const uint64_t deadline_ms = monotonic_ms() + connect_timeout_ms;
  while (true) {
    TOCSIN_TAKE(const std::vector<v1::Device> devices, server.api.devices(server.keys));
    const auto connected = std::count_if(devices.begin(), devices.end(),
                                         [](const v1::Device& one) { return one.connected(); });
    if (connected == count) return online;
    if (monotonic_ms() >= deadline_ms) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} devices are connected", connected, count));
    }
    TOCSIN_TRY(stop.sleep_ms(look_again_ms));
  }
}

absl::StatusOr<uint64_t> OnlineDevices::wait_for_last_ns(const std::string& message_id,
                                                         uint64_t deadline_ms,
                                                         const StopSignal& stop) const {
  std::vector<const Listener*> waiting;
  for (const Listener& listener : listeners_) waiting.push_back(&listener);
  const auto have_all = [&] {
    std::erase_if(waiting, [&](const Listener* listener) {
      return file_text(listener->output_file).find(message_id) != std::string::npos;
    });
    return waiting.empty();
  };
  TOCSIN_TAKE(const bool is_everywhere, stop.wait_until(have_all, deadline_ms, 1));
  if (is_everywhere) return monotonic_ns();
  return absl::DeadlineExceededError(
      fmt::format("{} of {} connected devices did not get it", waiting.size(), listeners_.size()));
}

}  // namespace tocsin::bench::api
