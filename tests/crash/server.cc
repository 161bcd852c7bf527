#include "tests/crash/server.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <unistd.h>

#include "base/clock.h"
#include "harness/server.h"

namespace tocsin::crash {
namespace {

constexpr uint64_t start_ms_max = 60'000;
constexpr int stop_ms_max = 20'000;
constexpr int look_again_ms = 5;
constexpr size_t log_end_bytes = 3000;

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Server::Server(std::string path, std::string folder)
    : path_(std::move(path)), folder_(std::move(folder)) {}

absl::Status Server::spawn(const std::string& fault) {
  unlink((folder_ + "/ready.json").c_str());
  bench::ChildProcess::Options options;
  options.command = {path_,
                     "--data_dir",
                     folder_ + "/data",
                     "--gateway_listen",
                     "127.0.0.1:0",
                     "--api_listen",
                     "127.0.0.1:0",
                     "--grpc_listen=off",
                     "--gateway_shards",
                     "2",
                     "--drain_window_ms",
                     "500",
                     "--ready_file",
                     folder_ + "/ready.json"};
  options.log_file = folder_ + "/tocsind.log";
  spawned_at_ms_ = monotonic_ms();
  setenv("TOCSIN_FAULT", fault.c_str(), 1);
  auto child = bench::ChildProcess::start(options);
  unsetenv("TOCSIN_FAULT");
  if (!child.ok()) return child.status();
  child_.emplace(*std::move(child));
  return absl::OkStatus();
}

absl::Status Server::wait_until_ready() {
  while (monotonic_ms() - spawned_at_ms_ < start_ms_max) {
    const auto ready = bench::parse_ready(file_text(folder_ + "/ready.json"));
    if (ready.ok()) {
      start_ms_ = monotonic_ms() - spawned_at_ms_;
      const std::string key = file_text(ready->admin_key_file);
      address_ = {address_.life + 1, ready->gateway_port,       ready->api_port,
                  ready->ca_file,    file_text(ready->ca_file), key.substr(0, key.find('\n'))};
      return absl::OkStatus();
    }
    if (!is_running()) {
      return absl::UnavailableError(
          fmt::format("the server ended while it started ({})", child_->how_it_ended()));
    }
    poll(nullptr, 0, look_again_ms);
  }
  return absl::DeadlineExceededError(
      fmt::format("the server did not serve after {} s", start_ms_max / 1000));
}

void Server::kill() {
  if (is_running()) ::kill(child_->pid(), SIGKILL);
  while (is_running()) poll(nullptr, 0, look_again_ms);
}

bool Server::stop() { return child_->end(stop_ms_max); }

std::string Server::log_end() const {
  const std::string text = file_text(folder_ + "/tocsind.log");
  return text.substr(text.size() - std::min(text.size(), log_end_bytes));
}

}  // namespace tocsin::crash
