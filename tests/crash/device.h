// Device: one installation of the app, with the device library as it ships.
//
// What a restart of the app keeps, the library's blob, is kept in memory here, and so survives
// whatever this Device is put through: losing its server, going offline, ending, dying.
//
//     online <--> offline          closed in order, opened again later
//     restart                      closed in order; a new client from the saved state
//     die                          not closed; a new client from the saved state
//
// Thread: the fleet's.
// Bound: the changes of tags that wait for a connection.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <tocsin_client.h>
#include <vector>

#include "base/bytes.h"

#include "tests/crash/device_transport.h"
#include "tests/crash/model.h"
#include "tests/crash/server.h"

namespace tocsin::crash {

class Device {
 public:
  struct Setup {
    size_t number = 0;  // in the model
    AppPast app;
    std::vector<size_t> tags;  // at registration
  };
  Device(Setup setup, const ServerAddress& server, Model& model);
  ~Device();

  // All work possible now; how long it may sleep.
  uint32_t step(uint64_t now_ms);
  int fd(short* events) const { return transport_->fd(events); }

  void server_is(const ServerAddress& server);
  void go_offline(uint64_t until_ms);
  void go_online();
  void restart();
  void die();
  // Once connected, and after the changes asked for before.
  void change_tag(size_t tag, bool has);
  // The user opens what came last, if anything did.
  void open_last();

  bool is_live() const { return tocsin_client_state(client_) == TOCSIN_STATE_LIVE; }
  // Live, and nothing waits.
  bool is_calm() const { return is_live() && tag_changes_.empty(); }
  std::string state_text() const;
  // Times it was ordered to wait and did not.
  uint64_t waits_cut() const { return waits_cut_; }

 private:
  struct TagChange {
    size_t tag;
    bool has;
    bool is_noted;  // in the model
  };
  void make_client();
  void lose_client();
  tocsin_config config();
  void on_push(const tocsin_push& push);
  void on_state(tocsin_state state, tocsin_trouble trouble, std::string_view text);
  void on_tags(bool confirmed);
  tocsin_status save(ByteView blob);
  void hurry(uint64_t now_ms);
  void send_tag_change(uint64_t now_ms);

  const Setup setup_;
  Model& model_;
  const std::string platform_ = "crash-test";
  std::vector<std::string> tag_names_;
  std::vector<tocsin_text> tag_texts_;
  std::unique_ptr<DeviceTransport> transport_;
  tocsin_store store_{};
  tocsin_handlers handlers_{};
  std::vector<uint8_t> memory_;
  tocsin_client* client_ = nullptr;
  Bytes blob_;                     // what the library saved last
  std::vector<uint64_t> unsaved_;  // ops shown since
  std::deque<TagChange> tag_changes_;
  bool tag_change_is_sent_ = false;
  uint64_t offline_until_ms_ = 0;  // 0: online
  uint64_t waiting_since_ms_ = 0;
  uint64_t last_message_ = 0;
  uint64_t last_op_ = 0;
  uint64_t waits_cut_ = 0;
};

}  // namespace tocsin::crash
