#include "compare/crowd.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "compare/options.h"
#include "compare/peer_handshake.h"
#include "harness/try.h"

namespace tocsin::bench::compare {
namespace {

using State = Connection::State;

constexpr uint64_t look_ms = 20;

}  // namespace

Crowd::Crowd(Options options, uint32_t clients, const StopSignal& stop)
    : options_(std::move(options)),
      stop_(stop),
      size_(clients),
      clients_(clients + 1),
      arrived_ns_(clients) {
  TOCSIN_CHECK(clients <= clients_max);
}

absl::Status Crowd::connect_all(uint32_t timeout_s,
                                const std::function<absl::Status(uint32_t)>& on_progress) {
  const uint64_t deadline_ms = monotonic_ms() + uint64_t{timeout_s} * 1000;
  TOCSIN_TRY(open(size_, "publisher", true));
  TOCSIN_TRY(look_until(deadline_ms, [this] { return clients_.back().is_ready; }));
  if (!clients_.back().is_ready) {
    return absl::DeadlineExceededError("the publisher's connection was not ready in time");
  }
  while (ready_ < size_) {
    for (; opened_ < size_ && opened_ - ready_ < options_.handshakes; ++opened_) {
      TOCSIN_TRY(open(opened_, fmt::format("client-{}", opened_), false));
    }
    TOCSIN_TRY(look(look_ms));
    TOCSIN_TRY(on_progress(ready_));
    if (monotonic_ms() > deadline_ms) {
      return absl::DeadlineExceededError(
          fmt::format("{} of {} clients were ready after {} s", ready_, size_, timeout_s));
    }
  }
  return absl::OkStatus();
}

absl::Status Crowd::open(uint32_t index, const std::string& id, bool is_publisher) {
  Client& client = clients_[index];
  client.speaker = options_.kind.server->make_speaker(options_.kind, id, is_publisher);
  return client.connection.open(options_.address, {index, client.speaker->is_greeted_in_clear()},
                                workspace_);
}

absl::Status Crowd::look(uint64_t wait_ms) {
  TOCSIN_TRY(
      workspace_
          .wait(static_cast<uint32_t>(wait_ms), [this](uint32_t token) { return on_event(token); })
          .status());
  return stop_.check();
}

absl::Status Crowd::look_until(uint64_t deadline_ms, const std::function<bool()>& is_done) {
  for (uint64_t now_ms = monotonic_ms(); now_ms < deadline_ms && !is_done();
       now_ms = monotonic_ms()) {
    TOCSIN_TRY(look(std::min(deadline_ms - now_ms, look_ms)));
  }
  return absl::OkStatus();
}

absl::Status Crowd::on_event(uint32_t token) {
  Client& client = clients_[token];
  const bool was_ready = client.is_ready;
  const absl::Status status = on_ready(client);
  if (!events_.messages.empty()) {
    const uint64_t now_ns = monotonic_ns();
    for (const ByteView payload : events_.messages) on_message(token, payload, now_ns);
  }
  if (status.ok()) {
    if (!was_ready && client.is_ready && token < size_) ++ready_;
    return status;
  }
  // A server that cuts off a subscriber has not delivered to it: that belongs into the table. While
  // the others still connect it is an error.
  if (was_ready && token < size_ && !expected_.empty()) {
    on_loss(token, status);
    return absl::OkStatus();
  }
  return absl::Status(status.code(), fmt::format("client {} of {}: {}", token, size_,
                                                 std::string(status.message())));
}

// Receive, and let the speaker speak. What it found is in events_.
absl::Status Crowd::on_ready(Client& client) {
  const auto make = [this] { return std::make_unique<PeerHandshake>(options_.tls); };
  Connection& connection = client.connection;
  events_.clear();
  TOCSIN_TRY(connection.on_ready(make, workspace_));
  if (connection.state() == State::in_clear) {
    TOCSIN_TRY(speak(client));
    if (!events_.start_tls) return absl::OkStatus();
    return connection.start_tls(make, workspace_);
  }
  if (connection.state() != State::established) return absl::OkStatus();
  if (!std::exchange(client.has_started, true)) {
    spoken_.clear();
    client.speaker->start(spoken_);
    TOCSIN_TRY(connection.send(spoken_, workspace_));
  }
  TOCSIN_TRY(speak(client));
  client.is_ready = client.is_ready || events_.ready;
  return connection.send(spoken_, workspace_);
}

// Let the speaker take what has come.
absl::Status Crowd::speak(Client& client) {
  spoken_.clear();
  const ByteView plaintext = workspace_.plaintext;
  const Fed fed = client.speaker->feed(plaintext, spoken_, events_);
  if (!fed.error.empty()) return absl::DataLossError(fed.error);
  if (events_.start_tls && fed.used < plaintext.size()) {
    return absl::DataLossError("the server spoke on after its greeting");
  }
  client.connection.hold_back(plaintext.subspan(fed.used));
  return absl::OkStatus();
}

void Crowd::on_loss(uint32_t index, const absl::Status& why) {
  clients_[index].connection.close(workspace_);
  ++lost_;
  last_loss_ = std::string(why.message());
  if (arrived_ns_[index] == 0) ++settled_;
}

void Crowd::on_message(uint32_t index, ByteView payload, uint64_t now_ns) {
  // A straggler of a round before counts for nothing: it was missed then.
  if (index >= size_ || expected_.empty() || !as_text(payload).starts_with(expected_)) return;
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
  clients_.back().speaker->publish(as_bytes(payload), said);
  published_ns_ = monotonic_ns();
  return clients_.back().connection.send(said, workspace_);
}

absl::Status Crowd::wait_for_all(uint32_t timeout_ms) {
  return look_until(monotonic_ms() + timeout_ms, [this] { return settled_ == size_; });
}

absl::Status Crowd::serve(uint32_t ms) {
  return look_until(monotonic_ms() + ms, [] { return false; });
}

Crowd::Tally Crowd::tally() const {
  Tally tally{{}, duplicates_, lost_, last_loss_};
  for (const uint64_t arrived_ns : arrived_ns_) {
    if (arrived_ns != 0) tally.waits_ns.push_back(arrived_ns - published_ns_);
  }
  return tally;
}

}  // namespace tocsin::bench::compare
