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
#include "compare/peer_handshake.h"
#include "harness/try.h"

namespace tocsin::compare {
namespace {

constexpr int events_max = 256;
constexpr uint64_t look_ms = 20;

}  // namespace

Crowd::Crowd(Options options, uint32_t clients, const harness::StopSignal& stop)
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
  TOCSIN_TRY(connect_publisher(deadline_ms));
  while (ready_ < speakers_.size()) {
    TOCSIN_TRY(open_some());
    TOCSIN_TRY(look(look_ms));
    TOCSIN_TRY(on_progress(ready_));
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
  TOCSIN_TRY(clients_[token].open(options_.address, *publisher_, token, workspace_));
  while (!clients_[token].is_ready()) {
    if (monotonic_ms() > deadline_ms) {
      return absl::DeadlineExceededError("the publisher's connection was not ready in time");
    }
    TOCSIN_TRY(look(look_ms));
  }
  return absl::OkStatus();
}

absl::Status Crowd::open_some() {
  while (opened_ < speakers_.size() && opened_ - ready_ < options_.handshakes) {
    const uint32_t index = opened_++;
    speakers_[index] = options_.make_subscriber(index);
    TOCSIN_TRY(clients_[index].open(options_.address, *speakers_[index], index, workspace_));
  }
  return absl::OkStatus();
}

absl::Status Crowd::look(uint64_t wait_ms) {
  std::array<epoll_event, events_max> events;
  const int count = epoll_wait(epoll_fd_, events.data(), events_max, static_cast<int>(wait_ms));
  TOCSIN_TRY(stop_.check());
  if (count < 0 && errno != EINTR) return absl::InternalError("epoll_wait failed");
  for (int i = 0; i < count; ++i) {
    TOCSIN_TRY(on_event(events[static_cast<size_t>(i)].data.u32));
  }
  return absl::OkStatus();
}

absl::Status Crowd::on_event(uint32_t token) {
  Client& client = clients_[token];
  const bool was_ready = client.is_ready();
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
  if (!was_ready && client.is_ready() && token < speakers_.size()) ++ready_;
  return status;
}

// A server that cuts off a subscriber has not delivered to it: that belongs into the table.
absl::Status Crowd::on_loss(uint32_t index, const absl::Status& why) {
  if (expected_.empty()) return why;  // while the others still connect
  clients_[index].close(workspace_);
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

absl::Status Crowd::wait_for_all(uint32_t timeout_ms) {
  return look_until(monotonic_ms() + timeout_ms, [this] { return settled_ == speakers_.size(); });
}

absl::Status Crowd::serve(uint32_t ms) {
  return look_until(monotonic_ms() + ms, [] { return false; });
}

absl::Status Crowd::look_until(uint64_t deadline_ms, const std::function<bool()>& is_done) {
  for (uint64_t now_ms = monotonic_ms(); now_ms < deadline_ms && !is_done();
       now_ms = monotonic_ms()) {
    TOCSIN_TRY(look(std::min(deadline_ms - now_ms, look_ms)));
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
