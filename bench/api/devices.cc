#include "api/devices.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "api/rest_sender.h"
#include "base/clock.h"
#include "tocsin/v1/devices.pb.h"

namespace tocsin::api {
namespace {

constexpr int look_again_ms = 10;
constexpr int page_size = 1000;
constexpr size_t output_end_bytes = 500;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string file_of(const ApiServer& server, uint32_t device, const char* what) {
  return fmt::format("{}/device-{}.{}", server.folder(), device, what);
}

absl::StatusOr<drill::ChildProcess> start_listener(const ApiServer& server,
                                                   const std::string& program, uint32_t device,
                                                   const char* how) {
  drill::ChildProcess::Options options;
  options.command = {program,
                     "--server",
                     server.gateway(),
                     "--ca",
                     server.ca_file(),
                     "--app",
                     server.keys().app,
                     "--registration-key",
                     server.keys().registration_key,
                     "--state",
                     file_of(server, device, "state"),
                     how};
  options.log_file = file_of(server, device, "log");
  return drill::ChildProcess::start(options);
}

absl::Status wait_until_registered(const ApiServer& server, drill::ChildProcess& process,
                                   uint32_t device, uint64_t deadline_ms,
                                   const drill::StopSignal& stop) {
  while (process.is_running() && monotonic_ms() < deadline_ms) {
    if (stop.sleep_ms(look_again_ms)) return absl::CancelledError("interrupted");
  }
  if (process.end(0)) return absl::OkStatus();
  const std::string said = file_text(file_of(server, device, "log"));
  return absl::UnavailableError(
      fmt::format("a device could not register ({}); it said:\n{}", process.how_it_ended(),
                  said.substr(said.size() - std::min(said.size(), output_end_bytes))));
}

absl::StatusOr<v1::ListDevicesResponse> device_page(runtime::HttpsClient& client,
                                                    const SendPlace& place,
                                                    const std::string& token) {
  const auto answer =
      client.call({.target = fmt::format("/v1/apps/{}/devices?page_size={}&page_token={}",
                                         place.app, page_size, token),
                   .bearer_token = place.send_key});
  if (!answer.ok()) return answer.status();
  v1::ListDevicesResponse page;
  if (answer->status == 200 &&
      google::protobuf::util::JsonStringToMessage(answer->body, &page).ok()) {
    return page;
  }
  return absl::FailedPreconditionError(
      fmt::format("the devices cannot be listed: {} {}", answer->status, answer->body));
}

absl::StatusOr<uint32_t> connected_count(const SendPlace& place) {
  const auto devices = list_devices(place);
  if (!devices.ok()) return devices.status();
  return static_cast<uint32_t>(
      std::count_if(devices->begin(), devices->end(),
                    [](const ListedDevice& device) { return device.is_connected; }));
}

}  // namespace

absl::StatusOr<std::vector<ListedDevice>> list_devices(const SendPlace& place) {
  const auto client = make_client(place, limits::http_answer_ms_default);
  if (!client.ok()) return client.status();
  std::vector<ListedDevice> devices;
  std::string token;
  do {
    const auto page = device_page(**client, place, token);
    if (!page.ok()) return page.status();
    for (const v1::Device& device : page->devices()) {
      devices.push_back({device.device_id(), device.connected()});
    }
    token = page->next_page_token();
  } while (!token.empty());
  return devices;
}

absl::StatusOr<std::vector<std::string>> register_devices(const ApiServer& server,
                                                          const std::string& program,
                                                          uint32_t count,
                                                          const drill::StopSignal& stop) {
  const uint64_t deadline_ms = monotonic_ms() + register_timeout_ms;
  for (uint32_t first = 0; first < count; first += registering_at_once) {
    std::vector<drill::ChildProcess> processes;
    for (uint32_t i = first; i < std::min(count, first + registering_at_once); ++i) {
      auto process = start_listener(server, program, i, "--register-only");
      if (!process.ok()) return process.status();
      processes.push_back(*std::move(process));
    }
    for (uint32_t i = 0; i < processes.size(); ++i) {
      const absl::Status registered =
          wait_until_registered(server, processes[i], first + i, deadline_ms, stop);
      if (!registered.ok()) return registered;
    }
  }
  const auto devices = list_devices(server.place());
  if (!devices.ok()) return devices.status();
  std::vector<std::string> ids;
  for (const ListedDevice& device : *devices) ids.push_back(device.id);
  if (ids.size() == count) return ids;
  return absl::InternalError(
      fmt::format("{} devices registered, and the API lists {}", count, ids.size()));
}

absl::StatusOr<OnlineDevices> OnlineDevices::start(const ApiServer& server,
                                                   const std::string& program, uint32_t count,
                                                   const drill::StopSignal& stop) {
  OnlineDevices online;
  for (uint32_t i = 0; i < count; ++i) {
    auto process = start_listener(server, program, i, "--json");
    if (!process.ok()) return process.status();
    online.listeners_.push_back({*std::move(process), file_of(server, i, "log")});
  }
  const uint64_t deadline_ms = monotonic_ms() + connect_timeout_ms;
  while (true) {
    const absl::StatusOr<uint32_t> connected = connected_count(server.place());
    if (!connected.ok()) return connected.status();
    if (*connected == count) return online;
    if (monotonic_ms() >= deadline_ms) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} devices are connected", *connected, count));
    }
    if (stop.sleep_ms(look_again_ms)) return absl::CancelledError("interrupted");
  }
}

absl::StatusOr<uint64_t> OnlineDevices::wait_for_last_ns(const std::string& message_id,
                                                         uint64_t deadline_ms,
                                                         const drill::StopSignal& stop) const {
  std::vector<const Listener*> waiting;
  for (const Listener& listener : listeners_) waiting.push_back(&listener);
  while (true) {
    std::erase_if(waiting, [&](const Listener* listener) {
      return file_text(listener->output_file).find(message_id) != std::string::npos;
    });
    if (waiting.empty()) return monotonic_ns();
    if (monotonic_ms() >= deadline_ms) {
      return absl::DeadlineExceededError(fmt::format("{} of {} connected devices did not get it",
                                                     waiting.size(), listeners_.size()));
    }
    if (stop.sleep_ms(1)) return absl::CancelledError("interrupted");
  }
}

}  // namespace tocsin::api
