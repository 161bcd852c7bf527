#include "compare/crowd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace tocsin::compare {
namespace {

constexpr int events_max = 256;
constexpr int look_ms = 20;

}  // namespace

Crowd::Crowd(Options options, uint32_t clients, const drill::StopSignal& stop)
    : options_(std::move(options)),
      stop_(stop),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      workspace_(epoll_fd_),
      clients_(clients + 1),
      speakers_(clients),
      arrived_ns_(clients) {
  TOCSIN_CHECK(epoll_fd_ >= 0 && clients <= clients_max);
}

Crowd::~Crowd() { ::close(epoll_fd_); }

absl::Status Crowd::connect_all(uint32_t timeout_s,
                                const std::function<absl::Status(uint32_t)>& on_progress) {
  const uint64_t deadline_ms = monotonic_ms() + uint64_t{timeout_s} * 1000;
  if (absl::Status status = connect_publisher(deadline_ms); !status.ok()) return status;
  while (ready_ < speakers_.size()) {
    if (absl::Status status = open_some(); !status.ok()) return status;
    if (absl::Status status = look(look_ms); !status.ok()) return status;
    if (absl::Status status = on_progress(ready_); !status.ok()) return status;
    if (monotonic_ms() > deadline_ms) {
      return absl::DeadlineExceededError(fmt::format("{} of {} clients were ready after {} s",
                                                     ready_, speakers_.size(), timeout_s));
    }
  }
  return absl::OkStatus();
}

absl::Status Crowd::connect_publisher(uint64_t deadline_ms) {
  publisher_ = options_.make_publisher();
  const auto token = static_cast<uint32_t>(speakers_.size());
  absl::Status status = clients_[token].open(options_.address, *publisher_, token, workspace_);
  while (status.ok() && !publisher_ready_) {
    if (monotonic_ms() > deadline_ms) {
      return absl::DeadlineExceededError("the publisher's connection was not ready in time");
    }
    status = look(look_ms);
  }
  return status;
}

absl::Status Crowd::open_some() {
  while (opened_ < speakers_.size() && opened_ - ready_ < options_.handshakes) {
    const uint32_t index = opened_++;
    speakers_[index] = options_.make_subscriber(index);
    if (absl::Status status =
            clients_[index].open(options_.address, *speakers_[index], index, workspace_);
        !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Crowd::look(int wait_ms) {
  std::array<epoll_event, events_max> events;
  const int count = epoll_wait(epoll_fd_, events.data(), events_max, wait_ms);
  if (stop_.requested()) return absl::CancelledError("interrupted");
  if (count < 0 && errno != EINTR) return absl::InternalError("epoll_wait failed");
  for (int i = 0; i < count; ++i) {
    const uint32_t token = events[static_cast<size_t>(i)].data.u32;
    if (absl::Status status = on_event(token); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Crowd::on_event(uint32_t token) {
  Client& client = clients_[token];
  const bool was_ready = client.state() == Client::State::ready;
  const absl::Status status = client.on_ready(options_.tls, workspace_);
  if (!workspace_.events.messages.empty()) {
    const uint64_t now_ns = monotonic_ns();
    for (const ByteView payload : workspace_.events.messages) on_message(token, payload, now_ns);
  }
  if (!status.ok() && was_ready && token < speakers_.size()) return on_loss(token, status);
  if (!status.ok()) {
    return absl::Status(status.code(), fmt::format("client {} of {}: {}", token, speakers_.size(),
                                                   std::string(status.message())));
  }
  if (was_ready || client.state() != Client::State::ready) return status;
  if (token == speakers_.size()) {
    publisher_ready_ = true;
  } else {
    ++ready_;
  }
  return status;
}

// A server that cuts off a subscriber has not delivered to it: that belongs into the table.
absl::Status Crowd::on_loss(uint32_t index, const absl::Status& why) {
  if (expected_.empty()) return why;  // while the others still connect
  clients_[index].close();
  ++lost_;
  last_loss_ = std::string(why.message());
  if (arrived_ns_[index] == 0) ++settled_;
  return absl::OkStatus();
}

void Crowd::on_message(uint32_t index, ByteView payload, uint64_t now_ns) {
  // A straggler of a round before counts for nothing: it was missed then.
  if (index >= arrived_ns_.size() || expected_.empty() ||
      !as_text(payload).starts_with(expected_)) {
    return;
  }
  if (arrived_ns_[index] != 0) {
    ++duplicates_;
    return;
  }
  arrived_ns_[index] = now_ns;
  ++settled_;
}

absl::Status Crowd::publish(uint32_t round, size_t payload_bytes) {
  expected_ = fmt::format("{}-{} ", options_.mark, round);
  std::fill(arrived_ns_.begin(), arrived_ns_.end(), 0);
  settled_ = lost_;
  duplicates_ = 0;
  std::string payload = expected_;
  TOCSIN_CHECK(payload.size() <= payload_bytes);
  payload.resize(payload_bytes, 'x');
  Bytes said;
  publisher_->publish(as_bytes(payload), said);
  published_ns_ = monotonic_ns();
  return clients_.back().send(said, workspace_);
}

absl::StatusOr<bool> Crowd::wait_for_all(uint32_t timeout_ms) {
  const uint64_t deadline_ms = monotonic_ms() + timeout_ms;
  while (settled_ < speakers_.size()) {
    const uint64_t now_ms = monotonic_ms();
    if (now_ms >= deadline_ms) return false;
    const auto wait_ms = static_cast<int>(std::min<uint64_t>(deadline_ms - now_ms, look_ms));
    if (absl::Status status = look(wait_ms); !status.ok()) return status;
  }
  return true;
}

absl::Status Crowd::serve(uint32_t ms) {
  const uint64_t deadline_ms = monotonic_ms() + ms;
  for (uint64_t now_ms = monotonic_ms(); now_ms < deadline_ms; now_ms = monotonic_ms()) {
    const auto wait_ms = static_cast<int>(std::min<uint64_t>(deadline_ms - now_ms, look_ms));
    if (absl::Status status = look(wait_ms); !status.ok()) return status;
  }
  return absl::OkStatus();
}

Crowd::Tally Crowd::tally() const {
  Tally tally;
  tally.duplicates = duplicates_;
  tally.lost_clients = lost_;
  tally.last_loss = last_loss_;
  for (const uint64_t arrived_ns : arrived_ns_) {
    if (arrived_ns != 0) tally.waits_ns.push_back(arrived_ns - published_ns_);
  }
  return tally;
}

std::string Crowd::cipher() const {
  const wire::CipherSuite first = clients_.front().suite();
  const bool is_same = std::all_of(clients_.begin(), clients_.end(),
                                   [&](const Client& client) { return client.suite() == first; });
  return is_same ? name_of(first) : "";
}

}  // namespace tocsin::compare
