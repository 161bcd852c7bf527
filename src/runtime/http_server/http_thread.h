// HttpThread: the connections of one shard, in an epoll set of their own that the shard watches.
//
//   shard --readable--> round(): events -> turns -> budgets -> the dead are buried
//   shard --each 100 ms--> tick(): deadlines, room for newcomers, memory back to the system
//
// Who has shown a valid key is served while strangers come: a stranger gets a place only among the
// three quarters that are for strangers, and where there is none, the one that has been idle for
// longest makes room. When all places are taken by callers with keys, a newcomer is told so (503).
//
// Thread: its shard; the constructor any.
// Bound: HttpLimits, divided by the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/http_server/http_connection.h"
#include "runtime/http_server/http_session.h"
#include "runtime/metrics.h"
#include "runtime/shard.h"

namespace tocsin::runtime {

class HttpThread final : public HttpConnection::Owner,
                         public std::enable_shared_from_this<HttpThread> {
 public:
  HttpThread(std::shared_ptr<Shard> shard, std::unique_ptr<HttpHandler> handler,
             const HttpLimits& limits);
  ~HttpThread() override;
  HttpThread(const HttpThread&) = delete;
  HttpThread& operator=(const HttpThread&) = delete;

  // Watch the sockets and the clock.
  void start();
  // Take over a connection that is ready to speak HTTP.
  void adopt(std::unique_ptr<ByteStream> stream, HttpProtocol protocol, AddressSlot slot);
  // Answers are the last of their connection from now on; idle ones end.
  void finish();
  // Close all that are left; no more events.
  void close();

  size_t connections() const { return connections_.size(); }

 private:
  using Connections = std::unordered_map<int, std::unique_ptr<HttpConnection>>;

  // HttpConnection::Owner
  void wants_turn(HttpConnection& connection) override;
  void on_vouched(HttpConnection&) override { ++vouched_; }
  std::string& read_buffer() override { return read_buffer_; }

  void refresh_clock();
  void round();
  void take_events();
  void run_turns();
  // The turns from the one of this index on are for the next round.
  void postpone(size_t from);
  void keep_budgets();
  void bury();
  void tick();
  void trim();

  // Whether a newcomer may be served; makes room if need be.
  bool has_room_for_stranger();
  // False when nobody holds any.
  bool close_largest(size_t (HttpConnection::*bytes)() const);
  void end(HttpConnection& connection);

  const std::shared_ptr<Shard> shard_;
  const std::unique_ptr<HttpHandler> handler_;
  const std::unique_ptr<HttpHandler> refusing_handler_;
  HttpHost host_;
  HttpHost refusing_host_;  // of connections that are told that there is no room
  int epoll_;
  Connections connections_;
  std::vector<HttpConnection*> turns_;
  std::vector<HttpConnection*> running_;  // of this round; nullptr: buried meanwhile
  std::vector<int> dead_;
  std::string read_buffer_;
  size_t vouched_ = 0;
  uint64_t date_second_ = 0;
  // Since memory was given back:
  size_t peak_bytes_ = 0;  // held for peers
  size_t peak_connections_ = 0;
  bool in_round_ = false;
  bool round_posted_ = false;
  bool started_ = false;
  Gauge open_;
  Counter shed_;
};

}  // namespace tocsin::runtime
