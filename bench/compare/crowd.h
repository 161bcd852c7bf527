// Crowd: all clients of one peer, the publisher among them, and when each got the message.
//
//   connect_all() -> publish(), wait_for_all(), serve() -> ... -> destroyed
//
// One thread, one epoll, like one worker of tocsin-drill, and clients as cheap as its devices. A
// message is known by the mark at the front of its payload: mark, '-', number of the round, ' '.
//
// Thread: the main thread.  Bound: clients_max; it stops whenever StopSignal says so.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "compare/peer_kind.h"
#include "compare/speaker.h"
#include "harness/client/connection.h"
#include "harness/stop_signal.h"
#include "runtime/tls/tls_context.h"

namespace tocsin::bench::compare {

class Crowd {
 public:
  struct Options {
    const PeerKind& kind;
    sockaddr_in address{};
    runtime::TlsContext tls;
    uint32_t handshakes = 64;  // under way at once
    std::string mark;
  };
  // What a round has come to so far.
  struct Tally {
    std::vector<uint64_t> waits_ns;  // of the clients that have it
    uint64_t duplicates = 0;
    uint32_t lost_clients = 0;  // cut off by the server since they were ready
    std::string last_loss;
  };

  Crowd(Options options, uint32_t clients, const StopSignal& stop);

  // Connect the publisher and then everybody. `on_progress(ready)` is called often; its error ends
  // the wait. DEADLINE_EXCEEDED, or what went wrong with a client: all must get in. CANCELLED.
  absl::Status connect_all(uint32_t timeout_s,
                           const std::function<absl::Status(uint32_t)>& on_progress);

  // Send message `round`, of `payload_bytes`; forgets the round before.
  absl::Status publish(uint32_t round, size_t payload_bytes);

  // Serve until everybody who is not lost has it, or the time is over.
  absl::Status wait_for_all(uint32_t timeout_ms);
  // Serve for that long.
  absl::Status serve(uint32_t ms);

  Tally tally() const;

 private:
  // One connection and the speaker that does the talking over it.
  //   closed --open()--> (greeted in clear, shaking hands, speaking) --> ready
  struct Client {
    Connection connection;
    std::unique_ptr<Speaker> speaker;
    bool has_started = false;
    bool is_ready = false;
  };

  absl::Status open(uint32_t index, const std::string& id, bool is_publisher);
  absl::Status on_ready(Client& client);
  absl::Status speak(Client& client);
  absl::Status look(uint64_t wait_ms);
  absl::Status look_until(uint64_t deadline_ms, const std::function<bool()>& is_done);
  absl::Status on_event(uint32_t token);
  void on_loss(uint32_t index, const absl::Status& why);
  void on_message(uint32_t index, ByteView payload, uint64_t now_ns);

  const Options options_;
  const StopSignal& stop_;
  const uint32_t size_;  // without the publisher
  Workspace workspace_;
  Bytes spoken_;  // by the speaker of the client that is being served
  Events events_;
  std::deque<Client> clients_;  // the last one is the publisher's
  uint32_t opened_ = 0;
  uint32_t ready_ = 0;

  std::string expected_;  // the mark of this round, with its blank
  uint64_t published_ns_ = 0;
  std::vector<uint64_t> arrived_ns_;  // 0: not yet
  uint32_t settled_ = 0;              // clients that have it, or are lost
  uint64_t duplicates_ = 0;
  uint32_t lost_ = 0;
  std::string last_loss_;
};

}  // namespace tocsin::bench::compare
